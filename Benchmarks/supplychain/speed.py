#!/usr/bin/env python3
"""Measure how long Cordon's supply-chain commands take, beside what must be done in any case.

    python3 speed.py --cordon PATH                     all of it, against the targets
    python3 speed.py --cordon PATH --parts import,bom  some parts alone
    python3 speed.py --cordon PATH --small             a twentieth of the input; no target is judged

    import    10,000 OSV records, as a folder and as a zip: fresh, again, and with 100 records changed     at most 5 s fresh
    matching  1,000 dependencies (uv.lock, requirements.txt): scan with --advisories minus without         at most 50 ms
    impact    100,000 nodes, as CycloneDX 1.6 and as lines of in-toto statements                           at most 1 s
    bom       a tree of 20,000 files, beside hashing the same files with openssl and Python's hashlib      at most 2 x CPU

Processor seconds (user + system, of the process and the children it waited for)
and wall seconds, start-up included, from wait4 of a direct child. Medians of the
rounds, the tools in turn within each round. Each run has an empty home, so that
nothing is remembered from the run before. Inputs are made once, by fixed seeds,
in .deps/supplychain/speed (0.7 GB), and read once before they are measured on.
The exit status is 1 if a target is missed or could not be measured.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.dont_write_bytecode = True

import modelfiles as mf  # noqa: E402

STORE = Path(__file__).resolve().parents[2] / ".deps" / "supplychain" / "speed"
VERSION = "5"
TIME_LIMIT = 600
RECORDS, CHANGED, DEPENDENCIES, VULNERABLE, NODES, FILES = 10_000, 100, 1_000, 40, 100_000, 20_000
ECOSYSTEMS = (("PyPI", 55), ("npm", 25), ("Go", 6), ("crates.io", 6), ("Maven", 5), ("RubyGems", 3))
WORDS = ("amber", "basil", "cedar", "delta", "ember", "flint", "grove", "heron", "iris", "jade", "kelp", "lumen", "maple", "north", "opal",
         "pearl", "quartz", "river", "stone", "tide", "umber", "vale", "willow", "yarrow", "zephyr")
HASHER = """
import hashlib, sys
for line in open(sys.argv[1], "rb").read().split(b"\\0"):
    if line:
        with open(line, "rb") as handle:
            hashlib.file_digest(handle, "sha256")
