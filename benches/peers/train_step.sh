#!/bin/sh
# A training step of the thesis's audio network at batch 16: Segue against PyTorch, on the same cores,
# in one run.
#
#   benches/peers/train_step.sh [THREADS]
#
# Needs python3 with torch (PYTHON names another interpreter). THREADS is 2 by default.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
threads=${1:-2}
"${PYTHON:-python3}" "$here/train_step.py" "$threads"
cd "$here/../.."
RAYON_NUM_THREADS=$threads cargo bench --package trainer --bench train_step
"${PYTHON:-python3}" "$here/train_step.py" "$threads"
