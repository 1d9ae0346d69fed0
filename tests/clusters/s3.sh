#!/bin/sh
# Songs, prepared folder, run and table in a bucket of a server on this machine: the same files, byte for byte, as on a
# disk, and a share that dies is run again alone. Last, the manifests for Kubernetes: each pod runs what they say.
#
#   tests/clusters/s3.sh FOLDER     (PYTHON names a Python with moto[server,s3]; SEGUE a program built with `s3`)
set -eu
folder=$(mkdir -p "${1:?usage: s3.sh FOLDER}" && cd "$1" && pwd)
manifests=$(cd "$(dirname "$0")/../../scripts/kubernetes" && pwd)
encoder=$(cd "$(dirname "$0")/../golden/text_encoders/distilbert" && pwd)
SEGUE=${SEGUE:?the program, as in SEGUE=target/release/segue}
PYTHON=${PYTHON:-python3}
cd "$folder"
port=${PORT:-15555}
"$PYTHON" -m moto.server -H 127.0.0.1 -p "$port" >server.log 2>&1 &
server=$!
trap 'kill $server' EXIT
export AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab AWS_REGION=us-east-1 AWS_ALLOW_HTTP=true
export AWS_ENDPOINT_URL="http://127.0.0.1:$port"

fail() {
    echo "s3.sh: $1" >&2
    exit 1
}
# up FOLDER NAME, down NAME FOLDER: copies below a name of the bucket.
cat >bucket.py <<'PY'
import os, sys, time, boto3
from botocore.exceptions import EndpointConnectionError
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
way, a, b = sys.argv[1:]
if way == "up":
    for attempt in range(100):
        try:
            s3.create_bucket(Bucket="lab")
            break
        except EndpointConnectionError:
            time.sleep(0.1)
    for root, _, files in os.walk(a):
        for file in files:
            path = os.path.join(root, file)
            s3.upload_file(path, "lab", f"{b}/{os.path.relpath(path, a)}")
else:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="lab", Prefix=a + "/"):
        for item in page.get("Contents", []):
            path = os.path.join(b, item["Key"][len(a) + 1 :])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            s3.download_file("lab", item["Key"], path)