"""


# ---------------------------------------------------------------- one run

@dataclass(frozen=True)
class Run:
    cpu: float
    wall: float
    resident: int
    status: int
    output: bytes = b""


def environment(home: Path) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "XDG_DATA_HOME": str(home / "data"),
            "PYTHONDONTWRITEBYTECODE": "1"}


def measure(command: list[str], keep_home: bool = False, source: Path | None = None) -> Run:
    """Run a command to its end; what it prints goes to a file, so that no pipe slows it."""
    home, out = STORE / "home", STORE / "stdout"
    if not keep_home:
        shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as output, (STORE / "stderr").open("wb") as errors, open(source or os.devnull, "rb") as stdin:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=home, env=environment(home), stdin=stdin, stdout=output, stderr=errors)
        signal.signal(signal.SIGALRM, lambda *_: process.kill())
        signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT)
        _, status, usage = os.wait4(process.pid, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024, process.returncode, out.read_bytes())


def failed(run: Run, *fine: int) -> str:
    """In words, why a run does not count; exit status 1 (findings) is an answer where `fine` says so."""
    if run.status in (0, *fine):
        return ""
    said = (STORE / "stderr").read_text(errors="replace").strip().splitlines()
    return f"failed (exit {run.status}){': ' + said[0][:160] if said else ''}"


# ---------------------------------------------------------------- inputs

def made(name: str, divisor: int, make: Callable[[Path, int], None]) -> Path:
    """An input, made unless it is there and complete."""
    place = STORE / f"{name}{'' if divisor == 1 else '-small'}"
    stamp = place.with_suffix(".stamp")
    if not (stamp.is_file() and stamp.read_text() == VERSION):
        stamp.unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        print(f"making the input '{name}'", flush=True)
        make(place, divisor)
        stamp.write_text(VERSION)
    return place


def package(number: int) -> str:
    """The name of a package."""
    return f"{WORDS[number % 25]}-{WORDS[number // 25 % 25]}-{number:05d}"


def versions(rng: random.Random, count: int) -> list[str]:
    """Releases in rising order."""
    major, minor, patch, out = rng.randrange(3), 0, 0, []
    for _ in range(count):
        step = rng.random()
        major, minor, patch = (major + 1, 0, 0) if step < 0.05 else (major, minor + 1, 0) if step < 0.35 else (major, minor, patch + 1)
        out.append(f"{major}.{minor}.{patch}")
    return out


def record(number: int) -> dict:
    """An OSV record about one or two packages."""
    rng = random.Random(f"osv-{number}")
    ecosystem = rng.choices([name for name, _ in ECOSYSTEMS], [weight for _, weight in ECOSYSTEMS])[0]
    affected = []
    for index in range(2 if rng.random() < 0.15 else 1):
        listed = versions(rng, rng.randint(6, 61))
        fixed = listed.pop()
        name = package(number) if index == 0 else package(number) + "-core"
        if ecosystem == "Go":
            name = f"github.com/{WORDS[number % 25]}/{name}"
        elif ecosystem == "Maven":
            name = f"org.{WORDS[number % 25]}:{name}"
        kind = "ECOSYSTEM" if ecosystem in ("PyPI", "Maven", "RubyGems") else "SEMVER"
        events = [{"introduced": "0" if rng.random() < 0.6 else listed[0]}]
        events += [] if rng.random() < 0.1 else [{"last_affected": listed[-1]}] if rng.random() < 0.2 else [{"fixed": fixed}]
        entry: dict = {"package": {"name": name, "ecosystem": ecosystem, "purl": f"pkg:{ecosystem.lower().split('.')[0]}/{name}"},
                       "ranges": [{"type": kind, "events": events}], "database_specific": {"source": "https://example.com/advisories"}}
        if kind == "ECOSYSTEM" or rng.random() < 0.3:
            entry["versions"] = listed
        affected.append(entry)
    words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(20, 160)))
    return {"schema_version": "1.6.7", "id": f"{'PYSEC' if ecosystem == 'PyPI' else 'GHSA'}-2025-{number:05d}", "modified": "2025-06-01T10:00:00Z",
            "published": "2025-05-01T10:00:00Z", "aliases": [f"CVE-2025-{10000 + number}"], "summary": words[:70], "details": words,
            "affected": affected, "references": [{"type": "ADVISORY", "url": f"https://example.com/a/{number}"},
                                                 {"type": "WEB", "url": f"https://example.com/w/{number}"}],
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}], "database_specific": {"cwe_ids": ["CWE-502"]}}


def advisories(place: Path, divisor: int) -> None:
    """The records, the same in a zip, and the same with some of them changed."""
    for name in ("osv", "osv-changed"):
        (place / name).mkdir()
    with zipfile.ZipFile(place / "osv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(RECORDS // divisor):
            entry = record(number)
            text = json.dumps(entry)
            (place / "osv" / f"{entry['id']}.json").write_text(text)
            archive.writestr(f"{entry['id']}.json", text)
            if number % (RECORDS // CHANGED) == 0:
                text = json.dumps(entry | {"modified": "2025-09-01T10:00:00Z", "summary": "changed"})
            (place / "osv-changed" / f"{entry['id']}.json").write_text(text)


def projects(place: Path, divisor: int) -> None:
    """A thousand dependencies, some at an affected version, as uv.lock and as requirements.txt."""
    pins, expected, hits = [], [], 0
    for number in range(RECORDS // divisor):
        entry = record(number)
        affected = entry["affected"][0]
        if affected["package"]["ecosystem"] != "PyPI" or len(pins) >= DEPENDENCIES * 7 // 10 // divisor:
            continue
        never_fixed = len(affected["ranges"][0]["events"]) == 1
        hit = hits < VULNERABLE // min(divisor, 4)
        hits += hit
        pins.append((package(number), affected["versions"][-1] if hit else "99.0.0"))
        if hit or never_fixed:
            expected.append(entry["id"])
    pins += [(f"plain-{package(number)}", "1.2.3") for number in range(DEPENDENCIES // divisor - len(pins))]
    pins.sort()
    (place / "requirements").mkdir()
    (place / "requirements" / "requirements.txt").write_text("".join(f"{name}=={version}\n" for name, version in pins))
    (place / "uv").mkdir()
    (place / "uv" / "pyproject.toml").write_text('[project]\nname = "service"\nversion = "1.0.0"\nrequires-python = ">=3.11"\ndependencies = [\n'
                                                 + "".join(f'    "{name}=={version}",\n' for name, version in pins) + "]\n")
    rng = random.Random("uv")
    blocks = ['version = 1\nrevision = 2\nrequires-python = ">=3.11"\n',
              '[[package]]\nname = "service"\nversion = "1.0.0"\nsource = { virtual = "." }\ndependencies = [\n'
              + "".join(f'    {{ name = "{name}" }},\n' for name, _ in pins) + "]\n"]
    for name, version in pins:
        blocks.append(f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "https://pypi.org/simple" }}\nwheels = [\n'
                      f'    {{ url = "https://files.pythonhosted.org/packages/{name}-{version}-py3-none-any.whl", '
                      f'hash = "sha256:{rng.randbytes(32).hex()}", size = {rng.randrange(10**6)} }},\n]\n')
    (place / "uv" / "uv.lock").write_text("\n".join(blocks))
    (place / "expected.json").write_text(json.dumps(expected))


def graph(place: Path, divisor: int) -> None:
    """Models and datasets, each made from one or two older ones; what Supplier B made is an early hundredth of them."""
    count, rng = NODES // divisor, random.Random("graph")
    parents: list[list[int]] = []
    suppliers = ["Supplier B" if 0.01 * count < n < 0.02 * count and n % 4 == 0 else f"Supplier {rng.randrange(100, 300)}" for n in range(count)]
    for number in range(count):
        near = max(0, number - 2000)
        parents.append([] if number < count // 50 or rng.random() < 0.2 else sorted({rng.randrange(near, number) for _ in range(rng.choice((1, 1, 2)))}))
    touched: set[int] = set()
    for number in range(count):
        if suppliers[number] == "Supplier B" or any(parent in touched for parent in parents[number]):
            touched.add(number)
    ids = [rng.randbytes(32).hex() for _ in range(count)]
    kinds = ["data" if n % 3 == 0 else "machine-learning-model" for n in range(count)]

    def name(number: int) -> str:
        return f"{'data' if number % 3 == 0 else 'model'}-{number:06d}"

    def brief(number: int) -> dict:
        return {"type": kinds[number], "group": "bench", "name": name(number), "purl": f"pkg:generic/bench/{name(number)}@1",
                "hashes": [{"alg": "SHA-256", "content": ids[number]}]}

    with (place / "graph.cdx.json").open("w") as out:
        out.write('{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[\n')
        for number in range(count):
            entry = {**brief(number), "bom-ref": f"c{number}", "version": "1", "supplier": {"name": suppliers[number]}}
            if parents[number]:
                entry["pedigree"] = {"ancestors": [brief(parent) for parent in parents[number]]}
            out.write(json.dumps(entry) + (",\n" if number + 1 < count else "\n"))
        out.write('],"dependencies":[\n')
        for number in range(count):
            line = {"ref": f"c{number}", "dependsOn": [f"c{parent}" for parent in parents[number]]}
            out.write(json.dumps(line) + (",\n" if number + 1 < count else "\n"))
        out.write("]}\n")
    with (place / "graph.intoto.jsonl").open("w") as out:
        for number in range(count):
            builder = f"https://{suppliers[number].lower().replace(' ', '-')}.example/builder"
            materials = [{"name": name(parent), "uri": f"pkg:generic/bench/{name(parent)}@1", "digest": {"sha256": ids[parent]},
                          "annotations": {"type": "dataset" if parent % 3 == 0 else "model"}} for parent in parents[number]]
            out.write(json.dumps({
                "_type": "https://in-toto.io/Statement/v1", "subject": [{"name": name(number), "digest": {"sha256": ids[number]}}],
                "predicateType": "https://slsa.dev/provenance/v1",
                "predicate": {"buildDefinition": {"buildType": "https://example.com/train@v1", "externalParameters": {}, "resolvedDependencies": materials},
                              "runDetails": {"builder": {"id": builder}}}}) + "\n")
    (place / "expected.json").write_text(json.dumps({"affected": len(touched), "supplied": suppliers.count("Supplier B")}))


def tree(place: Path, divisor: int) -> None:
    """Code, data and some models: four in five files are code, most bytes are models."""
    rng = random.Random("tree")
    code = "".join(f"def {WORDS[n % 25]}_{n}(x):\n    return x + {n}  # {WORDS[n * 7 % 25]}\n\n" for n in range(900))
    rows = "".join(f"{n},{n * 37 % 991},{WORDS[n % 25]}\n" for n in range(9000))
    noise = rng.randbytes(1 << 18)
    for number in range(FILES // divisor):
        folder = place / f"part-{number // 400:02d}" / f"module-{number // 40 % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        kind, start = number % 100, rng.randrange(20_000)
        if kind == 0:
            tensors = mf.llama(rng.choice((64, 96)), rng.choice((4, 6)), 1500, "F16")
            mf.safetensors(folder / f"model-{number}.safetensors", tensors, {"format": "pt"}, number)
        elif kind < 10:
            (folder / f"data-{number}.csv").write_text("id,value,word\n" + rows[start:start + rng.randrange(5_000, 60_000)])
        elif kind < 15:
            (folder / f"image-{number}.bin").write_bytes(noise[start:start + rng.randrange(5_000, 120_000)])
        elif kind < 20:
            (folder / f"settings-{number}.json").write_text(json.dumps({WORDS[n % 25]: n * number for n in range(rng.randrange(5, 300))}))
        else:
            ending = ("py", "py", "js", "c", "md")[number % 5]
            (folder / f"code-{number}.{ending}").write_text(f"# {number}\n" + code[start:start + rng.randrange(500, 12_000)])


def read_through(folder: Path) -> list[Path]:
    """Bring files into the page cache."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        path.read_bytes()
    return files


