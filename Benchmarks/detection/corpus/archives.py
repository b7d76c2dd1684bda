"""Zip, tar, 7z and single-stream containers, honest and lying, around hostile pickles."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from dataclasses import dataclass, field

from .asm import R, dump, g
from .core import Registry
from .gadgets import CMD, CODE

PS = "picklescan "
APPNOTE = "PKWARE APPNOTE"
EVIL = dump(R(g("os:system"), CMD), 2)
EVIL_EVAL = dump(R(g("builtins:eval"), CODE), 4)
FINE = dump({"epoch": 1, "lr": 0.1}, 2)


@dataclass
class Member:
    """One zip member; every header field can be made to disagree."""

    name: bytes
    data: bytes
    method: int = 0
    flags: int = 0
    local_flags: int | None = None
    local_name: bytes | None = None
    local_method: int | None = None
    local_size: int | None = None
    size: int | None = None
    usize: int | None = None
    crc: int | None = None
    local_crc: int | None = None
    attr: int = 0
    extra: bytes = b""
    in_central: bool = True
    offset: int | None = None
    local_magic: bytes = b"PK\x03\x04"
    disk: int = 0

    def packed(self) -> bytes:
        """The stored bytes."""
        if self.method != 8:
            return self.data
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(self.data) + packer.flush()


@dataclass
class Zip:
    """A zip assembled by hand."""

    members: list[Member] = field(default_factory=list)
    prefix: bytes = b""
    suffix: bytes = b""
    comment: bytes = b""
    gaps: dict[int, bytes] = field(default_factory=dict)
    entries: int | None = None
    disk: int = 0
    absolute_offsets: bool = True

    def build(self) -> bytes:
        """Bytes of the whole file."""
        out, central = bytearray(self.prefix), bytearray()
        base = 0 if self.absolute_offsets else len(self.prefix)
        for index, m in enumerate(self.members):
            out += self.gaps.get(index, b"")
            offset, body = len(out) - base, m.packed()
            crc = zlib.crc32(m.data) if m.crc is None else m.crc
            size = len(body) if m.size is None else m.size
            usize = len(m.data) if m.usize is None else m.usize
            local_name = m.name if m.local_name is None else m.local_name
            out += m.local_magic + struct.pack(
                "<HHHHHIIIHH", 20, m.flags if m.local_flags is None else m.local_flags,
                m.method if m.local_method is None else m.local_method, 0, 33,
                crc if m.local_crc is None else m.local_crc,
                size if m.local_size is None else m.local_size,
                usize if m.local_size is None else m.local_size, len(local_name), 0) + local_name + body
            if m.in_central:
                central += b"PK\x01\x02" + struct.pack(
                    "<HHHHHHIIIHHHHHII", (3 << 8) | 20, 20, m.flags, m.method, 0, 33, crc, size, usize,
                    len(m.name), len(m.extra), 0, m.disk, 0, m.attr, offset if m.offset is None else m.offset)
                central += m.name + m.extra
        out += self.gaps.get(len(self.members), b"")
        count = sum(m.in_central for m in self.members) if self.entries is None else self.entries
        start = len(out) - base
        out += central + b"PK\x05\x06" + struct.pack("<HHHHIIH", self.disk, self.disk, count, count, len(central), start, len(self.comment))
        return bytes(out + self.comment + self.suffix)


def torch_members(pkl: bytes, prefix: bytes = b"archive/", name: bytes = b"data.pkl") -> list[Member]:
    """The members of a PyTorch zip checkpoint."""
    return [Member(prefix + name, pkl), Member(prefix + b"version", b"3\n"), Member(prefix + b"byteorder", b"little"),
            Member(prefix + b"data/0", bytes(64))]


def sevenzip(name: str, data: bytes) -> bytes:
    """A 7z archive with one stored (Copy) file, headers uncompressed."""
    def number(n: int) -> bytes:
        return bytes([n]) if n < 0x80 else bytes([0x80 | n >> 8, n & 255]) if n < 0x4000 else b"\xe0" + n.to_bytes(3, "little")

    names = name.encode("utf-16-le") + b"\0\0"
    header = (b"\x01\x04" + b"\x06" + number(0) + number(1) + b"\x09" + number(len(data)) + b"\x00"
              + b"\x07\x0b" + number(1) + b"\x00" + number(1) + b"\x01\x00" + b"\x0c" + number(len(data)) + b"\x00"
              + b"\x08\x0a\x01" + struct.pack("<I", zlib.crc32(data)) + b"\x00\x00"
              + b"\x05" + number(1) + b"\x11" + number(len(names) + 1) + b"\x00" + names + b"\x00\x00")
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + data + header


def _zip_lies(reg: Registry) -> None:
    """Disagreements within a zip, each read differently by different programs."""
    def add(family: str, gadget: str, archive: Zip, text: str, src: str = APPNOTE, *, name: str = "pytorch_model.pt",
            kind: str = "structural", how: str = "none") -> None:
        reg.add("zip-" + family, gadget, (name, archive.build()), "zip", src, text, kind=kind, verify=how)

    def torch(**fields: object) -> Zip:
        members = torch_members(EVIL)
        for key, value in fields.items():
            setattr(members[0], key, value)
        return Zip(members)

    flag_src = PS + "GHSA-w8jq-xcqf-f792 (zip flag bit)"
    add("flag-encrypted", "central-0x1", torch(flags=1, local_flags=0), "encryption bit only in the central directory", flag_src)
    add("flag-encrypted", "both-0x1", torch(flags=1), "encryption bit on a member that is not encrypted", flag_src)
    add("flag-patched", "0x20", torch(flags=0x20, local_flags=0), "compressed-patch bit", flag_src)
    add("flag-strong", "0x40", torch(flags=0x40, local_flags=0), "strong-encryption bit", flag_src)
    add("flag-masked-headers", "0x2000", torch(flags=0x2000, local_flags=0), "masked-header bit", flag_src)
    add("crc", "central-and-local", torch(crc=0xDEADBEEF), "wrong CRC; PyTorch does not check it", PS + "CVE-2025-10156")
    add("crc", "zero", torch(crc=0), "CRC zero; PyTorch does not check it", PS + "CVE-2025-10156")
    add("local-crc", "local-only", torch(local_crc=1), "local CRC differs from the central one", PS + "CVE-2025-10156")
    add("local-name", "readme", torch(local_name=b"archive/README.txt"), "local name differs from the central name", PS + "GHSA-7q5r-7gvp-wc82")
    add("local-name", "central-readme", Zip([Member(b"archive/README.md", EVIL, local_name=b"archive/data.pkl"), *torch_members(FINE)[1:]]),
        "the central directory hides data.pkl behind another name", PS + "GHSA-7q5r-7gvp-wc82")
    add("local-size", "zero", torch(local_size=0), "local sizes zero without a data descriptor")
    add("local-size", "huge", torch(local_size=0x7FFFFFFF), "local size far beyond the file")
    add("central-size", "short", torch(size=5, usize=5), "central size cuts the member")
    add("central-size", "usize", Zip([Member(b"archive/data.pkl", EVIL, 8, usize=3), *torch_members(FINE)[1:]]), "uncompressed size too small")
    add("method-mismatch", "local-deflate", torch(local_method=8), "local says deflated, central stored")
    add("method-mismatch", "central-deflate", Zip([Member(b"archive/data.pkl", EVIL, 8, local_method=0), *torch_members(FINE)[1:]]), "local says stored, central deflated")
    add("method-unknown", "99", torch(method=99), "unknown method on the pickle")
    add("method-unknown", "97", torch(method=97, local_method=0), "WavPack method on a stored pickle")
    add("hidden-member", "not-in-central", Zip([*torch_members(FINE), Member(b"archive/extra.pkl", EVIL, in_central=False)]),
        "a local member missing from the central directory")
    add("hidden-member", "data-not-in-central", Zip([Member(b"archive/data.pkl", EVIL, in_central=False), *torch_members(FINE)]),
        "two data.pkl, only the harmless one in the central directory")
    add("gap", "between-members", Zip(torch_members(FINE), gaps={1: EVIL}), "a pickle in the gap between members")
    add("gap", "before-central", Zip(torch_members(FINE), gaps={4: EVIL_EVAL}), "a pickle before the central directory")
    add("comment", "pickle", Zip(torch_members(FINE), comment=EVIL), "a pickle as the zip comment")
    add("comment", "second-eocd", Zip(torch_members(FINE), comment=Zip(torch_members(EVIL)).build()), "a whole second zip in the comment")
    add("appended", "pickle", Zip(torch_members(FINE), suffix=EVIL), "a pickle appended behind the zip")
    add("prepended", "pickle-before-zip", Zip(torch_members(FINE), prefix=EVIL), "a pickle first, a zip after: pickle.load and zip readers disagree",
        "Trail of Bits polyglot notes", kind="load", how="pickle")
    add("prepended", "pickle-relative-offsets", Zip(torch_members(FINE), prefix=EVIL_EVAL, absolute_offsets=False), "the same with relative offsets",
        "Trail of Bits polyglot notes", kind="load", how="pickle", name="model.pkl")
    add("prepended", "png-header", Zip(torch_members(EVIL), prefix=b"\x89PNG\r\n\x1a\n" + bytes(32)), "a PNG signature before a PyTorch zip", how="zip:archive/data.pkl")
    add("overlap", "same-data", _overlap(), "many central entries over one local member", "overlapped zip bombs (Fifield 2019)", name="weights.zip")
    add("duplicate", "fine-first", Zip([*torch_members(FINE), Member(b"archive/data.pkl", EVIL)]), "data.pkl twice, hostile last", how="zip:archive/data.pkl")
    add("duplicate", "evil-first", Zip([*torch_members(EVIL), Member(b"archive/data.pkl", FINE)]), "data.pkl twice, hostile first")
    add("duplicate", "case-differs", Zip([*torch_members(FINE), Member(b"archive/DATA.PKL", EVIL)]), "names that differ in case only")
    add("traversal", "dotdot", Zip([Member(b"../../../tmp/cordon/model.pkl", FINE)]), "../ in a member name", "zip slip", name="model.zip")
    add("traversal", "absolute", Zip([Member(b"/tmp/cordon/model.bin", FINE)]), "absolute member name", "zip slip", name="model.zip")
    add("traversal", "backslash", Zip([Member(b"..\\..\\cordon\\model.bin", FINE)]), "..\\ in a member name", "zip slip", name="model.zip")
    add("traversal", "drive", Zip([Member(b"C:\\cordon\\x.bin", FINE)]), "drive letter in a member name", "zip slip", name="model.zip")
    add("traversal", "middle", Zip([Member(b"archive/data/../../../cordon", FINE)]), "../ in the middle", "zip slip", name="model.zip")
    add("symlink", "absolute", Zip([Member(b"weights.bin", b"/etc/passwd", attr=0o120777 << 16)]), "a symlink member to /etc/passwd", "zip slip", name="model.zip")
    add("symlink", "parent", Zip([Member(b"data", b"../..", attr=0o120777 << 16), Member(b"data/x", b"x")]), "a symlink then a file through it", "zip slip", name="model.zip")
    add("nul-name", "data.pkl", torch(name=b"archive/data.pkl\0.txt", local_name=b"archive/data.pkl\0.txt"), "NUL in a member name: C readers stop there")
    add("nul-name", "other", Zip([*torch_members(FINE), Member(b"archive/x.pkl\0.png", EVIL_EVAL)]), "NUL hides the extension")
    add("directory-entry", "data", Zip([*torch_members(FINE), Member(b"archive/extra.pkl/", EVIL)]), "a directory entry that carries a pickle")
    uni = struct.pack("<HHBI", 0x7075, 5 + len(b"archive/data.pkl"), 1, zlib.crc32(b"archive/notes")) + b"archive/data.pkl"
    add("unicode-path", "0x7075", Zip([Member(b"archive/notes", EVIL, extra=uni), *torch_members(FINE)[1:]]), "the Unicode path extra field renames the member")
    add("corrupt-first", "bad-deflate", Zip([Member(b"a/weights.npy", b"\xff" * 20, 8, crc=1), *torch_members(EVIL)]), "a broken member before the hostile one", "modelscan issue 354", how="zip:archive/data.pkl")
    add("corrupt-first", "encrypted", Zip([Member(b"a/first.pkl", FINE, flags=1), *torch_members(EVIL)]), "an encrypted member before the hostile one", "modelscan issue 354", how="zip:archive/data.pkl")
    add("corrupt-first", "method-99", Zip([Member(b"a/first.pkl", FINE, method=99), *torch_members(EVIL)]), "an unknown method before the hostile one", "modelscan issue 354", how="zip:archive/data.pkl")
    add("corrupt-first", "local-magic", Zip([Member(b"a/first.pkl", FINE, local_magic=b"PK\x03\x05"), *torch_members(EVIL)]), "a broken local header first", "modelscan issue 354", how="zip:archive/data.pkl")
    add("local-magic", "data", torch(local_magic=b"XX\x03\x04"), "the hostile member's local magic is broken")
    add("disk", "eocd", Zip(torch_members(EVIL), disk=1), "multi-disk numbers in the end record")
    add("disk", "member", torch(disk=3), "multi-disk number on the member")
    add("entry-count", "zero", Zip(torch_members(EVIL), entries=0), "the end record counts no entries")
    add("entry-count", "one", Zip([*torch_members(FINE)[1:], Member(b"archive/data.pkl", EVIL)], entries=1), "the end record counts fewer entries")
    add("truncated", "no-eocd", _Raw(Zip(torch_members(EVIL)).build()[:-22]), "no end record: stream readers still find the pickle")


class _Raw(Zip):
    """Ready bytes with the interface of Zip."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data

    def build(self) -> bytes:
        return self._data


