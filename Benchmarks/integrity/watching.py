"""How soon `cordon watch` reports a change, and what it takes while nothing happens."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

READY_LIMIT = 120.0                 # seconds until it watches
LINE_LIMIT = 5.0                    # seconds until a change counts as missed
CALM = 2.0                          # seconds between that and measuring it idle
MISSES = 5                          # after which it is not asked further
WRONG_USE = 64


def overwrite(path: Path, content: bytes) -> None:
    """Write in place: the same inode, the same length."""
    file = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(file, content, 0)
    finally:
        os.close(file)


def flipped(content: bytes) -> bytes:
    """The same content but for its first 64 bytes."""
    return bytes(byte ^ 0xFF for byte in content[:64]) + content[64:]


def complaint(errors: Path) -> str:
    """The line that says what was wrong, of what a command wrote to standard error."""
    lines = errors.read_text(errors="replace").strip().splitlines()
    return next((line for line in lines if line.lower().startswith("error")), lines[-1] if lines else "")[:100]


@dataclass
class Watched:
    """What came out; times in seconds."""
    why: str = ""                   # why it was not measured, or not to the end
    ready: float | None = None
    idle_share: float | None = None     # of one processor
    latencies: list[float] = field(default_factory=list)
    restored: list[float] = field(default_factory=list)
    missed: int = 0                 # changes that no line named in time
    unrestored: int = 0             # restored files of which no line said so in time
    cpu: float | None = None        # of the whole run
    resident: int | None = None     # bytes

    def percentile(self, share: int, of: list[float] | None = None) -> float | None:
        """The smallest time that `share` percent of all do not exceed."""
        times = sorted(self.latencies if of is None else of)
        return times[max(0, -(-share * len(times) // 100) - 1)] if times else None

    def _times(self, times: list[float]) -> str:
        p50, p99 = self.percentile(50, times) or 0, self.percentile(99, times) or 0
        return f"p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, most {max(times) * 1000:.1f} ms, of {len(times)}"

    def lines(self) -> list[str]:
        out = [self.why] if self.why else []
        if self.ready is not None:
            out.append(f"ready      after {self.ready:.2f} s")
        if self.idle_share is not None:
            out.append(f"idle       {self.idle_share:.4%} of a processor")
        if self.latencies:
            out.append(f"difference {self._times(self.latencies)}")
        if self.restored:
            out.append(f"restored   {self._times(self.restored)}")
        if self.missed or self.unrestored:
            out.append(f"missed     {self.missed} changes, {self.unrestored} restored files")
        if self.cpu is not None and self.resident is not None:
            out.append(f"the run    {self.cpu:.2f} CPU-s, {self.resident / 1e6:.1f} MB")
        return out


def paths(value: object) -> list[str]:
    """Every "path" in a JSON value, however deep."""
    if isinstance(value, dict):
        own = [value["path"]] if isinstance(value.get("path"), str) else []
        return own + [path for child in value.values() for path in paths(child)]
    return [path for child in value for path in paths(child)] if isinstance(value, list) else []


@dataclass
class Line:
    event: str
    paths: list[str]
    at: float                       # when it was read

    def names(self, file: str) -> bool:
        return any(path == file or path.endswith(f"/{file}") for path in self.paths)


class Watcher:
    """A running `cordon watch`, and the lines it writes."""

    def __init__(self, command: list[str], cwd: Path, env: dict[str, str], errors: Path) -> None:
        with errors.open("wb") as sink:
            self.process = subprocess.Popen(command, cwd=cwd, env=env, start_new_session=True, bufsize=0,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=sink)
        assert self.process.stdout is not None
        self.output = self.process.stdout.fileno()
        self.poll = select.poll()
        self.poll.register(self.output, select.POLLIN | select.POLLHUP)
        self.rest = b""
        self.lines: deque[Line] = deque()
        self.ended = False

    def _read(self, seconds: float) -> None:
        """Wait for output, at most this long, and take its lines apart."""
        if not self.poll.poll(max(0.0, seconds) * 1000):
            return
        data = os.read(self.output, 1 << 16)
        now = time.perf_counter()
        self.ended = not data
        *whole, self.rest = (self.rest + data).split(b"\n")
        for text in whole:
            try:
                value = json.loads(text)
            except ValueError:
                continue
            event = str(value.get("event", "")) if isinstance(value, dict) else ""
            self.lines.append(Line(event, paths(value), now))

    def drain(self) -> None:
        while not self.ended and self.poll.poll(0):
            self._read(0)
        self.lines.clear()

    def wait(self, seconds: float, event: str | None, file: str | None) -> Line | None:
        """The next line of this event about this file; `event` of None: any but "restored"."""
        limit = time.perf_counter() + seconds
        while True:
            while self.lines:
                line = self.lines.popleft()
                fits = line.event == event if event else line.event != "restored"
                if fits and (file is None or line.names(file)):
                    return line
            left = limit - time.perf_counter()
            if left <= 0 or self.ended:
                return None
            self._read(left)

    def processor_seconds(self) -> float:
        """Of all its threads, to the nanosecond: the kernel's clock of another process (see clock_getcpuclockid)."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def stop(self) -> tuple[float, int, int]:
        """Processor seconds, resident bytes, exit status."""
        if not self.ended:
            self.process.send_signal(signal.SIGTERM)
        deadline = time.perf_counter() + 5
        while True:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                break
            if time.perf_counter() > deadline:
                self.process.kill()
            time.sleep(0.01)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, self.process.returncode


