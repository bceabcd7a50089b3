#!/bin/sh
# Install the system libraries the show needs, or print the one command that does.
set -u
NEED="libportaudio2 libgl1 libegl1 libgl1-mesa-dri python3-venv"
[ "$(uname)" = Linux ] || exit 0 # macOS: the Python wheels bring everything
command -v dpkg-query >/dev/null 2>&1 || { echo "Not a Debian: install PortAudio, OpenGL and EGL with your package manager."; exit 0; }
missing=""
for p in $NEED "$@"; do
  [ "$p" = python3-venv ] && python3 -c "import venv, ensurepip" 2>/dev/null && continue
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q "install ok installed" || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then
  echo "Installing$missing"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "Some system libraries are missing. Please run:"
  echo "  sudo apt-get install -y$missing"
  exit 1
fi
