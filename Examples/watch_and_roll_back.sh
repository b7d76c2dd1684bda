#!/usr/bin/env bash
# Deploys two releases of a model, watches the active one, damages it, and shows that the store rolls back by itself.
# Usage: watch_and_roll_back.sh [CORDON]; exit status 1 when it does not.
set -euo pipefail
cordon=$(realpath "${1:-.build/release/cordon}")
work=$(mktemp -d)
watcher=
trap '[ -z "$watcher" ] || kill "$watcher" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME="$work/cache"
openssl ecparam -genkey -name prime256v1 -noout -out owner.pem
openssl ec -in owner.pem -pubout -out owner.pub 2>/dev/null
trust=(--public-key owner.pub --no-config)
for version in 1 2; do
    mkdir -p model
    echo "{\"version\": $version}" >model/config.json
    head -c 4096 /dev/zero >model/weights.safetensors
    "$cordon" sign model --signature model.sig --private-key owner.pem --quiet
    "$cordon" release put store model --signature model.sig --activate "${trust[@]}"
done
"$cordon" release list store
echo "+ serving $(cat store/current/config.json)"
"$cordon" watch --release store --rollback "${trust[@]}" >events.txt &
watcher=$!
wait_for() {
    for _ in $(seq 100); do
        grep -q "$1" events.txt && return
        sleep 0.1
    done
    cat events.txt
    exit 1
}
wait_for ready
echo "+ somebody writes to the weights of the running model"
printf 'x' >>store/current/weights.safetensors
wait_for 'is active'
cat events.txt
echo "+ serving $(cat store/current/config.json)"
grep -q '"version": 1' store/current/config.json
