#!/bin/sh
# Run the tests with the real devices this machine can have: what is missing is installed where we may.
set -u
BIN=$1; shift
if [ "$(uname)" = Linux ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  sh tools/system.sh pulseaudio pulseaudio-utils libasound2-plugins jackd2 xvfb xdotool || exit 1
fi
exec "$BIN/python" -m pytest "$@"
