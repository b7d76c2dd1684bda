#!/usr/bin/env bash
# The OWASP example of SUPPLY CHAIN MANAGE: where the model comes from, how well that is known, and what is hit if vendor B,
# who labelled one dataset of the base model, turns out bad.
# Usage: owasp_supply_chain.sh [CORDON [PICTURE.svg]]; exit status 1 when the answer is not the right one.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
cordon=$(realpath "${1:-.build/release/cordon}")
picture=${2:-.build/owasp-supply-chain.svg}
cd "$here/.."
echo "+ cordon provenance trace Examples/owasp-supply-chain"
"$cordon" provenance trace Examples/owasp-supply-chain --no-config
"$cordon" provenance trace Examples/owasp-supply-chain --no-config --format svg --output "$picture"
echo "(drawn in $picture)"
echo "+ cordon provenance impact 'Vendor B' Examples/owasp-supply-chain"
# Exit code 1 means that something is affected, which is the point.
impact=$("$cordon" provenance impact "Vendor B" Examples/owasp-supply-chain --no-config) || [ $? -eq 1 ]
echo "$impact"
for affected in dataset-Z base-model support-model; do
    grep -q "^  $affected" <<<"$impact" || { echo "$affected is not named"; exit 1; }
done
if grep -q "^  dataset-[XY]" <<<"$impact"; then echo "too much is named"; exit 1; fi