PY
copy() { "$PYTHON" bucket.py "$@"; }
# songs_of FOLDER, trainings_of FOLDER: a copy from the bucket is what was made on the disk.
songs_of() {
    for file in disk/slices/* disk/stimuli/*; do
        cmp "$file" "$1/${file#disk/}" || fail "$file is another one in $1"
    done
    # Records hold when a song was last changed, which differs; all else is equal.
    test "$(ls disk/records)" = "$(ls "$1/records")" || fail "the records in $1 are other ones"
}
trainings_of() {
    for seed in 1 2 3; do
        cmp "sweep-disk/seed-$seed/model.safetensors" "$1/seed-$seed/model.safetensors" \
            || fail "seed $seed gave another network in $1"
    done
    cmp sweep-disk/sweep.csv "$1/sweep.csv" || fail "the sweeps compare otherwise in $1"
}

"$SEGUE" demo --out demo --songs 64 --secs 6 --catalogue-only >demo.txt
"$SEGUE" catalog --lyrics demo/lyrics.csv --audio demo/audio --out demo/catalog.csv >catalog.txt
# A name that must be taken as it is written.
first=$(find demo/audio -type f | sort | head -n 1)
odd="$(dirname "$first")/Björk [Remix] #1 50% ~.${first##*.}"
mv "$first" "$odd"
sed -i "s|$(basename "$first")|$(basename "$odd")|" demo/catalog.csv
copy up demo demo

echo "== prepare, of and into the bucket"
"$SEGUE" prepare --catalog demo/catalog.csv --out disk --quiet >disk.txt
for share in 0 2; do
    "$SEGUE" prepare --catalog s3://lab/demo/catalog.csv --out s3://lab/prepared --quiet --shard $share/3 >>bucket.txt
done
"$SEGUE" prepare --catalog s3://lab/demo/catalog.csv --out s3://lab/prepared --quiet --shard 1/3 --jobs 1 >>bucket.txt &
dies=$!
sleep 0.1
kill -9 $dies
wait $dies 2>/dev/null && fail "share 1 was to die and did not"
copy down prepared half
test "$(ls disk/records)" != "$(ls half/records)" || fail "nothing was missing after share 1 had died"
"$SEGUE" prepare --catalog s3://lab/demo/catalog.csv --out s3://lab/prepared --quiet --shard 1/3 >>bucket.txt
copy down prepared prepared
songs_of prepared
"$SEGUE" prepare --catalog s3://lab/demo/catalog.csv --out s3://lab/prepared --quiet >again.txt
grep -q " 0 prepared, 64 unchanged" again.txt || fail "what was prepared was prepared again: $(cat again.txt)"

echo "== train, embed"
"$SEGUE" train --data disk --model audio --out run --epochs 1 --progress none >train.txt
"$SEGUE" train --data s3://lab/prepared --model audio --out s3://lab/runs/audio --epochs 1 --progress none >train-s3.txt
copy down runs/audio run-s3
cmp run/model.safetensors run-s3/model.safetensors || fail "training from the bucket gave another network"
test ! -e run-s3/checkpoints || fail "checkpoints of a finished run were left in the bucket"
"$SEGUE" embed --run run --data disk --out disk.safetensors >embed.txt
for share in 1 0; do
    "$SEGUE" embed --run s3://lab/runs/audio --data s3://lab/prepared --out s3://lab/tables/audio.safetensors \
        --shard $share/2 >>embed-s3.txt
done
copy down tables tables
cmp disk.safetensors tables/audio.safetensors || fail "the table in the bucket is another one"

echo "== train with a pretrained encoder of the bucket"
copy up "$encoder" encoder
reads="train --model lyrics --text-tuning frozen --epochs 1 --progress none"
"$SEGUE" $reads --data disk --text-encoder "$encoder" --out run-reads >reads.txt
"$SEGUE" $reads --data s3://lab/prepared --text-encoder s3://lab/encoder --out s3://lab/runs/reads >reads-s3.txt
copy down runs/reads run-reads-s3
cmp run-reads/model.safetensors run-reads-s3/model.safetensors || fail "the encoder of the bucket is another one"

echo "== sweep, of and into the bucket"
cat >sweep.toml <<'TOML'
model = "audio"
epochs = 1
[grid]
seed = [1, 2, 3]
TOML
mkdir -p grids && mv sweep.toml grids
copy up grids grids
"$SEGUE" sweep --grid grids/sweep.toml --data disk --out sweep-disk --progress none >sweep.txt
sweep="sweep --grid s3://lab/grids/sweep.toml --data s3://lab/prepared --out s3://lab/sweep --progress none"
"$SEGUE" $sweep --shard 1/2 >>sweep-s3.txt
# Share 0 has seeds 1 and 3, and dies while it trains the second of them.
"$SEGUE" $sweep --shard 0/2 >dies.txt 2>&1 &
dies=$!
for _ in $(seq 600); do
    grep -q "seed-3" dies.txt && break
    sleep 0.1
done
grep -q "seed-3" dies.txt || fail "share 0 of the sweep did not come to seed 3: $(cat dies.txt)"
kill -9 $dies || fail "share 0 of the sweep had ended already"
wait $dies 2>/dev/null && fail "share 0 of the sweep was to die and did not"
copy down sweep sweep-half
test -e sweep-half/seed-1/report.json || fail "what share 0 had trained before it died is not in the bucket"
test ! -e sweep-half/seed-3/report.json || fail "nothing was missing after share 0 of the sweep had died"
"$SEGUE" $sweep --shard 0/2 >>sweep-s3.txt
copy down sweep sweep-s3
trainings_of sweep-s3
cat sweep-s3/sweep.csv

echo "== what the manifests for Kubernetes say, pod by pod"
# pod.py MANIFEST INDEX NAME=VALUE..: becomes what that pod of the Job runs, with these values changed in the manifest.
cat >pod.py <<'PY'
import os, re, sys, yaml
manifest, index, *changes = sys.argv[1:]
with open(manifest) as file:
    job = yaml.safe_load(file)["spec"]
(container,) = job["template"]["spec"]["containers"]
variables = {variable["name"]: variable["value"] for variable in container["env"]}
assert job["completionMode"] == "Indexed", manifest
assert job["completions"] == int(variables["SHARDS"]), f"{manifest}: completions and SHARDS differ"
changes = dict(change.split("=", 1) for change in changes)
assert changes.keys() <= variables.keys(), f"{manifest} has no {changes.keys() - variables.keys()}"
# The secret, and what Kubernetes adds by itself; of this machine a pod knows nothing.
secret = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
environment = {"PATH": os.environ["PATH"], **secret, **variables, **changes, "JOB_COMPLETION_INDEX": index}
# Kubernetes puts in the $(NAME) that it knows, and leaves the others as they are.
known = lambda name: environment.get(name[1], name[0])
line = [re.sub(r"\$\((\w+)\)", known, part) for part in container["command"] + container["args"]]
os.execvpe(line[0], line, environment)
PY
mkdir -p bin
ln -sf "$SEGUE" bin/segue
pod() {
    manifest=$1.yaml index=$2
    shift 2
    PATH="$folder/bin:$PATH" "$PYTHON" pod.py "$manifests/$manifest" "$index" SHARDS=2 "$@" >pod.txt 2>&1 \
        || fail "pod $index of $manifest failed: $(cat pod.txt)"
}
# After pod 1 alone there is its share and no more.
set -- CATALOG=s3://lab/demo/catalog.csv OUT=s3://lab/pods/prepared
pod prepare 1 "$@"
copy down pods/prepared pods-half
test "$(ls disk/records)" != "$(ls pods-half/records)" || fail "pod 1 of prepare.yaml did the share of pod 0"
pod prepare 0 "$@"
copy down pods/prepared pods-prepared
songs_of pods-prepared

set -- RUN=s3://lab/runs/audio DATA=s3://lab/pods/prepared OUT=s3://lab/pods/tables/audio.safetensors
pod embed 1 "$@"
copy down pods/tables pods-half-table
test ! -e pods-half-table/audio.safetensors || fail "pod 1 of embed.yaml did the share of pod 0"
pod embed 0 "$@"
copy down pods/tables pods-table
cmp disk.safetensors pods-table/audio.safetensors || fail "the table of the pods is another one"

set -- GRID=s3://lab/grids/sweep.toml DATA=s3://lab/pods/prepared OUT=s3://lab/pods/sweep
pod sweep 1 "$@"
copy down pods/sweep pods-half-sweep
test "$(ls -d pods-half-sweep/seed-*)" = pods-half-sweep/seed-2 || fail "pod 1 of sweep.yaml did the share of pod 0"
pod sweep 0 "$@"
copy down pods/sweep pods-sweep
trainings_of pods-sweep

echo "== what is not there is named"
if "$SEGUE" prepare --catalog s3://lab/nothing.csv --out s3://lab/x --quiet 2>error.txt; then
    fail "a catalogue that is not there was read"
fi
grep -q "s3://lab/nothing.csv" error.txt || fail "the error does not name the catalogue: $(cat error.txt)"
cat error.txt
echo "s3.sh: a bucket gives what a disk gives"
