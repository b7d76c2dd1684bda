"""A minimal HDF5 writer: superblock v0, object headers v1, attributes, groups, datasets."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

UNDEFINED = b"\xff" * 8


def _pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


def _message(kind: int, data: bytes) -> bytes:
    data = _pad(data)
    return struct.pack("<HHBxxx", kind, len(data), 0) + data


def _attribute(name: str, value: bytes) -> bytes:
    """A scalar fixed-length string attribute (version 1)."""
    label = name.encode() + b"\0"
    datatype = b"\x13\x00\x00\x00" + struct.pack("<I", len(value))
    space = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    head = struct.pack("<BxHHH", 1, len(label), len(datatype), len(space))
    return _message(0x000C, head + _pad(label) + _pad(datatype) + _pad(space) + value)


@dataclass
class Dataset:
    """A float32 vector; with `external` its bytes live in another file."""

    count: int = 2
    external: str | None = None


@dataclass
class Group:
    """A group; external and soft links switch it to link messages."""

    attributes: dict[str, bytes] = field(default_factory=dict)
    children: dict[str, "Group | Dataset"] = field(default_factory=dict)
    external_links: dict[str, tuple[str, str]] = field(default_factory=dict)
    soft_links: dict[str, str] = field(default_factory=dict)


class Writer:
    """Lays objects out one after another."""

    def __init__(self) -> None:
        self.out = bytearray(96)

    def put(self, data: bytes) -> int:
        """Append aligned data; returns its address."""
        self.out += bytes(-len(self.out) % 8)
        at = len(self.out)
        self.out += data
        return at

    def header(self, messages: list[bytes]) -> int:
        """An object header."""
        body = b"".join(messages)
        return self.put(struct.pack("<BxHIIxxxx", 1, len(messages), 1, len(body)) + body)

    def heap(self, names: list[str]) -> tuple[int, list[int]]:
        """A local heap; returns its address and the offset of each name."""
        data, offsets = bytearray(8), []
        for name in names:
            offsets.append(len(data))
            data += _pad(name.encode() + b"\0")
        at = self.put(bytes(data))
        return self.put(b"HEAP" + bytes(4) + struct.pack("<QQQ", len(data), 1, at)), offsets

    def dataset(self, item: Dataset) -> int:
        """A contiguous or externally stored dataset."""
        size = 4 * item.count
        space = struct.pack("<BBBxxxxxQ", 1, 1, 0, item.count)
        kind = b"\x11\x20\x1f\x00" + struct.pack("<IHHBBBBI", 4, 0, 32, 23, 8, 0, 23, 127)
        messages = [_message(1, space), _message(3, kind), _message(5, b"\x02\x02\x02\x00")]
        if item.external is None:
            messages.append(_message(8, b"\x03\x01" + struct.pack("<QQ", self.put(bytes(size)), size)))
        else:
            heap, offsets = self.heap([item.external])
            messages.append(_message(8, b"\x03\x01" + UNDEFINED + struct.pack("<Q", size)))
            messages.append(_message(7, struct.pack("<BxxxHHQQQQ", 1, 1, 1, heap, offsets[0], 0, size)))
        return self.header(messages)

    def group(self, item: Group) -> int:
        """A group and everything below it."""
        addresses = {name: self.group(c) if isinstance(c, Group) else self.dataset(c) for name, c in sorted(item.children.items())}
        attributes = [_attribute(k, v) for k, v in item.attributes.items()]
        if item.external_links or item.soft_links:
            return self.header(self._links(item, addresses) + attributes)
        heap, offsets = self.heap(list(addresses))
        entries = b"".join(struct.pack("<QQII16x", o, a, 0, 0) for o, a in zip(offsets, addresses.values()))
        used, child, last = 0, UNDEFINED, 0
        if addresses:
            node = b"SNOD" + struct.pack("<BxH", 1, len(addresses)) + entries
            used, child, last = 1, struct.pack("<Q", self.put(node.ljust(8 + 8 * 40, b"\0"))), offsets[-1]
        tree = b"TREE" + struct.pack("<BBH", 0, 0, used) + UNDEFINED * 2 + bytes(8) + child + struct.pack("<Q", last)
        at = self.put(tree.ljust(24 + 33 * 8 + 32 * 8, b"\0"))
        return self.header([_message(0x0011, struct.pack("<QQ", at, heap)), *attributes])

    @staticmethod
    def _links(item: Group, addresses: dict[str, int]) -> list[bytes]:
        messages = [_message(2, b"\0\0" + UNDEFINED * 2), _message(10, b"\0\0")]
        for name, at in addresses.items():
            messages.append(_message(6, b"\x01\x00" + bytes([len(name)]) + name.encode() + struct.pack("<Q", at)))
        for name, (file, path) in item.external_links.items():
            data = b"\0" + file.encode() + b"\0" + path.encode() + b"\0"
            messages.append(_message(6, b"\x01\x08\x40" + bytes([len(name)]) + name.encode() + struct.pack("<H", len(data)) + data))
        for name, path in item.soft_links.items():
            messages.append(_message(6, b"\x01\x08\x01" + bytes([len(name)]) + name.encode() + struct.pack("<H", len(path)) + path.encode()))
        return messages


def build(root: Group, user_block: bytes = b"") -> bytes:
    """The bytes of a whole file; a user block of 512*2**n bytes may come first."""
    writer = Writer()
    at = writer.group(root)
    head = b"\x89HDF\r\n\x1a\n" + bytes(5) + b"\x08\x08\x00" + struct.pack("<HHI", 4, 16, 0)
    head += struct.pack("<Q", len(user_block)) + UNDEFINED + struct.pack("<Q", len(writer.out) + len(user_block)) + UNDEFINED
    head += struct.pack("<QQII16x", 0, at, 0, 0)
    writer.out[:96] = head.ljust(96, b"\0")
    return user_block + bytes(writer.out)
