#!/usr/bin/env bash
# Both engines beside the Python package mcpower, on one thread of this machine.
#
#     benches/side_by_side.sh [ROUNDS] [FOLDER]
#
# The two programs take turns ROUNDS times (3 if not given), so that a slow spell of the
# machine meets both; the best of all rounds counts for each. The last table has every
# ratio, and is written to benches/side_by_side.md with the date and the processor. What was
# measured is kept as JSON lines in FOLDER (target/side_by_side if not given), afresh at each
# start.
#
# Needs: python3 with `pip install mcpower==1.4.1`. PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-3}
folder=${2:-target/side_by_side}
python=${PYTHON:-python3}

if ! [[ $rounds =~ ^[1-9][0-9]*$ ]]; then
    echo "side_by_side: ROUNDS is '$rounds'; a number from 1 upwards is needed" >&2
    exit 2
fi
if ! "$python" -c 'import mcpower' 2>/dev/null; then
    echo "side_by_side: $python has no mcpower; run: $python -m pip install mcpower==1.4.1" >&2
    exit 1
fi

mkdir -p "$folder"
folder=$(cd "$folder" && pwd) # cargo bench runs in the package's folder
peer=$folder/peer.jsonl
ours=$folder/trialliance.jsonl
rm -f "$peer" "$ours"

# Compile first: a build between the two would heat the machine for one of them.
cargo bench --quiet --bench engine --no-run

for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds" >&2
    "$python" benches/peer/mcpower_speed.py >>"$peer"
    table=$(cargo bench --quiet --bench engine -- --rounds 8 --record "$ours" --peer "$peer")
done
printf '%s\n' "$table"

processor=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || true)
widest=$(awk '/^flags/ { if (/ avx512f/) print ", AVX-512"; else if (/ avx2/) print ", AVX2"; exit }' /proc/cpuinfo 2>/dev/null || true)
{
    echo "# Both engines beside the cost of drawing and beside a peer"
    echo
    echo "Written by \`benches/side_by_side.sh $rounds\` on $(date -u +%Y-%m-%d); $(rustc --version | cut -d' ' -f1-2);"
    echo "${processor:-processor not known}$widest; one thread. \`× floor\` is the time as a multiple of the floor's,"
    echo "the last column how many times as many trials as the peer. What the jobs and floors are stands in"
    echo "\`benches/engine.rs\` and \`benches/peer/mcpower_speed.py\`. Ratios travel; nanoseconds do not."
    echo
    echo '```text'
    printf '%s\n' "$table"
    echo '```'
} >benches/side_by_side.md
