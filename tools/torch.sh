#!/bin/sh
# A torch that can be imported. On Linux, PyPI's is the CUDA build, and the lock leaves its libraries out: a machine with
# an NVIDIA card gets them now (2.5 GB), any other the build for processors (0.2 GB), and the first where that cannot be had.
set -u
BIN=$1; LOCK=$2
works() { "$BIN/python" -c "import torch" >/dev/null 2>&1; }
works && exit 0
WANTED=$(sed -n 's/^torch==/torch==/p' "$LOCK")
PIP="$BIN/pip install --disable-pip-version-check -q"
if ! command -v nvidia-smi >/dev/null 2>&1; then
  echo "Installing torch for processors, 0.2 GB, from download.pytorch.org"
  $PIP --no-deps --force-reinstall --retries 1 --timeout 20 --index-url https://download.pytorch.org/whl/cpu "$WANTED" && works && exit 0
fi
echo "Installing torch with the CUDA libraries it was built for, 2.5 GB, from PyPI"
$PIP "$WANTED" && works && exit 0
echo "torch cannot be imported here, so nothing will be dreamed. Why: $BIN/python -c 'import torch'. The stage alone: make setup LOCK=stage" >&2
exit 1
