#!/usr/bin/env python3
"""Scans the corpus of exotic model formats and says what was found, missed and raised for nothing.

    run.py --cordon PATH --corpus FOLDER [--show missed|false] [--format NAME]

A hostile or lying file (or folder) is found where a finding of at least medium severity names it, for lies of at least low severity.
A benign one is raised for nothing where a finding of at least medium severity names it. What was not evaluated counts as neither.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

RANK = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--show", choices=["missed", "false"])
    parser.add_argument("--format", default="")
    options = parser.parse_args()
    rows = [json.loads(line) for line in (options.corpus / "truth.jsonl").read_text().splitlines()]
    done = subprocess.run(
        [options.cordon, "scan", str(options.corpus), "--format", "json", "--fail-on", "none", "--no-config"],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    findings, skipped = report["findings"], {a["path"]: a.get("notEvaluated", []) for a in report["assets"]}
    total, hit, unread = Counter(), Counter(), Counter()
    for row in rows:
        path = row["path"].rstrip("/")
        near = [f for f in findings if f["path"] == path or f["path"].startswith(path + "/")]
        label, key = row["label"], (row["format"], row["label"])
        least = 1 if label == "lie" else 2
        near = [f for f in near if RANK[f["severity"]] >= least]
        total[key] += 1
        hit[key] += bool(near)
        reasons = [r for p, r in skipped.items() if p == path or p.startswith(path + "/") for r in r]
        unread[key] += bool(reasons) and not near
        if (
            options.format in row["format"]
            and options.show == ("false" if label == "benign" else "missed")
            and bool(near) == (label == "benign")
        ):
            print(
                options.show,
                row["format"],
                row["label"],
                row["path"],
                row.get("technique"),
                [(f["ruleID"], f["severity"], f["message"][:90]) for f in near[:2]],
                reasons[:1],
            )
    print(f"\n{options.corpus}\n  {'format':12} {'hostile':>9} {'lies':>9} {'raised for nothing':>20} {'benign not evaluated':>22}")
    names = sorted({row["format"] for row in rows})
    for name in names:
        cells = [f"{hit[name, label]}/{total[name, label]}" for label in ("malicious", "lie", "benign")]
        print(f"  {name:12} {cells[0]:>9} {cells[1]:>9} {cells[2]:>20} {unread[name, 'benign']:>22}")
    sums = {label: (sum(hit[n, label] for n in names), sum(total[n, label] for n in names)) for label in ("malicious", "lie", "benign")}
    print("  " + ", ".join(f"{label} {a} of {b} ({a / max(1, b):.1%})" for label, (a, b) in sums.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
