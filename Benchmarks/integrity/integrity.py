#!/usr/bin/env python3
"""Measure Cordon's integrity checks beside openssl, model-signing and AIDE, on the same inputs.

    python3 integrity.py --cordon PATH                      the full measurement
    python3 integrity.py --cordon PATH --small              a sixteenth of the data; targets are not judged
    python3 integrity.py --cordon PATH --parts start,watch  some parts alone

For each tool: processor seconds (user + system, of the process and the
children it waited for, start-up included), wall seconds and peak resident
memory, as the kernel reports them to wait4. Medians of several rounds, the
tools in turn within each round. See README.md for the inputs and targets.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import watching

HERE = Path(__file__).resolve().parent
STORE = HERE.parent.parent / ".deps" / "integrity"
VENV = STORE / "peers"
SCRATCH = STORE / "scratch"         # where tools run, and what they take for home
PACKAGES = ("model-signing==1.1.1", "pyopenssl")

TIME_LIMIT = 600
SLOW_PEER = 120                     # a peer gets no further round past this many wall seconds
SMALL_DIVISOR = 16
SETTLING = 3                        # Cordon does not remember a file changed within two seconds of being read
WRONG_USE = 64                      # exit status for a command or an option that a tool does not have
MB = 1_000_000


# ---------------------------------------------------------------- one run

@dataclass(frozen=True)
class Tool:
    name: str
    commands: list[list[str]]       # run one after the other; empty if it is not installed
    folder: Path = SCRATCH          # where it runs
    cache: str = "cache"            # its XDG_CACHE_HOME, inside SCRATCH


@dataclass(frozen=True)
class Run:
    cpu: float
    wall: float
    resident: int                   # bytes
    status: int | None              # exit status; None if stopped at the limit


def environment(cache: str = "cache") -> dict[str, str]:
    """A plain environment: no settings from anyone's home."""
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "HOME": str(SCRATCH), "XDG_CACHE_HOME": str(SCRATCH / cache),
            "PYTHONDONTWRITEBYTECODE": "1"}


def measure(command: list[str], folder: Path = SCRATCH, cache: str = "cache") -> Run:
    """Run a command to its end, or kill it and its children at the limit."""
    with (SCRATCH / "stderr.txt").open("wb") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment(cache), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        stopped = False

        def stop(*_: object) -> None:
            nonlocal stopped
            stopped = True
            os.killpg(process.pid, signal.SIGKILL)

        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT)
        try:
            _, wait_status, usage = os.wait4(process.pid, 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        process.returncode = os.waitstatus_to_exitcode(wait_status)
        wall = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit,
               None if stopped else process.returncode)


def run_tool(tool: Tool) -> Run:
    """All commands of a tool, as one run; stops at the first that fails."""
    runs: list[Run] = []
    for command in tool.commands:
        runs.append(measure(command, tool.folder, tool.cache))
        if runs[-1].status != 0:
            break
    return Run(sum(run.cpu for run in runs), sum(run.wall for run in runs),
               max(run.resident for run in runs), runs[-1].status)


def complaint() -> str:
    """What the last command said was wrong."""
    said = watching.complaint(SCRATCH / "stderr.txt")
    return f": {said}" if said else ""


def why_not(run: Run) -> str:
    """In words, why a run does not count."""
    if run.status is None:
        return f"over {TIME_LIMIT} s"
    if run.status == WRONG_USE:
        return "not available" + complaint()
    return "" if run.status == 0 else f"failed (exit {run.status}){complaint()}"


# ---------------------------------------------------------------- one case

@dataclass
class Figure:
    """What one tool took for one case, round by round; `why` says why it does not count."""
    rounds: list[Run] = field(default_factory=list)
    why: str = ""

    @property
    def cpu(self) -> float | None:
        return median(run.cpu for run in self.rounds) if self.rounds and not self.why else None

    @property
    def wall(self) -> float:
        return median(run.wall for run in self.rounds)

    @property
    def resident(self) -> int:
        return max(run.resident for run in self.rounds)

    def ratios(self, base: Figure | None) -> list[float]:
        """Processor time relative to another tool's in the same round, in rising order."""
        if base is None or base.why or self.why:
            return []
        return sorted(ours.cpu / max(theirs.cpu, 1e-6) for ours, theirs in zip(self.rounds, base.rounds, strict=False))


Case = dict[str, Figure]
Results = dict[str, Case]


