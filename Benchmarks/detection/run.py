#!/usr/bin/env python3
"""Measure Cordon and its peers on the detection corpus: run.py --cordon PATH --out DIR."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENV = ROOT / ".deps" / "peers"
HALVES = ("tuning", "evaluation", "benign_lookalikes")
PACKAGES = ("picklescan[7z]==1.0.5", "modelscan[h5py]==0.8.8", "fickling", "modelaudit", "h5py", "onnx", "safetensors", "tflite")
PEERS = ("picklescan", "modelscan", "fickling", "modelaudit")
SEVERITIES = ("info", "low", "medium", "high", "critical")
MISSING_EXTRA = ("please install modelscan with", "pip install")
QUIET = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "DO_NOT_TRACK": "1", "NO_ANALYTICS": "1", "NO_COLOR": "1"}
Verdicts = dict[str, dict[str, bool]]


def make_corpus(out: Path, seed: int) -> dict:
    """Write the corpus and return its manifest."""
    subprocess.run([sys.executable, str(HERE / "make_corpus.py"), str(out), "--seed", str(seed)], check=True)
    return json.loads((out / "manifest.json").read_text())


def make_venv() -> dict[str, str]:
    """Create the peers' environment once; returns the installed versions."""
    python = VENV / "bin" / "python"
    marker = VENV / "detection-benchmark.json"
    wanted = json.dumps(PACKAGES)
    if not marker.exists() or marker.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        marker.write_text(wanted)
    code = "import json, importlib.metadata as m; print(json.dumps({n: m.version(n) for n in %r}))" % (PEERS,)
    return json.loads(subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout)


def targets(case: dict, corpus: Path) -> list[str]:
    """What a peer scans for a case: every file, and the folder when there are several."""
    folder = corpus / case["path"]
    files = [str(folder / name) for name in case["files"]]
    return files + ([str(folder)] if len(files) > 1 else [])


def run_peer(tool: str, cases: list[dict], corpus: Path, workers: int) -> dict[str, dict]:
    """Exit codes and output of one tool per target."""
    jobs = [t for case in cases for t in targets(case, corpus) if not (tool == "fickling" and os.path.isdir(t))]
    with tempfile.TemporaryDirectory() as scratch:
        running = []
        for index in range(workers):
            request, answer = Path(scratch, f"{index}.in"), Path(scratch, f"{index}.out")
            request.write_text(json.dumps(jobs[index::workers]))
            home = Path(scratch, f"home{index}")
            home.mkdir()
            command = [str(VENV / "bin" / "python"), str(HERE / "peer_driver.py"), tool, str(request), str(answer)]
            running.append((subprocess.Popen(command, cwd=home, env={**os.environ, **QUIET, "HOME": str(home)}), answer))
        results: dict[str, dict] = {}
        for process, answer in running:
            if process.wait():
                raise RuntimeError(f"{tool}: the driver failed")
            results.update(json.loads(answer.read_text()))
    return results


def peer_verdict(tool: str, result: dict) -> tuple[bool, bool]:
    """(issue found, issue or any other warning not to trust the file).

    Exit 1 is an issue for all four; picklescan also names infected files when it exits 2, and
    counts suspicious globals (wide) while it exits 0. The wide reading adds errors about the file, crashes and
    time-outs, but neither complaints that an
    optional Python package is absent nor the statement that no file was of a known type.
    """
    code, text = result["exit"], result["output"]
    if tool == "picklescan":
        infected = code == 1 or re.search(r"Infected files: [1-9]", text) is not None
        return infected, infected or code != 0 or re.search(r"Suspicious globals: [1-9]", text) is not None
    if tool == "fickling" and "DO NOT TRUST" in text and code != 1:
        return False, True
    if code == 1 and not (tool == "fickling" and "failed to parse" in text):
        return True, True
    if tool == "modelscan" and code == 3:
        return False, False
    if code == 2 and result["nothing_scanned"]:
        return False, False
    if code == 2 and any(phrase in text for phrase in MISSING_EXTRA):
        return False, False
    return False, code != 0