def _overlap() -> Zip:
    first = Member(b"a00", bytes(1 << 20), 8)
    return Zip([first, *(Member(b"a%02d" % i, b"", size=len(first.packed()), usize=1 << 20, method=0, local_method=8, offset=0,
                                crc=zlib.crc32(first.data)) for i in range(1, 60))])


def _torch(reg: Registry) -> None:
    """PyTorch zip variants that really load."""
    def add(family: str, gadget: str, members: list[Member], text: str, src: str, how: str, name: str = "pytorch_model.bin") -> None:
        reg.add("torch-" + family, gadget, (name, Zip(members).build()), "pytorch-zip", src, text, verify=how)

    src = "PyTorch serialization documentation"
    add("zip", "os.system", torch_members(EVIL), "torch.save zip with a call in data.pkl", src, "zip:archive/data.pkl")
    add("zip", "builtins.eval", torch_members(EVIL_EVAL, b"model/"), "another top folder", src, "zip:model/data.pkl", "checkpoint.ckpt")
    add("zip-deep-prefix", "os.system", torch_members(EVIL, b"a/b/c/d/"), "deep top folder", src, "zip:a/b/c/d/data.pkl", "model.pth")
    add("zip-deflated", "os.system", [Member(b"archive/data.pkl", EVIL, 8), *torch_members(FINE)[1:]], "data.pkl deflated", src, "zip:archive/data.pkl", "model.pth")
    for ext in ("p", "dat", "txt", "json", "npy"):
        add("inner-extension", f"config.{ext}", [*torch_members(FINE), Member(b"archive/config." + ext.encode(), EVIL)],
            "a second pickle with another extension", PS + "GHSA-769v-p64c-89pr", f"zip:archive/config.{ext}", "model.pt")
    add("outer-extension", "weights.dat", torch_members(EVIL), "PyTorch zip with another extension", PS + "CVE-2025-10155", "zip:archive/data.pkl", "weights.dat")
    add("outer-extension", "model.jpg", torch_members(EVIL), "PyTorch zip named as a picture", PS + "CVE-2025-10155", "zip:archive/data.pkl", "model.jpg")
    add("outer-extension", "noext", torch_members(EVIL_EVAL), "PyTorch zip without extension", PS + "CVE-2025-10155", "zip:archive/data.pkl", "consolidated")
    script = [Member(b"m/constants.pkl", EVIL), Member(b"m/data.pkl", FINE), Member(b"m/code/__torch__.py", b"class M(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    return x\n"), Member(b"m/version", b"3\n")]
    add("script-constants", "os.system", script, "hostile constants.pkl in a TorchScript archive", "TorchScript archive format", "zip:m/constants.pkl", "traced.pt")
    for op, call in (("aten::save", "torch.save(x, \"cordon\")"), ("aten::from_file", "torch.from_file(\"/etc/hostname\", False, 8)"), ("ops.load_library", "ops.cordon.run(x)")):
        body = f"class M(Module):\n  __parameters__ = []\n  def forward(self: __torch__.M, x: Tensor) -> Tensor:\n    _0 = {call}\n    return x\n".encode()
        reg.add("torch-script-code", op, ("scripted.pt", Zip([Member(b"m/code/__torch__.py", body), Member(b"m/data.pkl", FINE), Member(b"m/constants.pkl", dump((), 2)), Member(b"m/version", b"3\n")]).build()),
                "torchscript", "Black Hat USA 2025 on TorchScript and weights_only", "TorchScript code that reaches files or custom libraries")
    add("package", "os.system", [Member(b"pkg/model/model.pkl", EVIL), Member(b"pkg/.data/version", b"6\n"), Member(b"pkg/model/__init__.py", b"print('cordon')\n"), Member(b"pkg/.data/extern_modules", b"os\n")],
        "torch.package archive with its own code", "torch.package documentation", "zip:pkg/model/model.pkl", "package.pt")
    reg.add("torch-package-code", "module-source", ("package.pt", Zip([Member(b"pkg/model/model.pkl", FINE), Member(b"pkg/.data/version", b"6\n"),
            Member(b"pkg/net/__init__.py", b"import os\nos.system('true')\n"), Member(b"pkg/.data/extern_modules", b"os\nsubprocess\n")]).build()),
            "torch-package", "torch.package documentation", "torch.package archive whose Python source calls os.system on import")
    add("export-nested", "sample_inputs", [Member(b"m/archive_format", b"pt2"), Member(b"m/models/model.json", b"{}"), Member(b"m/data/sample_inputs/model.pt", Zip(torch_members(EVIL)).build())],
        "a PyTorch zip inside a .pt2 archive", "torch.export archive layout", "none", "exported.pt2")
    add("jit-extra-file", "extra", [*torch_members(FINE), Member(b"archive/extra/tokenizer", EVIL)], "_extra_files entry that is a pickle", "torch.jit.save documentation", "zip:archive/extra/tokenizer", "scripted.pt")


