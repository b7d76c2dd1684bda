#!/usr/bin/env python3
"""What a scan of an installed site-packages of about 20,000 files costs, beside reading and hashing it.

    tree.py --cordon PATH [--work DIR]

Installs pinned packages without running them, times `sha256sum` and Python's hashlib over all files, then `cordon scan`, each twice, and prints CPU
seconds, the ratio, the peak of resident memory, and every finding at high or above for a look by hand.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

DEPS = Path(__file__).resolve().parent.parent.parent / ".deps"
PACKAGES = [
    "scikit-learn==1.9.1", "scipy", "numpy==2.4.6", "pandas", "matplotlib", "transformers", "statsmodels", "networkx", "onnx==1.22.0", "ipython",
]
FOLDERS = ["sklearn", "scipy", "numpy", "pandas", "matplotlib", "transformers", "statsmodels", "networkx", "onnx", "IPython"]


def children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--work", type=Path, default=DEPS / "project")
    options = parser.parse_args()
    tree = options.work / "tree"
    if not tree.exists():
        full = options.work / "tree-all"
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(full), *PACKAGES], check=True)
        tree.mkdir(parents=True)
        for name in FOLDERS:
            (full / name).rename(tree / name)
    files = [path for path in tree.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} files, {size / 1e6:.0f} MB")
    listing = "\0".join(map(str, files)).encode()
    for _ in range(2):
        before = children()
        subprocess.run(["xargs", "-0", "sha256sum"], input=listing, stdout=subprocess.DEVNULL, check=True)
        hashing = children() - before
        own = os.times()
        for path in files:
            with open(path, "rb") as stream:
                hashlib.file_digest(stream, "sha256")
        later = os.times()
        before = children()
        report = options.work / "tree.json"
        subprocess.run([options.cordon, "scan", str(tree), "--no-config", "--format", "json", "--output", str(report), "--fail-on", "none"], check=True)
        scanning = children() - before
        library = later.user + later.system - own.user - own.system
        print(f"sha256sum {hashing:.2f} s, hashlib {library:.2f} s, cordon {scanning:.2f} CPU-seconds: {scanning / hashing:.1f} x sha256sum, {scanning / library:.1f} x hashlib")
    done = subprocess.run(["/usr/bin/time", "-f", "%M", options.cordon, "scan", str(tree), "--no-config", "--quiet", "--fail-on", "none"], capture_output=True, text=True, check=True)
    print(f"resident memory at most {int(done.stderr.splitlines()[-1]) / 1024:.0f} MiB")
    findings = [f for f in json.loads(report.read_text())["findings"] if f["severity"] in ("high", "critical")]
    print(f"{len(findings)} findings at high or above")
    for finding in findings:
        print(f"  {finding['ruleID']} {finding['path']}:{finding.get('line') or finding.get('offset') or ''} {finding['message'][:120]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
