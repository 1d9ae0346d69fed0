#!/bin/sh
# The Slurm scripts on a real Slurm of one node, which this starts in FOLDER and ends again: shares combine to what one
# machine makes, byte for byte, and a share that dies is run again alone.
#
#   tests/clusters/slurm.sh FOLDER        (as root; Debian's slurm-wlm and munge; SEGUE names the program)
set -eu
folder=$(mkdir -p "${1:?usage: slurm.sh FOLDER}" && cd "$1" && pwd)
scripts=$(cd "$(dirname "$0")/../../scripts/slurm" && pwd)
SEGUE=${SEGUE:?the program, as in SEGUE=target/release/segue}
export SEGUE
host=$(hostname -s)
cd "$folder"
mkdir -p slurm/state slurm/spool munge
chmod 755 munge

# A key and a socket of its own, so that a Slurm of the machine is left alone.
dd if=/dev/urandom of=munge/key bs=1 count=1024 2>/dev/null
chmod 600 munge/key
munged --socket="$folder/munge/socket" --key-file="$folder/munge/key" --pid-file="$folder/munge/pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" --force
cat >slurm/slurm.conf <<CONF
ClusterName=segue
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
StateSaveLocation=$folder/slurm/state
SlurmdSpoolDir=$folder/slurm/spool
SlurmctldPidFile=$folder/slurm/slurmctld.pid
SlurmdPidFile=$folder/slurm/slurmd.pid
SlurmctldLogFile=$folder/slurm/slurmctld.log
SlurmdLogFile=$folder/slurm/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$folder/slurm/slurm.conf"
/usr/sbin/slurmctld
/usr/sbin/slurmd
finish() {
    for pid in slurm/slurmd.pid slurm/slurmctld.pid munge/pid; do
        kill "$(cat "$folder/$pid")" 2>/dev/null || true
    done
}
trap finish EXIT

fail() {
    echo "slurm.sh: $1" >&2
    tail -n 20 "$folder"/slurm/*.log "$folder"/*.log >&2 2>/dev/null || true
    exit 1
}
# What the machine has decides over what the scripts ask for.
submit() {
    sbatch --parsable --wait --chdir="$folder" --cpus-per-task=1 --mem=0 "$@" || return 1
}

"$SEGUE" demo --out demo --songs 64 --secs 6 --catalogue-only >demo.txt
"$SEGUE" catalog --lyrics demo/lyrics.csv --audio demo/audio --out catalog.csv >catalog.txt

echo "== prepare: one machine, and shares of which one dies"
"$SEGUE" prepare --catalog catalog.csv --out one --quiet >one.txt
CATALOG=catalog.csv OUT=many submit --array=0,2,3 --export=ALL,SHARDS=4 "$scripts/prepare.sbatch" >/dev/null \
    || fail "shares 0, 2 and 3 failed"
# Share 1 is killed while it is at work.
cat >dies.sh <<'DIES'
#!/bin/sh
"$REAL" "$@" &
pid=$!
sleep 0.05
kill -9 $pid
wait $pid
DIES
chmod +x dies.sh
if CATALOG=catalog.csv OUT=many submit --array=1 --export="ALL,SHARDS=4,REAL=$SEGUE,SEGUE=$folder/dies.sh" \
    "$scripts/prepare.sbatch" >/dev/null; then
    fail "share 1 was to die and did not"
fi
! diff -rq one many >/dev/null || fail "nothing was missing after share 1 had died"
CATALOG=catalog.csv OUT=many submit --array=1 --export=ALL,SHARDS=4 "$scripts/prepare.sbatch" >/dev/null \
    || fail "share 1 failed when it was run again"
diff -r one many || fail "the shares are not what one machine makes"

echo "== embed"
"$SEGUE" train --data one --model audio --out run --epochs 1 --progress none >train.txt
"$SEGUE" embed --run run --data one --slices --out one.safetensors >embed.txt
RUN=run DATA=many OUT=many.safetensors OPTIONS=--slices submit --array=0-2 "$scripts/embed.sbatch" >/dev/null \
    || fail "embedding failed"
cmp one.safetensors many.safetensors || fail "the shares' table is not that of one machine"
test ! -e many.safetensors.parts || fail "shares were left behind"

echo "== sweep"
cat >sweep.toml <<'TOML'
model = "audio"
epochs = 1
[grid]
seed = [1, 2, 3]
TOML
# As many threads as no task has.
RAYON_NUM_THREADS=3 "$SEGUE" sweep --grid sweep.toml --data one --out sweep-one --progress none >sweep.txt
GRID=sweep.toml DATA=one OUT=sweep-many submit --array=0-1 "$scripts/sweep.sbatch" >/dev/null || fail "sweeping failed"
for seed in 1 2 3; do
    cmp "sweep-one/seed-$seed/model.safetensors" "sweep-many/seed-$seed/model.safetensors" \
        || fail "seed $seed gave another network"
done
cmp sweep-one/sweep.csv sweep-many/sweep.csv || fail "the sweeps compare otherwise"
cat sweep-many/sweep.csv
echo "slurm.sh: shares on Slurm give what one machine gives"