def _nesting(reg: Registry) -> None:
    """Archives inside archives, other containers, encryption."""
    def add(family: str, gadget: str, name: str, data: bytes, text: str, src: str = "format documentation", how: str = "none", kind: str = "load") -> None:
        reg.add("container-" + family, gadget, (name, data), "container", src, text, kind=kind, verify=how)

    inner = Zip([Member(b"weights/model.pkl", EVIL)]).build()
    add("zip", "zip-pkl", "models.zip", inner, "a pickle in a zip", how="zip:weights/model.pkl")
    add("zip", "deflated", "models.zip", Zip([Member(b"a/model.pkl", EVIL_EVAL, 8)]).build(), "a deflated pickle in a zip", how="zip:a/model.pkl")
    for depth in (2, 4, 8):
        data = inner
        for level in range(depth - 1):
            data = Zip([Member(b"part%d.zip" % level, data, 8 if level & 1 else 0)]).build()
        add("zip-in-zip", f"depth-{depth}", "bundle.zip", data, f"zip nested {depth} deep")
    add("tar", "plain", "model.tar", _tar([("model/model.pkl", EVIL)]), "a pickle in a tar", how="tar:model/model.pkl")
    add("tar", "gz", "model.tar.gz", gzip.compress(_tar([("model/model.pkl", EVIL)]), mtime=0), "a pickle in a tar.gz", how="tar:model/model.pkl")
    add("tar", "bz2", "model.tar.bz2", bz2.compress(_tar([("model/clf.joblib", EVIL_EVAL)])), "a pickle in a tar.bz2", how="tar:model/clf.joblib")
    add("tar", "xz", "model.tar.xz", lzma.compress(_tar([("model/clf.pkl", EVIL)])), "a pickle in a tar.xz", how="tar:model/clf.pkl")
    add("tar-in-zip", "pkl", "bundle.zip", Zip([Member(b"b.tar", _tar([("m.pkl", EVIL)]))]).build(), "tar in zip")
    add("zip-in-tar", "pt", "bundle.tgz", gzip.compress(_tar([("m.pt", Zip(torch_members(EVIL)).build())]), mtime=0), "PyTorch zip in a tar.gz")
    add("nemo", "weights", "asr.nemo", _tar([("model_config.yaml", b"target: nemo.Model\n"), ("model_weights.ckpt", Zip(torch_members(EVIL)).build())]), "a NeMo tar with hostile weights", "NeMo checkpoint layout")
    add("nemo", "config-target", "tts.nemo", _tar([("model_config.yaml", b"preprocessor:\n  _target_: os.system\n  command: 'true'\n"), ("model_weights.ckpt", Zip(torch_members(FINE)).build())]),
        "a NeMo tar whose config instantiates os.system", "Unit 42 on _target_ in model metadata (CVE-2025-23304)")
    add("mar", "handler", "model.mar", Zip([Member(b"handler.py", b"import os\nos.system('true')\n"), Member(b"model.pt", Zip(torch_members(EVIL)).build()),
        Member(b"MAR-INF/MANIFEST.json", b'{"model":{"handler":"handler.py","serializedFile":"model.pt"}}')]).build(), "a TorchServe archive", "TorchServe model archive")
    add("sevenzip", "stored", "model.7z", sevenzip("model.pkl", EVIL), "a pickle stored in a 7z", "ReversingLabs nullifAI (7z)")
    add("sevenzip", "as-bin", "pytorch_model.bin", sevenzip("data.pkl", EVIL_EVAL), "a 7z named as PyTorch weights", "ReversingLabs nullifAI (7z)")
    add("encrypted-zip", "zipcrypto", "model.zip", Zip([Member(b"model.pkl", reg.filler(12) + reg.filler(len(EVIL)), flags=1)]).build(),
        "an encrypted member cannot be inspected: not to be passed as clean", PS + "pull request 39", kind="structural")
    for ext, pack in (("gz", lambda d: gzip.compress(d, mtime=0)), ("bz2", bz2.compress), ("xz", lzma.compress), ("lzma", lambda d: lzma.compress(d, lzma.FORMAT_ALONE)), ("zlib", zlib.compress)):
        how = {"gz": "gzip", "bz2": "bz2", "xz": "xz", "lzma": "xz", "zlib": "zlib"}[ext]
        add("compressed-pickle", ext, f"model.pkl.{ext}", pack(EVIL), f"a pickle compressed with {ext}", how=how)
        add("compressed-masked", ext, "model.pkl", pack(EVIL_EVAL), f"{ext} data under the name of a plain pickle", how=how)
    add("double-compressed", "gz-bz2", "model.pkl.gz", gzip.compress(bz2.compress(EVIL), mtime=0), "gzip of bzip2 of a pickle")
    add("multi-member-gzip", "second", "model.pkl.gz", gzip.compress(b"", mtime=0) + gzip.compress(EVIL, mtime=0), "the pickle is in the second gzip member", how="gzip")
    add("gzip-trailing", "pickle", "model.pkl.gz", gzip.compress(FINE, mtime=0) + EVIL, "a pickle behind the gzip stream", kind="structural")
    add("wheel", "setup", "model-1.0-py3-none-any.whl", Zip([Member(b"model/__init__.py", b"import os\nos.system('true')\n"), Member(b"model/weights.pkl", EVIL)]).build(), "a wheel that carries a hostile pickle", how="zip:model/weights.pkl")