# ---------------------------------------------------------------- the parts

class Bench:
    """The binary, and what missed its target."""

    def __init__(self, cordon: str, divisor: int, rounds: int) -> None:
        self.cordon, self.divisor, self.rounds = cordon, divisor, rounds
        self.missed: list[str] = []

    def line(self, what: str, value: float | None, unit: str, target: float | None = None, more: str = "") -> None:
        """A figure, and whether it meets its target."""
        shown = "-" if value is None else f"{value:.3f} {unit}" if unit == "s" else f"{value:.1f} {unit}"
        judged = ""
        if target is not None:
            met = value is not None and value <= target
            judged = f"   target {target:g} {unit}" + ("" if self.divisor > 1 else "   met" if met else "   MISSED")
            if not met and self.divisor == 1:
                self.missed.append(what)
        print(f"  {what:44} {shown:>12}{judged}{'   ' + more if more else ''}", flush=True)

    def importing(self) -> None:
        place = made("advisories", self.divisor, advisories)
        read_through(place)
        print(f"import: {RECORDS // self.divisor} records, {sum(p.stat().st_size for p in (place / 'osv').iterdir()) / 1e6:.0f} MB")
        database = STORE / "advisories.db"
        reader = "import json, pathlib, sys\nfor path in pathlib.Path(sys.argv[1]).iterdir():\n    json.loads(path.read_bytes())\n"
        for source, label in (("osv", "folder"), ("osv.zip", "zip")):
            fresh, again, changed = [], [], []
            why = ""
            for _ in range(min(3, self.rounds)):
                forget(database)
                for runs, name in ((fresh, source), (again, source), (changed, "osv-changed")):
                    runs.append(measure([self.cordon, "advisories", "import", str(place / name), "--database", str(database)], keep_home=runs is not fresh))
                    why = why or failed(runs[-1])
            for runs, name, target in ((fresh, "fresh", 5.0), (again, "again, the same", None), (changed, f"again, {max(1, CHANGED // self.divisor)} changed", None)):
                value = None if why else median(run.wall for run in runs)
                self.line(f"{label}, {name}", value, "s", target, why or f"{median(run.cpu for run in runs):.3f} CPU-s, {max(run.resident for run in runs) / 1e6:.0f} MB")
        self.line("Python's json reading the folder", median(measure([sys.executable, "-c", reader, str(place / "osv")]).wall for _ in range(3)), "s")

    def matching(self) -> None:
        source = made("advisories", self.divisor, advisories)
        place = made("projects", self.divisor, projects)
        expected = json.loads((place / "expected.json").read_text())
        database = STORE / "advisories.db"
        forget(database)
        why = failed(measure([self.cordon, "advisories", "import", str(source / "osv"), "--database", str(database)]))
        print(f"matching: {DEPENDENCIES // self.divisor} dependencies, {len(expected)} at an affected version")
        for name in ("uv", "requirements"):
            plain = [self.cordon, "scan", str(place / name), "--format", "json", "--no-config"]
            without, with_them = [], []
            for number in range(0 if why else max(5, self.rounds)):
                pair = [(without, plain), (with_them, [*plain, "--advisories", str(database)])]
                for runs, command in pair if number % 2 else pair[::-1]:
                    runs.append(measure(command))
                    why = why or failed(runs[-1], 1)
            if why or not with_them:
                self.line(f"{name}: with minus without", None, "ms", 50, why)
                continue
            text = with_them[-1].output.decode("utf-8", "replace")
            named = sum(identifier in text for identifier in expected)
            before, after = median(run.wall for run in without), median(run.wall for run in with_them)
            self.line(f"{name}: with minus without", 1000 * (after - before), "ms", 50,
                      f"{1000 * before:.1f} and {1000 * after:.1f} ms wall; CPU {1000 * (median(r.cpu for r in with_them) - median(r.cpu for r in without)):+.1f} ms; "
                      f"{named} of {len(expected)} named")
            if self.divisor == 1 and named < len(expected):
                self.missed.append(f"{name}: not all affected dependencies are named")
            for key, value in timings(text):
                print(f"      its own JSON says {key} = {value}")

    def impact(self) -> None:
        place = made("graph", self.divisor, graph)
        read_through(place)
        expected = json.loads((place / "expected.json").read_text())
        print(f"impact: {NODES // self.divisor} nodes, {expected['supplied']} by Supplier B, {expected['affected']} with what is made from them")
        for name, question in (("graph.cdx.json", "Supplier B"), ("graph.intoto.jsonl", "https://supplier-b.example/builder")):
            file = place / name
            runs = [measure([self.cordon, "provenance", "impact", question, str(file), "--format", "json"]) for _ in range(min(3, self.rounds))]
            why = next(filter(None, (failed(run, 1) for run in runs)), "")
            reading = median(measure([sys.executable, "-c", "import json, sys\nfor line in open(sys.argv[1]):\n    line = line.rstrip(',\\n')\n"
                                      "    json.loads(line) if line.startswith('{') and line.endswith('}') else None\n", str(file)]).wall for _ in range(2))
            names = len(set(re.findall(rb"(?:data|model)-\d{6}", runs[-1].output)))
            self.line(f"{name} ({file.stat().st_size / 1e6:.0f} MB)", None if why else median(run.wall for run in runs), "s", 1.0,
                      why or f"{median(run.cpu for run in runs):.2f} CPU-s, {max(run.resident for run in runs) / 1e6:.0f} MB, "
                      f"{names} of {expected['affected']} named; Python's json alone {reading:.2f} s")
            if self.divisor == 1 and not why and names != expected["affected"]:
                self.missed.append(f"{name}: {names} are named, not {expected['affected']}")

    def bom(self) -> None:
        place = made("tree", self.divisor, tree)
        files = read_through(place)
        listing = STORE / "files"
        listing.write_bytes(b"\0".join(str(path).encode() for path in files) + b"\0")
        print(f"bom: {len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB")
        openssl, xargs = (shutil.which(name) or sys.exit(f"speed.py: {name} is needed") for name in ("openssl", "xargs"))
        tools = {"cordon": ([self.cordon, "bom", str(place), "--format", "cyclonedx-1.6"], None),
                 "openssl": ([xargs, "-0", "-n", "1000", openssl, "dgst", "-sha256"], listing),
                 "python": ([os.path.realpath(sys.executable), "-S", "-c", HASHER, str(listing)], None)}
        runs: dict[str, list[Run]] = {name: [] for name in tools}
        why = ""
        for number in range(min(3, self.rounds)):
            names = list(tools)[number % 3:] + list(tools)[:number % 3]
            for name in names:
                runs[name].append(measure(tools[name][0], source=tools[name][1]))
                reason = failed(runs[name][-1])
                if name == "cordon":
                    why = why or reason
                elif reason:
                    sys.exit(f"speed.py: {name} {reason}")
        for name, label in (("openssl", "openssl dgst -sha256, CPU"), ("python", "hashlib, CPU"), ("cordon", "cordon bom, CPU")):
            good = name != "cordon" or not why
            self.line(label, median(run.cpu for run in runs[name]) if good else None, "s", None,
                      f"{median(run.wall for run in runs[name]):.2f} s wall, {max(run.resident for run in runs[name]) / 1e6:.0f} MB" if good else why)
        for name, target in (("openssl", 2.0), ("python", None)):
            ratio = None if why else median(ours.cpu / theirs.cpu for ours, theirs in zip(runs["cordon"], runs[name], strict=True))
            self.line(f"cordon bom / {name}", ratio, "x", target, why)