def judge_peer(tool: str, cases: list[dict], corpus: Path, results: dict[str, dict]) -> Verdicts:
    """Verdicts per case."""
    verdicts: Verdicts = {}
    for case in cases:
        pairs = [peer_verdict(tool, results[t]) for t in targets(case, corpus) if t in results]
        verdicts[case["path"]] = {"issue": any(p[0] for p in pairs), "wide": any(p[1] for p in pairs)}
    return verdicts


def cordon_scan(binary: Path, folder: Path, limit: float) -> dict | None:
    """Cordon's report on a folder, or None when it failed."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        command = [str(binary), "scan", str(folder), "--format", "json", "--output", str(report)]
        try:
            code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=limit).returncode
            data = json.loads(report.read_text())
        except (subprocess.TimeoutExpired, OSError, ValueError):
            return None
        return data if code in (0, 1) or data.get("findings") else None


def worst_by_case(report: dict, folder: Path) -> dict[str, int]:
    """Case folder name to the index of its worst finding's severity."""
    worst: dict[str, int] = {}
    for finding in report.get("findings", []):
        path = str(finding.get("path", ""))
        for prefix in (str(folder.resolve()), str(folder), folder.name):
            if path.startswith(prefix + "/"):
                path = path[len(prefix) + 1:]
                break
        name = path.split("/", 1)[0]
        level = SEVERITIES.index(str(finding.get("severity", "info")).lower())
        worst[name] = max(level, worst.get(name, -1))
    return worst


def run_cordon(binary: Path, cases: list[dict], corpus: Path) -> Verdicts:
    """Scan each half as a folder; case by case when that fails."""
    verdicts: Verdicts = {}
    for half in HALVES:
        chosen = [c for c in cases if c["half"] == half]
        report = cordon_scan(binary, corpus / half, 60 * len(chosen))
        worst = worst_by_case(report, corpus / half) if report else {}
        for case in chosen:
            level = worst.get(Path(case["path"]).name, -1)
            if report is None:
                single = cordon_scan(binary, corpus / case["path"], 60)
                found = [SEVERITIES.index(str(f.get("severity", "info")).lower()) for f in (single or {}).get("findings", [])]
                level = max(found, default=-1)
            verdicts[case["path"]] = {"issue": level >= 2, "high": level >= 3}
        if report is None:
            print(f"cordon failed on {half} as a folder; it was scanned case by case", file=sys.stderr)
    return verdicts


def share(verdicts: Verdicts, cases: list[dict], key: str) -> str:
    """'detected/total percent' for some cases."""
    hits = sum(verdicts[c["path"]].get(key, False) for c in cases)
    return f"{hits}/{len(cases)} {100 * hits / max(1, len(cases)):.1f}%"


def area(case: dict) -> str:
    """The group a class belongs to."""
    head = case["class"].split("-")[0]
    return {"gadget": "pickle gadgets", "name": "pickle mechanics", "call": "pickle mechanics", "memo": "pickle mechanics",
            "stream": "pickle mechanics", "nested": "pickle mechanics", "expansion": "pickle mechanics", "zip": "zip", "tar": "tar",
            "container": "containers", "bomb": "containers", "torch": "torch/numpy/joblib", "numpy": "torch/numpy/joblib",
            "joblib": "torch/numpy/joblib", "masquerade": "masquerade", "polyglot": "masquerade", "training": "masquerade",
            "h5": "keras", "tf": "tensorflow/tflite", "tflite": "tensorflow/tflite", "hf": "hf/hydra/yaml",
            "hydra": "hf/hydra/yaml", "yaml": "hf/hydra/yaml", "template": "templates"}.get(head, head)


def table(rows: list[list[str]]) -> str:
    """Aligned columns."""
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows)


