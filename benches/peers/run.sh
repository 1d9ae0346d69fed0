#!/bin/sh
# Preparing songs: Segue against two ways in Python, on the same mp3 files and two cores; and the mel spectrogram alone
# against librosa's, on one.
#
#   benches/peers/run.sh FOLDER_OF_MP3_FILES [COPIES]
#
# Each file is copied COPIES times (default 24), so that starting up and the first pages of memory do not count. Needs python3 with
# librosa, soundfile, matplotlib, pillow and pydub (PYTHON names another interpreter), and ffmpeg.
# SEGUE names the program; otherwise it is built.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
songs=${1:?usage: run.sh FOLDER_OF_MP3_FILES [COPIES]}
copies=${2:-24}
segue=${SEGUE:-}
if [ -z "$segue" ]; then
    (cd "$here/../.." && cargo build --release --package trainer --bin segue)
    segue=${CARGO_TARGET_DIR:-$here/../../target}/release/segue
fi
# Criterion's middle estimate, such as "8.5310 ms".
mel=$(cd "$here/../.." && cargo bench --quiet --package shared --no-default-features --features sound --bench mel -- 'mel spectrogram' |
    sed -n 's/.*time: *\[[^ ]* [^ ]* \([^ ]* [^ ]*\) .*/\1/p')
exec "${PYTHON:-python3}" "$here/prepare.py" "$segue" "$songs" "$copies" "$mel"
