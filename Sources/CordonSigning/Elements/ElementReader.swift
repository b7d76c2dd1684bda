internal import CordonCore
internal import CordonFormats
internal import Glibc

/// The elements of one file: samples that can be told apart without decoding them.
struct ElementReader {
    /// One element.
    struct Element {
        /// What people call it, for example `line 12`.
        let name: String
        /// Hash of the Merkle leaf.
        let leaf: [UInt8]
    }
    let kind: ElementSummary.Kind
    let elements: [Element]

    static let elementLimit = 100_000_000
    private static let memberLimit = 1_000_000
    private static let contentLimit = 512 << 20

    /// Tells the elements of a file apart; `nil` for a file that has none, or whose parts cannot all be read.
    ///
    /// - Complexity: O(bytes), memory 100 bytes an element.
    static func read(_ tree: Tree, _ entry: TreeEntry) -> ElementReader? {
        let file = tree.open(entry.path, follow: entry.kind == .link)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard FileStatus(descriptor: file)?.identity == entry.identity,
            let storage = try? ByteStorage.file(descriptor: file, byteCount: entry.identity.byteCount)
        else { return nil }
        var result: ElementReader?
        let hasShrunk = storage.guarded { result = read(ByteView(storage), AssetPath(bytes: entry.path)) }
        return hasShrunk ? nil : result
    }

    /// The same for bytes in memory.
    static func read(_ view: ByteView, _ path: AssetPath) -> ElementReader? {
        if ["jsonl", "ndjson"].contains(path.pathExtension) { return lines(view) }
        if view.withSpan({ ParquetFooter.matches($0) }) { return rowGroups(view) }
        if view.withSpan({ $0.hasBytes("PK\u{3}\u{4}") }) { return zip(view) }
        if path.pathExtension == "tar", view.withSpan({ TarArchive.matches($0) }) { return tar(view) }
        return nil
    }

    /// The leaf of a line, a row group, or, with its name before it, of a member.
    static func leaf(member: [UInt8]? = nil, _ content: RawSpan) -> [UInt8] {
        var hasher = StreamHasher(.sha256)
        withUnsafeBytes(of: UInt8(0)) { hasher.update($0) }
        if let member {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: member.count).bigEndian) { hasher.update($0) }
            member.withUnsafeBytes { hasher.update($0) }
        }
        content.withUnsafeBytes { hasher.update($0) }
        return hasher.finalize()
    }

    private static func lines(_ view: ByteView) -> ElementReader? {
        view.withSpan { span in
            var elements: [Element] = []
            var start = 0
            while start < span.byteCount {
                guard elements.count < elementLimit else { return nil }
                let end = span.firstIndex(of: 0x0A, from: start, to: span.byteCount) ?? span.byteCount
                elements.append(
                    Element(name: "line \(elements.count + 1)", leaf: leaf(span.extracting(start..<end))))
                start = end + 1
            }
            return ElementReader(kind: .jsonlLine, elements: elements)
        }
    }

    private static func rowGroups(_ view: ByteView) -> ElementReader? {
        view.withSpan { span in
            guard let footer = ParquetFooter.read(span) else { return nil }
            var elements: [Element] = []
            var rest = StreamHasher(.sha256)
            withUnsafeBytes(of: UInt8(0)) { rest.update($0) }
            var position = 0
            for (number, group) in footer.rowGroups.enumerated() {
                elements.append(Element(name: "row group \(number)", leaf: leaf(span.extracting(group))))
                span.extracting(position..<group.lowerBound).withUnsafeBytes { rest.update($0) }
                position = group.upperBound
            }
            span.extracting(position..<span.byteCount).withUnsafeBytes { rest.update($0) }
            elements.append(Element(name: "everything outside the row groups", leaf: rest.finalize()))
            return ElementReader(kind: .parquetRowGroup, elements: elements)
        }
    }

    private static func tar(_ view: ByteView) -> ElementReader? {
        view.withSpan { span in
            let archive = TarArchive.read(span, memberLimit: memberLimit)
            guard archive.failure == nil, !archive.isCut else { return nil }
            var elements: [Element] = []
            for entry in archive.entries {
                guard span.contains(offset: entry.dataOffset, count: entry.size) else { return nil }
                let content = span.extracting(entry.dataOffset..<entry.dataOffset + entry.size)
                elements.append(
                    Element(name: name(entry.name), leaf: leaf(member: entry.name, content)))
            }
            return ElementReader(kind: .tarMember, elements: elements)
        }
    }

    private static func zip(_ view: ByteView) -> ElementReader? {
        view.withSpan { span in
            guard let archive = ZipArchive.read(span, memberLimit: memberLimit), !archive.isCut else { return nil }
            var elements: [Element] = []
            var budget = contentLimit
            for member in archive.members {
                let header = member.header
                guard span.contains(offset: member.dataOffset, count: header.compressedSize), !header.isEncrypted else {
                    return nil
                }
                let stored = span.extracting(member.dataOffset..<member.dataOffset + header.compressedSize)
                guard let leaf = leaf(header, stored, &budget) else { return nil }
                elements.append(Element(name: name(header.name), leaf: leaf))
            }
            return ElementReader(kind: .zipMember, elements: elements)
        }
    }

    private static func leaf(_ header: ZipHeader, _ stored: RawSpan, _ budget: inout Int) -> [UInt8]? {
        switch header.method {
        case 0: return leaf(member: header.name, stored)
        case 8:
            let limits = DecompressionLimits(bytes: min(budget, header.size), ratio: 200) { false }
            let content = Decompressor.run(.deflate, stored, limits: limits)
            guard content.stop == nil, content.view.count == header.size else { return nil }
            budget -= content.view.count
            return content.view.withSpan { leaf(member: header.name, $0) }
        default: return nil
        }
    }

    private static func name(_ member: [UInt8]) -> String {
        "member '\(PrintableText.quoting(bytes: member, limit: 300))'"
    }
}