def report_text(saved: dict) -> str:
    """The main table, and one per group of classes."""
    cases, lines = saved["cases"], []
    halves = {h: [c for c in cases if c["half"] == h] for h in HALVES}
    rows = [["tool", "verdict", "tuning", "evaluation", "false alarms (benign)"]]
    views = []
    for tool, verdicts in saved["verdicts"].items():
        keys = (("issue", "medium or above"), ("high", "high or above")) if tool == "cordon" else (("issue", "issue"), ("wide", "issue or error"))
        for key, label in keys:
            views.append((tool, key, label))
            rows.append([tool, label, *(share(verdicts, halves[h], key) for h in HALVES)])
    lines.append(table(rows))
    groups = sorted({area(c) for c in cases if c["expect"] == "malicious"})
    for half in HALVES[:2]:
        rows = [[f"{half}, by group", *(f"{t} {k}" for t, k, _ in views)]]
        for group in groups:
            chosen = [c for c in halves[half] if area(c) == group]
            rows.append([f"{group} ({len(chosen)})", *(share(saved["verdicts"][t], chosen, k).split()[1] for t, k, _ in views)])
        lines.append(table(rows))
    missed = [f"{t}: {sum(not saved['verdicts'][t][c['path']][k] for c in halves['evaluation'])}" for t, k, _ in views if k == "issue"]
    lines.append("evaluation cases missed (counts only): " + ", ".join(missed))
    lines.append("seconds: " + ", ".join(f"{t} {s:.0f}" for t, s in saved["seconds"].items()))
    return "\n\n".join(lines)


def list_missed(saved: dict, tool: str, half: str, reveal: bool) -> str:
    """Missed cases of a tool; the evaluation half stays hidden unless asked for."""
    if tool not in saved["verdicts"]:
        return f"no results for {tool}"
    missed = [c for c in saved["cases"] if c["half"] == half and saved["verdicts"][tool][c["path"]]["issue"] == (half == HALVES[2])]
    if half == "evaluation" and not reveal:
        return f"{tool} missed {len(missed)} evaluation cases (names hidden; --reveal-evaluation shows them)"
    return "\n".join(f"{c['path']}  {c['class']} / {c['gadget']}: {c['description']} [{c['source']}]" for c in missed)


def measure(options: argparse.Namespace) -> dict:
    """Run every chosen tool."""
    corpus = options.out / "corpus"
    manifest = make_corpus(corpus, options.seed)
    cases = manifest["cases"]
    saved: dict = {"corpus": manifest["sha256"], "cases": cases, "verdicts": {}, "seconds": {}, "versions": {}}
    chosen = options.tools.split(",")
    if "cordon" in chosen:
        if options.cordon and options.cordon.is_file():
            start = time.monotonic()
            saved["verdicts"]["cordon"] = run_cordon(options.cordon, cases, corpus)
            saved["seconds"]["cordon"] = time.monotonic() - start
        else:
            print("cordon skipped: no binary at --cordon PATH", file=sys.stderr)
    peers = [t for t in PEERS if t in chosen]
    if peers:
        saved["versions"] = make_venv()
    raw = {}
    for tool in peers:
        start = time.monotonic()
        raw[tool] = run_peer(tool, cases, corpus, options.workers)
        saved["verdicts"][tool] = judge_peer(tool, cases, corpus, raw[tool])
        saved["seconds"][tool] = time.monotonic() - start
    if raw:
        (options.out / "peer-output.json").write_text(json.dumps(raw))
    return saved


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cordon", type=Path, help="the cordon binary")
    parser.add_argument("--out", type=Path, required=True, help="folder for the corpus and results.json")
    parser.add_argument("--tools", default="cordon," + ",".join(PEERS), help="comma-separated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--list-missed", metavar="TOOL", help="list from saved results, without a new run")
    parser.add_argument("--half", choices=HALVES, default="tuning")
    parser.add_argument("--reveal-evaluation", action="store_true")
    options = parser.parse_args()
    options.out = options.out.resolve()
    results = options.out / "results.json"
    if options.list_missed:
        if not results.exists():
            parser.error("no results.json in --out; run without --list-missed first")
        print(list_missed(json.loads(results.read_text()), options.list_missed, options.half, options.reveal_evaluation))
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    saved = measure(options)
    if results.exists():
        old = json.loads(results.read_text())
        if old.get("corpus") == saved["corpus"]:
            for key in ("verdicts", "seconds", "versions"):
                saved[key] = {**old[key], **saved[key]}
    results.write_text(json.dumps(saved, indent=1))
    print(report_text(saved))
    return 0


if __name__ == "__main__":
    sys.exit(main())
