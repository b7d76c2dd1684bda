"""Check that the pickles of a written corpus do what they claim, without letting them do it.

Each case is loaded in a forked child with resource limits and an audit hook. The hook ends the
child at the first dangerous event (a process, code built from text, a connection, a file of the
payload's name, ...), before the event takes effect.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import pickletools
import resource
import signal
import struct
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from pathlib import Path

LIMIT_SECONDS = 10
ALWAYS = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.kill", "os.putenv", "os.startfile",
    "os.listdir", "os.remove", "os.rmdir", "subprocess.Popen", "pty.spawn", "socket.", "ctypes.", "marshal.loads",
    "code.__new__", "function.__new__", "webbrowser.open", "urllib.Request", "ftplib.", "smtplib.", "poplib.", "imaplib.",
    "telnetlib.", "nntplib.", "http.client.", "shutil.", "glob.glob", "sqlite3.", "sys.setprofile", "sys.settrace",
    "sys._getframe", "sys.addaudithook", "gc.get_objects", "resource.setrlimit", "mmap.", "cpython.", "builtins.breakpoint",
    "pdb.Pdb", "code.interact", "tempfile.", "ensurepip.bootstrap", "pathlib.",
)
STANDARD = sys.stdlib_module_names


class _Watch:
    """The audit hook of a child."""

    def __init__(self, pipe: int) -> None:
        self.pipe, self.on, self.found = pipe, False, []

    def report(self, text: str) -> None:
        """Send the outcome and end the child at once."""
        os.write(self.pipe, text.encode("utf-8", "replace")[:400])
        os._exit(0)

    def __call__(self, event: str, args: tuple) -> None:
        if not self.on:
            return
        if event == "pickle.find_class":
            self.found.append(f"{args[0]}.{args[1]}")
            return
        self.on = False  # the checks below raise events of their own
        if self._dangerous(event, args):
            self.report(f"proved {event}")
        self.on = True

    @staticmethod
    def _dangerous(event: str, args: tuple) -> bool:
        if event == "exec":
            code = args[0]
            return "cordon" in getattr(code, "co_consts", ()) or "cordon" in str(getattr(code, "co_filename", ""))
        if event == "compile":
            return "cordon" in str(args[0])[:2000]
        if event == "import":
            return args[0] == "this"
        if event == "open":
            return "cordon" in str(args[0])
        if event == "sys._getframe" or event == "marshal.loads":
            return _from_pickle()
        return event.startswith(ALWAYS)


def _from_pickle() -> bool:
    """Whether the frame that asked is the loader itself, not a library being imported."""
    frame = sys._getframe(0)
    while frame is not None and frame.f_code.co_filename == __file__ and frame.f_code.co_name in ("_from_pickle", "_dangerous", "__call__"):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename == __file__


class _Loader(pickle.Unpickler):
    """pickle.Unpickler that accepts persistent ids, as torch.load does."""

    def persistent_load(self, pid: object) -> object:
        return pid


def _content(how: str, data: bytes) -> bytes:
    """The pickle bytes inside a file."""
    how, _, member = how.partition(":")
    if how == "zip":
        return zipfile.ZipFile(io.BytesIO(data)).read(member)
    if how == "tar":
        return tarfile.open(fileobj=io.BytesIO(data)).extractfile(member).read()
    if how == "npy":
        width, pack = (2, "<H") if data[6] == 1 else (4, "<I")
        return data[8 + width + struct.unpack(pack, data[8:8 + width])[0]:]
    return {"gzip": gzip.decompress, "bz2": bz2.decompress, "xz": lzma.decompress, "zlib": zlib.decompress}.get(how, bytes)(data)


def _attempt(how: str, data: bytes, watch: _Watch) -> None:
    """Load as the consumer would; reports on the pipe."""
    stream = io.BytesIO(_content(how, data))
    sys.addaudithook(watch)
    watch.on = True
    try:
        _Loader(stream).load()
        while how == "pickle-stream" and stream.tell() < len(stream.getvalue()):
            _Loader(stream).load()
        outcome = "loaded"
    except SystemExit:
        outcome = "proved SystemExit"
    except (ModuleNotFoundError, AttributeError) as error:
        outcome = f"absent {error}"
    except BaseException as error:
        outcome = f"raised {type(error).__name__}: {error}"
    watch.on = False
    watch.report(outcome + " | " + " ".join(watch.found[-3:]))


def _limits() -> None:
    for kind, value in ((resource.RLIMIT_AS, 2 << 30), (resource.RLIMIT_CPU, LIMIT_SECONDS), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (value, value))


def _try(how: str, data: bytes, scratch: str) -> str:
    """The outcome of one case."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.chdir(scratch)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        _limits()
        _attempt(how, data, _Watch(write))
        os._exit(99)
    os.close(write)
    end, status = time.monotonic() + LIMIT_SECONDS, None
    while status is None and time.monotonic() < end:
        done, wait = os.waitpid(pid, os.WNOHANG)
        status = wait if done else None
        time.sleep(0.002)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read().decode("utf-8", "replace")
    return text or f"proved end of process ({os.waitstatus_to_exitcode(status)})"


def _third_party(data: bytes) -> bool:
    """Whether a pickle names a module outside the standard library (or of another Python)."""
    words: set[str] = set()
    try:
        for op, arg, _ in pickletools.genops(data):
            if isinstance(arg, str):
                words.update(arg.split())
    except Exception:
        pass
    return any(w.split(".")[0] not in STANDARD and w.split(".")[0] in FOREIGN for w in words)


FOREIGN = frozenset("torch numpy pandas sklearn joblib dill cloudpickle keras tensorflow mlflow jsonpickle yaml ray transformers "
                    "huggingface_hub xgboost sympy numexpr IPython pexpect invoke sh setuptools django fsspec requests aiohttp "
                    "paramiko httpx scipy cffi pip commands popen2 httplib urllib2 nt picklescan fickling _interpreters _pyrepl "
                    "torch._utils test idlelib lib2to3 distutils".split())


def _kind(outcome: str, data: bytes) -> str:
    if outcome.startswith("proved"):
        return "proved"
    if outcome.startswith("absent"):
        return "module or name absent here"
    if _third_party(data):
        return "module or name absent here"
    return "resolved, inert arguments" if " | " in outcome and outcome.split(" | ")[1].strip() else "not proved"


def run(out: Path, verbose: bool) -> int:
    """Verify a corpus; prints counts. Evaluation cases are never named."""
    cases = json.loads((out / "manifest.json").read_text())["cases"]
    counts: dict[str, Counter] = {}
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        for case in cases:
            if case["verify"] == "none":
                counts.setdefault(case["half"], Counter())["not a standard-library load"] += 1
                continue
            name = next((f for f in case["files"] if not f.endswith(".json")), case["files"][0])
            data = (out / case["path"] / name).read_bytes()
            outcome = _try(case["verify"], data, scratch)
            kind = _kind(outcome, _content(case["verify"], data))
            if case["expect"] == "clean":
                kind = "harmless" if outcome.startswith("loaded") else "ALARM: benign case did not load quietly"
                failures += kind != "harmless"
            elif kind == "not proved":
                failures += 1
            counts.setdefault(case["half"], Counter())[kind] += 1
            if verbose and case["half"] != "evaluation" and kind not in ("proved", "harmless"):
                print(f"{kind}: {case['class']} / {case['gadget']}: {outcome[:160]}")
    for half, counter in counts.items():
        print(f"{half}: " + ", ".join(f"{n} {k}" for k, n in counter.most_common()))
    return 1 if failures else 0
