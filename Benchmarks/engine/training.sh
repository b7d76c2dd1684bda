#!/usr/bin/env bash
# Usage: training.sh CORDON_BENCH: the small CNN on Fashion-MNIST, by Cordon's trainer and by Debian's PyTorch, one thread each.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=/usr/share/datasets/fashion-mnist
if ! dpkg -s python3-torch >/dev/null 2>&1; then
    SUDO=$([ "$(id -u)" = 0 ] || echo sudo)
    $SUDO apt-get update -qq && $SUDO apt-get install -y -qq python3-torch >/dev/null
fi
# Some workplaces pin OpenBLAS to an older processor; users' machines do not.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
for round in 1 2 3; do
    ours=$("$1" train $data 3 | tail -n 1)
    theirs=$(/usr/bin/python3 "$here/train_torch.py" $data 3)
    python3 -c "import json,sys; a,b=map(json.loads,sys.argv[1:]); print(f\"round $round: cordon {a['cpu']:.1f} CPU-s, accuracy {a['accuracy']:.4f}; PyTorch {b['cpu']:.1f} CPU-s, accuracy {b['accuracy']:.4f}; ratio {a['cpu']/b['cpu']:.2f}\")" "$ours" "$theirs"
done