def measure_case(tools: list[Tool], rounds: int, before: Callable[[], None] = lambda: None) -> Case:
    """Rounds in which each tool runs once; another one begins each round."""
    case = {tool.name: Figure() for tool in tools}
    for number in range(rounds):
        before()
        start = number % len(tools)
        for tool in tools[start:] + tools[:start]:
            figure = case[tool.name]
            if not tool.commands:
                figure.why = "not installed"
            slow = tool.name != "cordon" and sum(run.wall for run in figure.rounds) > SLOW_PEER
            if figure.why or slow:
                continue
            figure.rounds.append(run_tool(tool))
            figure.why = why_not(figure.rounds[-1])
    return case


def read_through(folder: Path) -> list[str]:
    """Bring a folder's files into the page cache; returns their names, relative to the folder."""
    files = []
    buffer = bytearray(1 << 20)
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            files.append(os.path.relpath(path, folder))
            with open(path, "rb", buffering=0) as handle:
                while handle.readinto(buffer):
                    pass
    return sorted(files)


# ---------------------------------------------------------------- the tools

class Bench:
    """The programs, the keys, and the inputs."""

    def __init__(self, cordon: Path, divisor: int) -> None:
        self.cordon = str(cordon)
        self.inputs = STORE / ("inputs" if divisor == 1 else "inputs-small")
        self.divisor = divisor
        self.private, self.public = str(SCRATCH / "private.pem"), str(SCRATCH / "public.pem")
        self.openssl = shutil.which("openssl") or sys.exit("integrity.py: openssl is needed")
        self.aide = shutil.which("aide", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        peer = VENV / "bin" / "model_signing"
        self.model_signing = str(peer) if peer.is_file() else None

    def prepare(self) -> None:
        """Empty scratch folder with new keys."""
        shutil.rmtree(SCRATCH, ignore_errors=True)
        SCRATCH.mkdir(parents=True)
        for command in (["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.private],
                        ["ec", "-in", self.private, "-pubout", "-out", self.public]):
            subprocess.run([self.openssl, *command], check=True, stderr=subprocess.DEVNULL)

    def input(self, kind: str) -> Path:
        subprocess.run([sys.executable, str(HERE / "inputs.py"), str(self.inputs), str(self.divisor), kind], check=True)
        return self.inputs / kind

    def sign_command(self, path: Path, signature: Path, *options: str) -> list[str]:
        return [self.cordon, "sign", str(path), "--signature", str(signature), "--private-key", self.private, *options]

    def verify_command(self, path: Path, signature: Path, *options: str) -> list[str]:
        return [self.cordon, "verify", str(path), "--signature", str(signature), "--public-key", self.public,
                *options, "--no-config"]

    def watch_command(self, path: Path, signature: Path, *options: str) -> list[str]:
        return [self.cordon, "watch", str(path), "--signature", str(signature), "--public-key", self.public, *options]

    def sign(self, path: Path, *options: str, cache: str = "cache") -> Path:
        """A signature that all tools then verify."""
        signature = SCRATCH / f"{path.name}.sig"
        run = measure(self.sign_command(path, signature, *options), cache=cache)
        if run.status != 0:
            sys.exit(f"integrity.py: cordon sign {why_not(run)}")
        return signature

    def digests(self, folder: Path, files: list[str]) -> Tool:
        """openssl on all files, in as few processes as their names fit into."""
        limit = min(os.sysconf("SC_ARG_MAX"), 6 << 20) - 64 * 1024
        commands: list[list[str]] = []
        room = 0
        for file in files:
            need = len(os.fsencode(file)) + 1 + 8    # its end, and a pointer to it
            if room < need:
                commands.append([self.openssl, "dgst", "-sha256"])
                room = limit
            commands[-1].append(file)
            room -= need
        return Tool("openssl", commands, folder)

    def peer(self, action: str, path: Path, signature: Path) -> Tool:
        key = ["--private_key", self.private] if action == "sign" else ["--public_key", self.public]
        command = [str(self.model_signing), action, "key", str(path), "--signature", str(signature), *key]
        return Tool("model-signing", [command] if self.model_signing else [])

    def whole(self, kind: str, rounds: int, *options: str) -> Case:
        """openssl, Cordon and model-signing on every byte of an input."""
        path = self.input(kind)
        files = read_through(path)
        signature = self.sign(path, "--full")
        cordon = Tool("cordon", [self.verify_command(path, signature, *options)])
        return measure_case([self.digests(path, files), cordon, self.peer("verify", path, signature)], rounds)


# ---------------------------------------------------------------- the parts

class Disturbance:
    """Changes files in place, and puts back what was there."""

    def __init__(self, folder: Path, files: list[str]) -> None:
        self.folder = folder
        self.before: dict[str, bytes] = {}
        self.files = random.Random(7).sample(files, min(len(files), 1000))

    def __enter__(self) -> Disturbance:
        return self

    def change(self) -> None:
        """Change a file that was not changed yet, and wait until its times have settled."""
        file = self.files[len(self.before)]
        self.before[file] = (self.folder / file).read_bytes()
        watching.overwrite(self.folder / file, watching.flipped(self.before[file]))
        time.sleep(SETTLING)

    def __exit__(self, *_: object) -> None:
        for file, content in self.before.items():
            watching.overwrite(self.folder / file, content)
        time.sleep(SETTLING)


def settle(folder: Path, files: list[str]) -> None:
    """Wait until every file's last change is long enough ago."""
    newest = max((folder / file).stat().st_ctime for file in files)
    time.sleep(min(max(0.0, newest + SETTLING - time.time()), SETTLING))


def part_large(bench: Bench) -> Results:
    return {"large": bench.whole("large", 5, "--full")}


def part_small(bench: Bench) -> Results:
    return {"small": bench.whole("small", 7, "--full")}


def part_start(bench: Bench) -> Results:
    return {"start": bench.whole("one", 15)}


def part_change(bench: Bench, rounds: int = 5) -> Results:
    """Sign and verify after one change, from one cache each, so that each has to read what was changed."""
    tree = bench.input("small")
    files = read_through(tree)
    settle(tree, files)
    signature, theirs, report = SCRATCH / "change.sig", SCRATCH / "change-peer.sig", SCRATCH / "report.json"
    sign = Tool("cordon", [bench.sign_command(tree, signature)], cache="cache-sign")
    first = Figure([run_tool(sign)])
    first.why = why_not(first.rounds[0])
    verify = Tool("cordon", [bench.verify_command(tree, signature, "--format", "json", "--output", str(report))],
                  cache="cache-verify")
    filled = Figure([run_tool(verify)])
    filled.why = why_not(filled.rounds[0])
    with Disturbance(tree, files) as disturbance:
        signing = measure_case([sign, bench.peer("sign", tree, theirs)], rounds, disturbance.change)
        run_tool(sign)
        run_tool(verify)

        def sign_change() -> None:
            disturbance.change()
            run_tool(sign)

        verifying = measure_case([verify, bench.peer("verify", tree, signature)], rounds, sign_change)
    if not verifying["cordon"].why:
        unread = json.loads(report.read_text()).get("filesUnread")
        if unread != len(files) - 1:
            verifying["cordon"].why = f"read {len(files)} - {unread} files, not 1"
    return {"change-sign": {**signing, "cordon, first": first},
            "change-verify": {**verifying, "cordon, first": filled}}


def aide_check(bench: Bench, tree: Path) -> Tool:
    """AIDE with one attribute, SHA-256, of everything in the tree, after it has made its database."""
    if bench.aide is None:
        return Tool("aide", [])
    database, fresh, configuration = SCRATCH / "aide.db", SCRATCH / "aide.db.new", SCRATCH / "aide.conf"
    configuration.write_text(
        f"database_in=file:{database}\ndatabase_out=file:{fresh}\ngzip_dbout=no\ndatabase_attrs=sha256\n"
        f"report_url=stdout\n{re.escape(str(tree))}/ sha256\n")
    command = [bench.aide, f"--config={configuration}"]
    run = measure([*command, "--init"])
    if run.status == 0:
        fresh.rename(database)
    return Tool("aide", [[*command, "--check"]])


def part_audit(bench: Bench) -> Results:
    tree = bench.input("small")
    read_through(tree)
    signature = bench.sign(tree)
    audit = Tool("cordon", [bench.watch_command(tree, signature, "--once", "--full")])
    return {"audit": measure_case([aide_check(bench, tree), audit], 5)}


def watch(bench: Bench) -> watching.Watched:
    tree = bench.input("small")
    files = read_through(tree)
    signature = bench.sign(tree)
    command = bench.watch_command(tree, signature, "--format", "jsonl")
    small = bench.divisor != 1
    return watching.measure(command, tree, files, cwd=SCRATCH, env=environment(), errors=SCRATCH / "stderr.txt",
                            changes=20 if small else 200, idle_seconds=5 if small else 20)


PARTS: dict[str, Callable[[Bench], Results]] = {
    "large": part_large, "small": part_small, "start": part_start, "change": part_change, "audit": part_audit,
}
TITLES = {
    "large": ("every byte of 8 large files", "openssl"),
    "small": ("every byte of many small files", "openssl"),
    "start": ("start-up: one file of 4 KiB", "openssl"),
    "change-sign": ("sign after one change, with the cache", "model-signing"),
    "change-verify": ("verify after one change, with the cache", "model-signing"),
    "audit": ("full audit of many small files", "aide"),
}


# ---------------------------------------------------------------- targets

@dataclass
class Verdict:
    target: str
    got: str
    met: bool | None                # None: could not be said
    words: str = field(init=False)

    def __post_init__(self) -> None:
        self.words = {True: "met", False: "MISSED", None: "not measured"}[self.met]


def at_most(results: Results, case: str, what: str, limit: float) -> Verdict:
    figure = results[case]["cordon"]
    cpu = figure.cpu
    return Verdict(f"{what}: at most {limit:.3f} CPU-s", "-" if cpu is None else f"{cpu:.4f} CPU-s",
                   None if cpu is None else cpu <= limit)


def memory_at_most(results: Results, case: str, what: str, limit: int) -> Verdict:
    figure = results[case]["cordon"]
    used = None if figure.why else figure.resident
    return Verdict(f"{what}: at most {limit // MB} MB resident", "-" if used is None else f"{used / MB:.1f} MB",
                   None if used is None else used <= limit)


def ratio_at_most(results: Results, case: str, what: str, limit: float) -> Verdict:
    base = TITLES[case][1]
    ratios = results[case]["cordon"].ratios(results[case][base])
    return Verdict(f"{what}: at most {limit:g} x {base} in CPU time", f"{median(ratios):.3f} x" if ratios else "-",
                   median(ratios) <= limit if ratios else None)


def watch_verdicts(watched: watching.Watched) -> list[Verdict]:
    p99, idle = watched.percentile(99), watched.idle_share
    complete = not (watched.missed or watched.unrestored or watched.why)
    return [Verdict("watch: p99 of at most 50 ms", "-" if p99 is None else f"{p99 * 1000:.1f} ms",
                    None if watched.ready is None else complete and p99 is not None and p99 <= 0.050),
            Verdict("watch: idle at most 0.1 % of a processor", "-" if idle is None else f"{idle:.4%}",
                    None if idle is None else idle <= 0.001)]


def verdicts(results: Results, watched: watching.Watched | None) -> list[Verdict]:
    makers: list[tuple[str, Callable[[], list[Verdict]]]] = [
        ("large", lambda: [ratio_at_most(results, "large", "8 large files", 1.05)]),
        ("small", lambda: [ratio_at_most(results, "small", "many small files", 1.5),
                           memory_at_most(results, "small", "many small files", 60 * MB)]),
        ("start", lambda: [at_most(results, "start", "start-up", 0.030)]),
        ("change-sign", lambda: [at_most(results, "change-sign", "sign after one change", 0.3)]),
        ("change-verify", lambda: [at_most(results, "change-verify", "verify after one change", 0.3)]),
        ("audit", lambda: [at_most(results, "audit", "full audit", 1.0)]),
    ]
    found = [verdict for case, make in makers if case in results for verdict in make()]
    return found + (watch_verdicts(watched) if watched else [])


# ---------------------------------------------------------------- printing

def row(tool: str, figure: Figure, base: Figure | None) -> str:
    cpu = figure.cpu
    if cpu is None:
        return f"  {tool:<15}{figure.why}"
    ratios = figure.ratios(base)
    ratio = f"{median(ratios):9.2f} x" if ratios and figure is not base else ""
    spread = f"{ratios[0]:.2f} - {ratios[-1]:.2f}" if ratio and len(ratios) > 1 else ""
    return (f"  {tool:<15}{cpu:10.4f}{figure.wall:10.4f}{cpu / figure.wall:10.2f}{figure.resident / MB:10.1f}"
            f"{ratio:>11}  {len(figure.rounds):>4}  {spread}").rstrip()


def print_case(name: str, case: Case) -> None:
    title, base = TITLES[name]
    print(f"\n{title}; ratios to {base}")
    print(f"  {'':<15}{'CPU s':>10}{'wall s':>10}{'CPU/wall':>10}{'MB':>10}{'ratio':>11}  runs  least - most")
    for tool, figure in case.items():
        print(row(tool, figure, case.get(base)))
    sys.stdout.flush()


def print_watched(watched: watching.Watched) -> None:
    print("\nwatching many small files")
    for line in watched.lines():
        print(f"  {line}")
    sys.stdout.flush()


def print_verdicts(found: list[Verdict]) -> None:
    width = max((len(verdict.target) for verdict in found), default=0)
    print("\nTargets")
    for verdict in found:
        print(f"  {verdict.target:<{width}}  {verdict.got:>14}  {verdict.words}")


# ---------------------------------------------------------------- all of it

def make_venv() -> None:
    """Create the peer's environment once; without it the peer is printed as not installed."""
    marker, wanted = VENV / "integrity-benchmark.json", json.dumps(PACKAGES)
    if marker.is_file() and marker.read_text() == wanted:
        return
    for command in ([sys.executable, "-m", "venv", str(VENV)],
                    [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", *PACKAGES]):
        if subprocess.run(command, check=False).returncode != 0:
            return
    marker.write_text(wanted)


def first_line(*command: str) -> str:
    output = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    return output.partition("\n")[0].strip()


def versions(bench: Bench) -> dict[str, str]:
    installed = VENV.glob("lib/python*/site-packages/model_signing-*.dist-info")
    peer = next((path.name.removesuffix(".dist-info").partition("-")[2] for path in installed), "not installed")
    return {"openssl": (first_line(bench.openssl, "version").split() + ["", "unknown"])[1],
            "model-signing": peer,
            "aide": first_line(bench.aide, "--version").removeprefix("AIDE ") if bench.aide else "not installed"}


def summary(case: Case) -> dict[str, object]:
    return {tool: {"cpu": figure.cpu, "why": figure.why, "rounds": [asdict(run) for run in figure.rounds]}
            for tool, figure in case.items()}


def save(path: Path, bench: Bench, floor: int, results: Results, watched: watching.Watched | None,
         found: list[Verdict]) -> None:
    path.write_text(json.dumps({
        "divisor": bench.divisor,
        "machine": {"system": platform.system(), "machine": platform.machine(),
                    "processors": os.cpu_count(), "python": platform.python_version()},
        "versions": versions(bench),
        "resident_floor": floor,
        "cases": {name: summary(case) for name, case in results.items()},
        "watch": asdict(watched) if watched else None,
        "targets": [asdict(verdict) for verdict in found],
    }, indent=2) + "\n")


def arguments() -> argparse.Namespace:
    names = [*PARTS, "watch"]

    def parts(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := set(chosen) - set(names):
            raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
        return [name for name in names if name in chosen]

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cordon", type=Path, metavar="PATH", required=True, help="the cordon program")
    parser.add_argument("--small", action="store_true", help="a sixteenth of the data; targets are not judged")
    parser.add_argument("--parts", type=parts, default=names, metavar="LIST", help=f"of {','.join(names)}")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    if not os.access(options.cordon, os.X_OK):
        sys.exit("integrity.py: --cordon does not name a program")
    make_venv()
    bench = Bench(options.cordon.resolve(), SMALL_DIVISOR if options.small else 1)
    bench.prepare()
    print(", ".join(f"{name} {version}" for name, version in versions(bench).items()), flush=True)

    results: Results = {}
    watched: watching.Watched | None = None
    for part in options.parts:
        if part == "watch":
            watched = watch(bench)
            print_watched(watched)
            continue
        for name, case in PARTS[part](bench).items():
            results[name] = case
            print_case(name, case)
    floor = measure(["true"]).resident
    print(f"\nmemory below {floor / MB:.1f} MB cannot be told apart: that is this script's own")
    found = verdicts(results, watched)
    if len(options.parts) == len(PARTS) + 1:
        save(STORE / ("result-small.json" if options.small else "result.json"), bench, floor, results, watched, found)
    if options.small:
        print("\ntargets are for the full size and are not judged")
        failed = [case["cordon"].why for case in results.values()] + [watched.why if watched else ""]
        return 1 if any(why and not why.startswith("not available") for why in failed) else 0
    print_verdicts(found)
    return 0 if all(verdict.met for verdict in found) else 1


if __name__ == "__main__":
    sys.exit(main())
