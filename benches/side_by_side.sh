#!/usr/bin/env bash
# Everything that `cargo bench --bench engine` measures, beside the Python package mcpower and beside R.
#
#     benches/side_by_side.sh [ROUNDS]
#
# All programs take turns ROUNDS times (15 if not given), about a quarter of a minute each, so that a slow spell of
# the machine meets all. The tables are printed, and written to benches/side_by_side.md with the date and the processor.
#
# Needs: python3 with `pip install mcpower==1.4.1`; PYTHON names another interpreter. R is measured if it is there with
# lmerTest, pbkrtest and nlme; RSCRIPT names another Rscript.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-15}
python=${PYTHON:-python3}
rscript=${RSCRIPT:-Rscript}

if (($# > 1)) || ! [[ $rounds =~ ^[1-9][0-9]*$ ]]; then
    echo "side_by_side: '$*' given; at most one number of rounds from 1 upwards is possible" >&2
    exit 2
fi
if ! "$python" -c 'import mcpower' 2>/dev/null; then
    echo "side_by_side: $python has no mcpower; run: $python -m pip install mcpower==1.4.1" >&2
    exit 1
fi
options=(--rounds "$rounds" --python "$python")
not_measured=
if "$rscript" -e 'library(lmerTest); library(pbkrtest); library(nlme)' >/dev/null 2>&1; then
    options+=(--rscript "$rscript")
else
    not_measured="Not measured: R, which is not there or lacks lmerTest, pbkrtest or nlme."
    echo "side_by_side: $not_measured" >&2
    echo "side_by_side: Debian has r-base-core r-cran-lmertest r-cran-pbkrtest r-cran-nlme" >&2
fi

# Into a variable first: a run that fails leaves the last tables as they are.
tables=$(cargo bench --quiet --bench engine -- "${options[@]}")

processor=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || true)
widest=$(awk '/^flags/ { if (/ avx512f/) print ", AVX-512"; else if (/ avx2/) print ", AVX2"; exit }' /proc/cpuinfo 2>/dev/null || true)
processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo "?")
{
    cat <<MARKDOWN
# What it costs, beside the cost of drawing and beside other programs

Written by \`benches/side_by_side.sh $rounds\` on $(date -u +%Y-%m-%d); $(rustc --version | cut -d' ' -f1-2);
${processor:-processor not known}$widest, $processors logical processors.${not_measured:+
$not_measured}

- **÷** the time as a multiple of the named one's: the floor, which draws the same random numbers and does nothing
  else, or what the table says. **peer ÷ it**: how many times as long the other program takes.
- Each ratio is that of the least times of $rounds rounds; in brackets the smallest and the largest of a single round.
- One thread where nothing else is said. What the jobs and floors are stands in \`benches/engine/\`, what the
  other programs do in \`benches/peer/\`. Ratios travel; nanoseconds do not.

$tables
MARKDOWN
} >benches/side_by_side.md
cat benches/side_by_side.md
