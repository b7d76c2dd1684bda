#!/usr/bin/env bash
# Signs a small model, changes it in twelve ways, and shows what `cordon verify` says each time.
# Usage: tamper_twelve_ways.sh [CORDON]; exit status 1 when a change is not caught.
set -euo pipefail
cordon=$(realpath "${1:-.build/release/cordon}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME="$work/cache"
openssl ecparam -genkey -name prime256v1 -noout -out owner.pem
openssl ec -in owner.pem -pubout -out owner.pub 2>/dev/null
openssl ecparam -genkey -name prime256v1 -noout -out mallory.pem
mkdir -p original/tokenizer
echo '{"hidden_size": 64}' >original/config.json
head -c 4096 /dev/zero | tr '\0' 'w' >original/weights.safetensors
echo 'a b c' >original/tokenizer/vocab.txt
echo 'line' >original/train.jsonl
echo 'A small model.' >original/README.md
cp -r original model
"$cordon" sign model --signature model.sig --private-key owner.pem --quiet
cp model.sig owner.sig
"$cordon" verify model --signature model.sig --public-key owner.pub --no-config

caught=0
number=0
try() {
    local what=$1
    shift
    rm -rf model
    cp -r original model
    cp owner.sig model.sig
    "$@"
    number=$((number + 1))
    echo
    echo "$number. $what"
    if "$cordon" verify model --signature model.sig --public-key owner.pub --no-config 2>&1 | sed '/^key /d; s/^/   /'; then
        echo "   NOT CAUGHT"
    else
        caught=$((caught + 1))
    fi
}
flip() { printf 'v' | dd of=model/weights.safetensors bs=1 seek=2000 conv=notrunc status=none; }
add() { echo 'import os' >model/loader.py; }
remove() { rm model/README.md; }
rename_file() { mv model/tokenizer/vocab.txt model/tokenizer/words.txt; }
recase() { mv model/config.json model/Config.json; }
swap() { mv model/config.json x && mv model/README.md model/config.json && mv x model/README.md; }
link() { rm model/config.json && ln -s /etc/hostname model/config.json; }
fifo() { rm model/train.jsonl && mkfifo model/train.jsonl; }
folder() { rm model/README.md && mkdir model/README.md && touch model/README.md/x && rm model/README.md/x; }
edit_statement() { sed -i 's/"payload":"\(.\{200\}\)./"payload":"\1A/' model.sig; }
mallory() { flip && "$cordon" sign model --signature model.sig --private-key mallory.pem --quiet; }
two_readings() { sed -i 's/^{/{"mediaType":"x",/' model.sig; }

try 'One byte of the weights is changed' flip
try 'A file is added' add
try 'A file is removed' remove
try 'A file is renamed' rename_file
try 'A file is renamed in upper and lower case only' recase
try 'Two files change places' swap
try 'A file becomes a link out of the model' link
try 'A file becomes a FIFO, so that reading it would hang' fifo
try 'A file becomes a folder' folder
try 'The signed statement is edited' edit_statement
try 'Somebody else changes the model and signs it again' mallory
try 'The signature is made to say two things, so that parsers disagree' two_readings

echo
echo "$caught of $number changes were caught"
[ "$caught" -eq 12 ]
