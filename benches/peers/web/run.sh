#!/bin/sh
# In the browser: the network and the mel spectrogram of Segue against onnxruntime-web, essentia.js and Meyda.
#
#   benches/peers/web/run.sh RUN SITE
#
# RUN is the folder of a run with the network `compact` or `thesis` (`segue train --model audio`), SITE the website as
# `cargo xtask site` builds it. Everything runs in one session of the same headless Chromium, with the same
# weights and the same sound. Needs npm, chromium, chromedriver, and python3 with numpy, onnx, safetensors and
# selenium (PYTHON names another interpreter). Nothing of the peers becomes part of Segue: they are fetched
# into a folder of their own, which is removed at the end.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
run=${1:?usage: run.sh RUN SITE}
site=${2:?usage: run.sh RUN SITE}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$site" "$work/page"
mkdir "$work/page/peers"
cp "$run/model.json" "$run/model.bpk" "$here/peers.js" "$here/peers.html" "$work/page/peers/"
(cd "$work" && npm install --no-audit --no-fund --silent \
    onnxruntime-web@1.30.0 essentia.js@0.1.3 meyda@5.6.3)
cp "$work"/node_modules/onnxruntime-web/dist/*.wasm "$work"/node_modules/onnxruntime-web/dist/*.mjs \
    "$work"/node_modules/essentia.js/dist/*.js "$work"/node_modules/essentia.js/dist/*.wasm \
    "$work"/node_modules/meyda/dist/web/meyda.min.js \
    "$work/page/peers/"
python=${PYTHON:-python3}
"$python" "$here/onnx_model.py" "$run/model.safetensors" "$work/page/peers/model.onnx"
"$python" "$here/measure.py" "$work/page"