def disturb(watcher: Watcher, watched: Watched, tree: Path, files: list[str], changes: int) -> None:
    """Change files one by one, each time until the change and its end are reported."""
    rng = random.Random(11)
    for file in rng.sample(files, min(changes, len(files))):
        if watched.missed + watched.unrestored >= MISSES or watcher.ended:
            return
        content = (tree / file).read_bytes()
        time.sleep(rng.uniform(0.01, 0.06))
        watcher.drain()
        try:
            start = time.perf_counter()
            overwrite(tree / file, flipped(content))
            line = watcher.wait(LINE_LIMIT, None, file)
        finally:
            back = time.perf_counter()
            overwrite(tree / file, content)
        if line:
            watched.latencies.append(line.at - start)
        else:
            watched.missed += 1
        line = watcher.wait(LINE_LIMIT, "restored", file)
        if line:
            watched.restored.append(line.at - back)
        else:
            watched.unrestored += 1


def measure(command: list[str], tree: Path, files: list[str], *, cwd: Path, env: dict[str, str], errors: Path,
            changes: int, idle_seconds: float) -> Watched:
    watched = Watched()
    start = time.perf_counter()
    watcher = Watcher(command, cwd, env, errors)
    try:
        line = watcher.wait(READY_LIMIT, "ready", None)
        if line:
            watched.ready = line.at - start
            time.sleep(CALM)
            before, began = watcher.processor_seconds(), time.perf_counter()
            time.sleep(idle_seconds)
            used, passed = watcher.processor_seconds() - before, time.perf_counter() - began
            watcher.drain()
            watched.idle_share = None if watcher.ended else used / passed
            disturb(watcher, watched, tree, files, changes)
    finally:
        ended = watcher.ended
        watched.cpu, watched.resident, status = watcher.stop()
    said = complaint(errors)
    if line is None:
        what = "not available" if status == WRONG_USE else f"failed (exit {status})" if ended else "never ready"
        watched.why = f"{what}: {said}" if said else what
        watched.cpu = None
    elif ended:
        watched.why = f"failed: ended by itself (exit {status})" + (f": {said}" if said else "")
    elif watched.missed + watched.unrestored >= MISSES:
        watched.why = "failed: stopped asking after changes that were not reported"
    return watched
