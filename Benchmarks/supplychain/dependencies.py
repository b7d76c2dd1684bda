#!/usr/bin/env python3
"""Measure what `cordon scan` says about dependencies, on made-up projects whose problems are known.

    python3 dependencies.py --cordon PATH --half tuning --show       with what it missed and what was false
    python3 dependencies.py --cordon PATH --half evaluation          numbers only
    python3 dependencies.py --half tuning --check                    make and parse the projects, scan nothing

Recall per rule, and false findings per clean dependency, of the rules
CORDON-DEP-* alone. See README.md for what a match is and how the halves differ.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

import advisories  # noqa: E402
import corpus  # noqa: E402

SEEDS = {"tuning": 20_251, "evaluation": 77_003}
PREFIX = "CORDON-DEP-"
# Says how old the advisories are; that is no property of a project.
DATABASE = "CORDON-DEP-013"
TIME_LIMIT = 300
RULES = {
    1: "known vulnerability", 2: "malicious package", 3: "typosquat", 4: "dependency confusion", 5: "insecure transport",
    6: "source that can change", 7: "not pinned", 8: "missing hash", 9: "deprecated", 10: "install script",
    11: "unreadable manifest", 12: "lock contradicts manifest", 14: "model named by an advisory",
}


# ---------------------------------------------------------------- matching

def normal(name: str) -> str:
    """As PEP 503 does, but for what only other ecosystems have in names."""
    return re.sub(r"[-_.]+", "-", name.lower())


def words(finding: dict) -> set[str]:
    """The words of a finding's message and evidence, as names are normalised."""
    text = " ".join(str(finding.get(key, "")) for key in ("message", "element", "member", "evidence"))
    out = set()
    for word in re.split(r"[\s\"'`‘’“”(),;=<>!~\[\]{}|?#]+", text):
        word = word.strip(".:")
        for form in {word, word.rstrip("/"), word.removesuffix(".git"), word.rsplit("@", 1)[0] or word, *word.split(":"),
                     *(part.rsplit("@", 1)[0] for part in word.split(":") if part.rfind("@") > 0)}:
            out.add(normal(form))
    return out - {""}


def at(path: str, truth: corpus.Truth) -> bool:
    return any(path == wanted or wanted.endswith("/") and path.startswith(wanted) for wanted in truth.paths)


def matches(finding: dict, truth: corpus.Truth) -> bool:
    return (finding["ruleID"] == truth.rule and at(finding["path"].removeprefix("./"), truth)
            and (not truth.names or bool({normal(name) for name in truth.names} & words(finding))))


# ---------------------------------------------------------------- running

def run(command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    return subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, stdin=subprocess.DEVNULL,
                          env={**kept, "LC_ALL": "C.UTF-8", "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")})


def scan(cordon: str, project: corpus.Project, database: Path, home: Path) -> tuple[list[dict], str]:
    """Findings of the dependency rules; and what went wrong, or nothing."""
    try:
        done = run([cordon, "scan", str(project.root), "--format", "json", "--advisories", str(database), "--no-config"], home)
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return [], f"more than {TIME_LIMIT} s"
    except json.JSONDecodeError:
        return [], f"status {done.returncode}, no report: {done.stderr.strip()[:200]}"
    return [f for f in report.get("findings", []) if str(f.get("ruleID", "")).startswith(PREFIX) and f["ruleID"] != DATABASE], ""


def generate(folder: Path, half: str, count: int) -> tuple[list[corpus.Project], advisories.Catalogue]:
    seed = SEEDS[half]
    catalogue = advisories.build(half, seed)
    catalogue.write(folder / "advisories")
    projects = [corpus.make(folder / "projects", number, half, seed, catalogue) for number in range(count)]
    (folder / "truth.json").write_text(json.dumps({p.root.name: {"clean": p.entries, "formats": p.formats, "truths": [
        {"rule": t.rule, "names": sorted(t.names), "paths": sorted(t.paths), "required": t.required, "how": t.kind}
        for t in p.truths]} for p in projects}, indent=1))
    return projects, catalogue


