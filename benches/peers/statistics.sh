#!/bin/sh
# One mixed model of 4,800 answers, and the thesis's power simulation: Segue against R, on the same
# table, in one run. Prints R's seconds, ours, and the ratios.
#
#   benches/peers/statistics.sh
#
# Needs R with lme4 (Debian: r-base-core, r-cran-lme4). RSCRIPT names another interpreter.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${RSCRIPT:-Rscript}" "$here/statistics.R" "$work/table.csv" slopes | tee "$work/r"
cd "$here/../.."
SEGUE_TABLE=$work/table.csv cargo bench --package shared --no-default-features --bench statistics -- \
    --output-format bencher | tee "$work/ours"
awk '
    FNR == NR { r[$1] = $2; next }
    /^test statistics\/glmm of 4,800 answers \.\.\./ { show("glmer, random intercepts", r["glmer_intercepts"], $0) }
    /^test statistics\/glmm of 4,800 answers, slopes/ { show("glmer, random slopes", r["glmer_slopes"], $0) }
    /^test statistics\/power/ { show("power of prop.test", r["prop_test_power"], $0) }
    function show(what, peer, line,    ns) {
        match(line, /bench: *[0-9,]+/)
        ns = substr(line, RSTART + 6, RLENGTH - 6)
        gsub(/[ ,]/, "", ns)
        printf "%s: R %.3f s, Segue %.4f s, %.0f times\n", what, peer, ns / 1e9, peer * 1e9 / ns
    }
' "$work/r" "$work/ours"