def _tar(files: list[tuple[str, bytes]], fmt: int = tarfile.USTAR_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=fmt) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _tar_entry(name: str, kind: bytes = tarfile.REGTYPE, data: bytes = b"", link: str = "", size: int | None = None,
               mode: int = 0o644, pax: dict[str, str] | None = None) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    info.size = len(data) if size is None else size
    if pax:
        info.pax_headers = pax
    head = info.tobuf(tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT)
    return head + data + bytes(-len(data) % 512)


def _tar_lies(reg: Registry) -> None:
    """Tar members that escape or lie."""
    def add(family: str, gadget: str, body: bytes, text: str, src: str = "CVE-2007-4559", name: str = "model.tar", how: str = "none") -> None:
        reg.add("tar-" + family, gadget, (name, body + bytes(1024)), "tar", src, text, kind="structural", verify=how)

    fine = _tar_entry("model/config.json", data=b"{}")
    add("traversal", "dotdot", fine + _tar_entry("../../../tmp/cordon/x", data=b"x"), "../ in a member name")
    add("traversal", "absolute", fine + _tar_entry("/tmp/cordon/x", data=b"x"), "absolute member name")
    add("traversal", "middle", fine + _tar_entry("model/../../../cordon", data=b"x"), "../ in the middle of a name")
    add("symlink", "absolute", fine + _tar_entry("model/w.bin", tarfile.SYMTYPE, link="/etc/passwd"), "symlink to an absolute path", "CVE-2025-4517 family")
    add("symlink", "through", _tar_entry("out", tarfile.SYMTYPE, link="../..") + _tar_entry("out/x", data=b"x"), "a file written through a symlink", "CVE-2025-4330 family")
    add("symlink", "relative", fine + _tar_entry("a/b/w.bin", tarfile.SYMTYPE, link="../../../etc/passwd"), "relative symlink that leaves the folder", "CVE-2025-4517 family")
    add("hardlink", "absolute", fine + _tar_entry("w.bin", tarfile.LNKTYPE, link="/etc/passwd"), "hard link to an absolute path", "CVE-2025-4138 family")
    add("hardlink", "dotdot", fine + _tar_entry("w.bin", tarfile.LNKTYPE, link="../../secret"), "hard link that leaves the folder", "CVE-2025-4138 family")
    add("device", "block", fine + _tar_entry("dev", tarfile.BLKTYPE), "a block device member", "tarfile data filter documentation")
    add("device", "char", fine + _tar_entry("dev", tarfile.CHRTYPE), "a character device member", "tarfile data filter documentation")
    add("device", "fifo", fine + _tar_entry("pipe", tarfile.FIFOTYPE), "a FIFO member", "tarfile data filter documentation")
    add("setuid", "mode-4755", fine + _tar_entry("run", data=b"#!/bin/true\n", mode=0o4755), "a set-uid member", "tarfile data filter documentation")
    add("pax-path", "override", _tar_entry("model/ok.json", data=b"{}", pax={"path": "../../cordon"}), "a PAX record replaces the name", "POSIX pax format")
    add("pax-size", "override", _tar_entry("model/ok.json", data=EVIL, size=0, pax={"size": str(len(EVIL))}), "a PAX record replaces the size", "POSIX pax format (CVE-2025-62518 family)")
    add("size-lie", "huge", _tar_entry("w.bin", data=b"x", size=0o77777777777), "member size far beyond the file")
    add("after-end", "second-tar", fine + bytes(1024) + _tar([("x/model.pkl", EVIL)]), "a second archive behind the end marker")
    add("duplicate", "pickle-last", _tar([("m/data.pkl", FINE), ("m/data.pkl", EVIL)]), "the same name twice, hostile last", "tar format")
    add("long-name", "traversal", _tar([("a" * 120 + "/../../../../" + "b" * 60 + "/x", b"x")], tarfile.GNU_FORMAT), "a GNU long name with ../")