def measure(cordon: str, projects: list[corpus.Project], folder: Path, show: bool) -> int:
    home, database = folder / "home", folder / "advisories.db"
    home.mkdir(exist_ok=True)
    done = run([cordon, "advisories", "import", str(folder / "advisories"), "--database", str(database)], home)
    if done.returncode != 0:
        print(f"advisories import: status {done.returncode}: {done.stderr.strip()[:400]}")
        return 1
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(lambda p: scan(cordon, p, database, home), projects))
    wanted, found, false = Counter[str](), Counter[str](), Counter[str]()
    failed = 0
    for project, (findings, wrong) in zip(projects, results):
        if wrong:
            failed += 1
            print(f"{project.root.name}: {wrong}")
        for truth in (t for t in project.truths if t.required):
            wanted[truth.rule] += 1
            if any(matches(f, truth) for f in findings):
                found[truth.rule] += 1
            elif show:
                print(f"missed  {project.root.name}  {truth.rule}  {'|'.join(sorted(truth.paths))}  {'|'.join(sorted(truth.names)) or '(the file)'}  {truth.kind}")
        said = set()
        for finding in findings:
            if not any(matches(finding, t) for t in project.truths):
                key = (finding["ruleID"], finding["path"], finding.get("message"))
                false[finding["ruleID"]] += key not in said
                if show and key not in said:
                    print(f"false   {project.root.name}  {finding['ruleID']}  {finding['path']}  {finding.get('message', '')[:160]}")
                said.add(key)
    clean = sum(p.entries for p in projects)
    print(f"\n{len(projects)} projects, {clean} clean dependencies, {sum(wanted.values())} problems, {failed} scans failed\n")
    print(f"{'rule':16}{'problem':28}{'found':>12}{'recall':>9}{'false':>8}{'per 1000 clean':>17}")
    names = {f"{PREFIX}{number:03d}": name for number, name in RULES.items()}
    for rule in sorted({*names, *false}):
        share = f"{found[rule] / wanted[rule]:.3f}" if wanted[rule] else "-"
        print(f"{rule:16}{names.get(rule, ''):28}{f'{found[rule]}/{wanted[rule]}':>12}{share:>9}{false[rule]:>8}{1000 * false[rule] / max(clean, 1):>17.2f}")
    total, hit, bad = sum(wanted.values()), sum(found.values()), sum(false.values())
    print(f"{'all':44}{f'{hit}/{total}':>12}{hit / max(total, 1):>9.3f}{bad:>8}{1000 * bad / max(clean, 1):>17.2f}")
    return 1 if failed else 0


# ---------------------------------------------------------------- --check

def parsed(path: Path) -> str:
    """What is wrong with a file, or nothing."""
    try:
        import yaml
    except ImportError:
        yaml = None
    text = path.read_bytes().decode("utf-8-sig")
    try:
        if path.suffix == ".toml" or path.name in ("poetry.lock", "pdm.lock", "uv.lock", "Cargo.lock", "Pipfile"):
            tomllib.loads(text)
        elif path.suffix in (".json", ".ipynb", ".resolved") or path.name in ("Pipfile.lock", "renv.lock"):
            json.loads(text)
        elif path.suffix == ".xml":
            xml.etree.ElementTree.fromstring(text)
        elif yaml and (path.suffix in (".yml", ".yaml") or path.name == "yarn.lock" and "__metadata:" in text):
            yaml.safe_load(text)
    except Exception as error:      # whatever a parser raises is the answer
        return f"{type(error).__name__}: {str(error)[:120]}"
    return ""


def requirement_errors(path: Path) -> list[str]:
    from packaging.requirements import InvalidRequirement, Requirement
    out = []
    text = re.sub(r"\\\r?\n", " ", path.read_bytes().decode("utf-8-sig"))
    for line in text.splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).split(" --hash=")[0].strip()
        if line and not line.startswith("-") and not line.startswith("git+"):
            try:
                Requirement(line)
            except InvalidRequirement as error:
                out.append(f"{line}: {error}")
    return out


def covered(record: dict, ecosystem: str, name: str, version: str) -> bool:
    """For PyPI alone, with `packaging`: is a version covered by a record?"""
    from packaging.version import Version
    if "withdrawn" in record:
        return False
    mine = Version(version)
    for entry in record["affected"]:
        if entry["package"].get("ecosystem") != ecosystem or normal(entry["package"]["name"]) != normal(name):
            continue
        if any(Version(x) == mine for x in entry.get("versions", [])):
            return True
        for part in entry.get("ranges", []):
            if part["type"] == "GIT":
                continue
            state = False
            for event in sorted(part["events"], key=lambda e: Version(next(iter(e.values())))):
                (kind, value), = event.items()
                if kind == "introduced" and (value == "0" or mine >= Version(value)):
                    state = True
                elif kind == "fixed" and mine >= Version(value) or kind == "last_affected" and mine > Version(value):
                    state = False
            if state:
                return True
    return False


