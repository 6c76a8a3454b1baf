#!/usr/bin/env bash
# Runs every fuzz target for so many seconds, from its seeds and from what earlier runs found, and prints a line a
# target. What is found lies in fuzz/artifacts/. Arguments: seconds a target, then targets (all of them by default).
set -uo pipefail
cd "$(dirname "$0")/.." || exit
seconds=$1
shift
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cargo fuzz list)
into=target/fuzz
mkdir -p $into
printf '%-10s %12s %10s  %s\n' target inputs coverage found
found=0
for target in "${targets[@]}"; do
    grown=$into/corpus/$target log=$into/$target.log
    mkdir -p "$grown"
    if cargo fuzz run --target-dir $into "$target" "$grown" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -max_len=8192 -timeout=20 -report_slow_units=20 -print_final_stats=1 \
        >"$log" 2>&1; then
        what=nothing
    else
        what="$(sed -n 's/^.*Test unit written to //p' "$log" | tail -1)"
        what="${what:-it did not run}: see $log"
        found=1
    fi
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    [ -n "$inputs" ] || inputs=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$log" | tail -1)
    coverage=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    printf '%-10s %12s %10s  %s\n' "$target" "${inputs:-0}" "${coverage:-0}" "$what"
done
exit $found
