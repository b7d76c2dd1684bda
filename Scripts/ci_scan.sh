#!/usr/bin/env bash
# Scans for a CI job: SARIF and HTML reports into $CORDON_REPORTS, a summary on standard output.
#
# Settings come from the environment: CORDON_BINARY, CORDON_PATHS (separated by line feeds), CORDON_BASELINE,
# CORDON_SINCE, and what cordon itself reads (CORDON_FAIL_ON, ...). In a GitHub action the exit status is an output, so that
# the report can be uploaded first; elsewhere the script ends with it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
reports=${CORDON_REPORTS:-${RUNNER_TEMP:-$PWD}}
binary=${CORDON_BINARY:-$(command -v cordon || true)}
if [ -z "$binary" ]; then
    make -C "$here" build
    binary=$here/.build/release/cordon
fi

mapfile -t paths < <(printf '%s\n' "${CORDON_PATHS:-.}" | sed '/^[[:space:]]*$/d')
options=()
[ -z "${CORDON_BASELINE:-}" ] || options+=(--baseline "$CORDON_BASELINE")
[ -z "${CORDON_SINCE:-}" ] || options+=(--since "$CORDON_SINCE")

# `--` keeps a path that begins with a dash a path.
status=0
"$binary" scan "${options[@]}" --format sarif --output "$reports/cordon.sarif" -- "${paths[@]}" || status=$?
if [ "$status" -gt 1 ]; then exit "$status"; fi
"$binary" scan "${options[@]}" --format html --fail-on none --output "$reports/cordon.html" -- "${paths[@]}"
"$binary" scan "${options[@]}" --fail-on none -- "${paths[@]}"

if [ -n "${GITHUB_OUTPUT:-}" ]; then
    {
        echo "sarif=$reports/cordon.sarif"
        echo "html=$reports/cordon.html"
        echo "status=$status"
    } >>"$GITHUB_OUTPUT"
else
    exit "$status"
fi
