#!/usr/bin/env python3
"""Runs Cordon, detect-secrets 1.5.0 and nbdefense over the corpora of this folder, in one run, and prints what each finds.

    peers.py --cordon PATH [--work DIR] [--no-benign]

Planted: secrets (a hit names the file and, where there is one, a line at most two off) and problems in notebooks (a hit names the file, and the
cell where the tool says it). Benign: real notebooks, code and configurations of pinned packages, findings for each tool; nobody has planted
anything there, so nearly all of them are wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from run import families, fits, scan

HERE = Path(__file__).resolve().parent
DEPS = HERE.parent.parent / ".deps"


def tools() -> dict[str, Path | None]:
    """The peers in a virtual environment of their own; None for one that cannot be installed here."""
    home = DEPS / "peers-project"
    pip = home / "bin" / "pip"
    if not pip.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    found: dict[str, Path | None] = {}
    for package, program in [("detect-secrets==1.5.0", "detect-secrets"), ("nbdefense", "nbdefense")]:
        path = home / "bin" / program
        if not path.exists():
            subprocess.run([str(pip), "install", "-q", "--disable-pip-version-check", package], check=False, capture_output=True)
        works = path.exists() and subprocess.run([str(path), "--help"], capture_output=True, check=False).returncode == 0
        found[program] = path if works else None
    return found


def cpu(command: list[str], **options: object) -> tuple[subprocess.CompletedProcess, float]:
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    after = os.times()
    return done, after.children_user + after.children_system - before.children_user - before.children_system


def detect_secrets(program: Path, folder: Path) -> tuple[dict[str, list[int]], float]:
    """Lines by file."""
    done, seconds = cpu([str(program), "-C", str(folder), "scan", "--all-files", "--no-verify"])
    found: dict[str, list[int]] = defaultdict(list)
    for path, hits in json.loads(done.stdout)["results"].items():
        found[path] += [hit["line_number"] for hit in hits]
    return found, seconds


def nbdefense(program: Path, folder: Path) -> tuple[dict[str, list[int | None]], float]:
    """Cells by file."""
    report = folder.parent / "nbdefense.json"
    report.unlink(missing_ok=True)
    _, seconds = cpu([str(program), "scan", "-r", "-q", "-o", "json", "-f", str(report), str(folder)])
    found: dict[str, list[int | None]] = defaultdict(list)
    if report.exists():
        text = json.loads(report.read_text())
        for book in text.get("notebook_issues", []):
            path = os.path.relpath(book["path"], folder)
            for issue in book.get("issues", []):
                found[path].append(issue.get("cell", {}).get("cell_index") if isinstance(issue.get("cell"), dict) else None)
    return found, seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--work", type=Path, default=DEPS / "project")
    parser.add_argument("--no-benign", action="store_true")
    options = parser.parse_args()
    peers = tools()
    for half in ("tuning", "evaluation"):
        for kind, program in [("secrets", "planted_secrets.py"), ("leaks", "leaks.py"), ("people", "personal.py"), ("notebooks", "notebooks.py"), ("code", "programs.py")]:
            folder = options.work / f"{kind}-{half}"
            if not (folder / "truth.jsonl").exists():
                subprocess.run([sys.executable, str(HERE / program), "--half", half, "--output", str(folder)], check=True, capture_output=True)
            rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
            planted, benign = [r for r in rows if r["label"] != "benign"], [r for r in rows if r["label"] == "benign"]
            print(f"\n{kind}, {half} half: {len(planted)} planted, {len(benign)} benign")
            start = time.monotonic()
            own = scan(options.cordon, folder)

            def hits(row: dict) -> bool:
                wanted = families(row["kind"], "benign-secret" if row["label"] == "benign" and "strength" in row else row["label"])
                if row["label"] == "benign" and "column" in row:
                    wanted = ("CORDON-PII",)
                least = {"info"} | ({"low"} if row.get("note") == "at-most-low" else set())
                return any(f["ruleID"].startswith(wanted) and fits(row, f) and (row["label"] != "benign" or f["severity"] not in least) for f in own[row["path"]])

            def line(name: str, hit: int, wrong: int, seconds: float) -> None:
                print(f"  {name:16} found {hit:4} ({hit / len(planted):6.1%})   raised for nothing {wrong:4} of {len(benign)}   {seconds:6.1f} s")

            line("cordon", sum(map(hits, planted)), sum(map(hits, benign)), time.monotonic() - start)
            if peers["detect-secrets"] and kind in ("secrets", "leaks", "notebooks"):
                found, seconds = detect_secrets(peers["detect-secrets"], folder)

                def near(row: dict) -> bool:
                    at = row.get("line") if row.get("cell") is None else None
                    return any(at is None or abs(line - at) <= 2 for line in found.get(row["path"], []))

                line("detect-secrets", sum(map(near, planted)), sum(map(near, benign)), seconds)
            if peers["nbdefense"] and kind == "notebooks":
                found_cells, seconds = nbdefense(peers["nbdefense"], folder)

                def same(row: dict) -> bool:
                    return any(cell is None or cell == row.get("cell") for cell in found_cells.get(row["path"], []))

                line("nbdefense", sum(map(same, planted)), sum(map(same, benign)), seconds)
        if not options.no_benign:
            folder = options.work / f"benign-{half}"
            if not folder.exists():
                subprocess.run([sys.executable, str(HERE / "collect_benign.py"), "--half", half, "--output", str(folder), "--cache", str(options.work / "cache")], check=True, capture_output=True)
            count = sum(1 for path in folder.rglob("*") if path.is_file())
            print(f"\nreal benign files, {half} half: {count}")
            own = scan(options.cordon, folder)
            secrets = [f for findings in own.values() for f in findings if f["ruleID"].startswith("CORDON-SEC")]
            loud = [f for f in secrets if f["severity"] not in ("info", "low")]
            print(f"  cordon           {len(secrets)} findings of secrets, {len(loud)} of them medium or above")
            if peers["detect-secrets"]:
                found, _ = detect_secrets(peers["detect-secrets"], folder)
                print(f"  detect-secrets   {sum(map(len, found.values()))} findings of secrets")
    for name, path in peers.items():
        if path is None:
            print(f"\n{name} cannot be installed or does not start here: not run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