def check(projects: list[corpus.Project], catalogue: advisories.Catalogue) -> int:
    errors, files = [], 0
    try:
        import packaging  # noqa: F401
        full = True
    except ImportError:
        full = False
        print("packaging is not installed: requirements and versions are not checked")
    for project in projects:
        for path in (x for x in project.root.rglob("*") if x.is_file()):
            relative, wrong = str(path.relative_to(project.root)), ""
            files += 1
            if path.suffix != ".safetensors":
                wrong = parsed(path)
            if bool(wrong) != (relative in project.broken):
                errors.append(f"{project.root.name}/{relative}: {wrong or 'meant to be broken and is not'}")
            if full and re.match(r"(requirements|constraints|base|dev).*\.(txt|in)$", path.name):
                errors += [f"{project.root.name}/{relative}: {x}" for x in requirement_errors(path)]
        for truth in project.truths:
            there = [x for x in truth.paths if (project.root / x).exists()]
            if not there:
                errors.append(f"{project.root.name}: no file of {sorted(truth.paths)}")
            elif truth.names and truth.required and not any(
                    normal(name) in normal(text) for name in truth.names for x in there
                    for text in [" ".join(os.listdir(project.root / x)) if x.endswith("/") else (project.root / x).read_text()]):
                errors.append(f"{project.root.name}: {sorted(truth.names)} is not in {there}")
        rules = Counter((t.rule, t.names, t.paths) for t in project.truths)
        errors += [f"{project.root.name}: twice {key}" for key, number in rules.items() if number > 1 and key[1]]
    if full:
        for table, wanted in ((catalogue.hits, True), (catalogue.misses, False)):
            for (ecosystem, name), versions in table.items():
                for version in versions if ecosystem == "PyPI" else []:
                    if any(covered(r, ecosystem, name, version) for r in catalogue.records) != wanted:
                        errors.append(f"{ecosystem} {name} {version}: should {'' if wanted else 'not '}be covered")
        for name in catalogue.clean("PyPI"):
            if any(covered(r, "PyPI", name, catalogue.pools["PyPI"][name]) for r in catalogue.records):
                errors.append(f"{name}: meant to be clean")
    counts = Counter(t.rule for p in projects for t in p.truths if t.required)
    formats = Counter(f for p in projects for f in p.formats)
    print(f"{len(projects)} projects, {files} files, {len(catalogue.records)} advisories, {sum(p.entries for p in projects)} clean dependencies")
    print("problems: " + ", ".join(f"{rule.removeprefix(PREFIX)} {number}" for rule, number in sorted(counts.items())))
    print("formats: " + ", ".join(f"{name} {number}" for name, number in sorted(formats.items())))
    for error in errors[:40]:
        print("wrong:", error)
    print(f"{len(errors)} errors")
    return 1 if errors else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cordon", help="the cordon to measure")
    parser.add_argument("--half", choices=sorted(SEEDS), required=True)
    parser.add_argument("--projects", type=int, default=120, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the projects there and keep them, with truth.json")
    parser.add_argument("--show", action="store_true", help="list misses and false findings; for the tuning half only")
    parser.add_argument("--check", action="store_true", help="make and parse the projects, scan nothing")
    options = parser.parse_args()
    if options.show and options.half == "evaluation":
        parser.error("--show is for the tuning half only: what the evaluation half holds is not to be tuned to")
    if not options.check and not options.cordon:
        parser.error("--cordon is needed, or --check")
    folder = options.keep or Path(tempfile.mkdtemp(prefix="cordon-dependencies-"))
    try:
        for part in ("projects", "advisories"):
            shutil.rmtree(folder / part, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        projects, catalogue = generate(folder, options.half, options.projects)
        if options.check:
            return check(projects, catalogue)
        return measure(os.path.abspath(options.cordon), projects, folder, options.show)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
