#!/usr/bin/env bash
# Usage: run.sh FUZZER TARGET SECONDS: replays the kept inputs of a reader, then fuzzes it for some seconds.
#
# New crash inputs land in Fuzzing/Inputs/TARGET and are kept: every later run replays them.
set -euo pipefail
fuzzer=$1 target=$2 seconds=$3
here=$(cd "$(dirname "$0")" && pwd)
kept="$here/Inputs/$target"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$kept"
export FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no
log="$work/log"
if ! "$fuzzer" "$work" "$kept" "$here/../Examples/compromised-project" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=65536 \
    -artifact_prefix="$kept/" >"$log" 2>&1; then
    # The report begins with where it happened.
    grep -A 40 'ERROR: ' "$log" || tail -n 30 "$log"
    echo "fuzz target '$target' failed; the input is in ${kept#"$here"/}"
    exit 1
fi
echo "fuzz $target: $(grep -oE 'stat::number_of_executed_units: *[0-9]+|Done [0-9]+ runs' "$log" | tail -n 1), $(find "$kept" -type f | wc -l) kept inputs"