def _zeros(mebibytes: int, packer: object) -> bytes:
    block = bytes(1 << 20)
    return b"".join([packer.compress(block) for _ in range(mebibytes)] + [packer.flush()])


def _bombs(reg: Registry) -> None:
    """Small files that become large."""
    def add(gadget: str, name: str, data: bytes, text: str) -> None:
        reg.add("bomb", gadget, (name, data), "container", "CWE-409", text, kind="structural")

    deflate = _zeros(256, zlib.compressobj(9, zlib.DEFLATED, 31))
    add("gzip", "weights.pkl.gz", deflate, "256 MiB of zeros in gzip")
    add("gzip-nested", "weights.pkl.gz", gzip.compress(gzip.compress(deflate, mtime=0), mtime=0), "gzip in gzip in gzip")
    add("zlib-joblib", "model.joblib", _zeros(256, zlib.compressobj(9)), "256 MiB of zeros as zlib joblib")
    add("bz2", "model.pkl.bz2", _zeros(64, bz2.BZ2Compressor()), "64 MiB of zeros in bzip2")
    add("xz", "model.pkl.xz", _zeros(128, lzma.LZMACompressor(preset=0)), "128 MiB of zeros in xz")
    raw = _zeros(256, zlib.compressobj(9, zlib.DEFLATED, -15))
    crc = 0
    for _ in range(256):
        crc = zlib.crc32(bytes(1 << 20), crc)
    big = Member(b"archive/data/0", raw, 0, size=len(raw), usize=256 << 20, crc=crc)
    archive = Zip([*torch_members(FINE)[:3], big]).build()
    patched = bytearray(archive)
    for magic, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        patched[archive.rindex(magic) + at] = 8
    add("zip", "pytorch_model.pt", bytes(patched), "256 MiB of zeros in a PyTorch member")
    add("zip-many-entries", "model.zip", Zip([Member(b"%05d" % i, b"") for i in range(30000)]).build(), "30,000 members")


def register(reg: Registry) -> None:
    """All container cases."""
    _zip_lies(reg)
    _torch(reg)
    _nesting(reg)
    _tar_lies(reg)
    _bombs(reg)
