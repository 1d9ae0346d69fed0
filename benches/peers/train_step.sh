#!/bin/sh
# A training step of each network at batch 16: Segue against PyTorch, on the same cores, in one run.
#
#   benches/peers/train_step.sh [THREADS [NETWORK ...]]
#
# Needs python3 with torch, and for thesis-multimodal transformers 5 (PYTHON names another interpreter). THREADS is 2 by
# default. TOKENS=200: lyrics of up to 200 tokens (24 if not given; 5 to 256). PRECISION=bf16: both in bf16, which a CPU
# may only emulate. SEGUE names the program; otherwise it is built.
#
# Both make steps of the same kind, and time them alike: four that don't count, then at least ten and at least a second
# of them, whose median is told.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
threads=${1:-2}
[ $# -eq 0 ] || shift
segue=${SEGUE:-}
if [ -z "$segue" ]; then
    (cd "$here/../.." && cargo build --release --package trainer --bin segue)
    segue=${CARGO_TARGET_DIR:-$here/../../target}/release/segue
fi
"${PYTHON:-python3}" "$here/train_step.py" "$threads" cpu 16 "$@"
networks=$(echo "$*" | tr ' ' ,)
RAYON_NUM_THREADS=$threads "$segue" parity --device cpu --batch-size 16 --tokens "${TOKENS:-24}" \
    --precision "${PRECISION:-f32}" ${networks:+--networks "$networks"}
"${PYTHON:-python3}" "$here/train_step.py" "$threads" cpu 16 "$@"