def forget(database: Path) -> None:
    """Remove a database and what lies beside it."""
    for path in database.parent.glob(database.name + "*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def timings(text: str) -> list[tuple[str, object]]:
    """What a report says of its own time, two levels deep."""
    try:
        document = json.loads(text)
    except ValueError:
        return []
    pairs = list(document.items()) if isinstance(document, dict) else []
    pairs += [(f"{key}.{inner}", v) for key, value in pairs if isinstance(value, dict) for inner, v in value.items()]
    return [(key, value) for key, value in pairs
            if isinstance(value, (int, float)) and any(word in key.lower() for word in ("duration", "elapsed", "second", "millis", "timing", "took"))]


PARTS: dict[str, Callable[[Bench], None]] = {"import": Bench.importing, "matching": Bench.matching, "impact": Bench.impact, "bom": Bench.bom}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cordon", required=True, help="the cordon binary")
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated: " + ", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="a twentieth of the input; no target is judged")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if not set(parts) <= set(PARTS):
        parser.error(f"parts are {', '.join(PARTS)}")
    STORE.mkdir(parents=True, exist_ok=True)
    binary = shutil.which(options.cordon) or sys.exit(f"speed.py: {options.cordon} is not a program")
    with open(binary, "rb") as handle:
        print(f"cordon {hashlib.file_digest(handle, 'sha256').hexdigest()[:12]}, {os.cpu_count()} processors")
    bench = Bench(str(Path(binary).resolve()), 20 if options.small else 1, options.rounds)
    for part in parts:
        PARTS[part](bench)
    if bench.missed:
        print("missed: " + "; ".join(bench.missed))
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
