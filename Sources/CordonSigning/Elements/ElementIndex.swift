internal import CordonCore
internal import CordonFormats

/// The leaf hashes of every file that was signed element by element: a safetensors file beside the signature, with one
/// `U8` tensor `[elements, 32]` a file, named by the file's path.
///
/// The index needs no signature of its own: it counts only where its hashes lead to the root in the signed manifest.
package enum ElementIndex {
    /// Where the index of a signature lies.
    package static func path(beside signature: String) -> String { signature + ".elements.safetensors" }

    /// The index as a file's bytes.
    static func encode(_ leaves: [(path: String, hashes: [[UInt8]])]) -> [UInt8] {
        var header = JSONWriter(isCompact: true)
        var offset = 0
        header.object { json in
            for (path, hashes) in leaves {
                let end = offset + 32 * hashes.count
                json.object(path) { tensor in
                    tensor.string("dtype", "U8")
                    tensor.array("shape") { shape in
                        shape.number(nil, hashes.count)
                        shape.number(nil, 32)
                    }
                    tensor.array("data_offsets") { offsets in
                        offsets.number(nil, offset)
                        offsets.number(nil, end)
                    }
                }
                offset = end
            }
        }
        var text = header.bytes
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + text.count + offset)
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes += $0 }
        bytes += text
        for (_, hashes) in leaves { for hash in hashes { bytes += hash } }
        return bytes
    }

    /// The leaf hashes of one file, when they are in the index and lead to the signed root.
    static func leaves(_ index: ByteView, _ path: String, _ summary: ElementSummary) -> [[UInt8]]? {
        let file = SafetensorsFile.read(index)
        guard let tensor = file.tensors.first(where: { $0.name == path }), tensor.type == "U8",
            tensor.shape == [summary.count, 32], tensor.end - tensor.start == 32 * summary.count
        else { return nil }
        let hashes = index.withSpan { span -> [[UInt8]]? in
            var hashes: [[UInt8]] = []
            hashes.reserveCapacity(summary.count)
            for number in 0..<summary.count {
                guard let hash = span.copy(at: file.dataOffset + tensor.start + 32 * number, count: 32) else {
                    return nil
                }
                hashes.append(hash)
            }
            return hashes
        }
        guard let hashes, MerkleTree.root(hashes) == summary.rootHash else { return nil }
        return hashes
    }

    /// Names the elements that changed in files that did.
    static func explain(
        _ comparison: inout TreeComparison, _ manifest: ModelManifest, _ tree: Tree, _ signature: String
    ) {
        let changed = comparison.differences.indices.filter { comparison.differences[$0].kind == .changed }
        guard !changed.isEmpty, manifest.resources.contains(where: { $0.elements != nil }) else { return }
        // No longer than the signed elements make it: the file is anybody's.
        let limit = manifest.resources.reduce(1 << 10) { sum, resource in
            resource.elements.map { sum + 32 * $0.count + 6 * resource.name.utf8.count + 200 } ?? sum
        }
        guard let bytes = SmallFile.read(path(beside: signature), limit: limit) else {
            for index in changed {
                comparison.differences[index].elements = [
                    "which elements cannot be told: '\(PrintableText.quoting(path(beside: signature), limit: 200))' cannot be read"
                ]
            }
            return
        }
        let view = ByteView(copying: bytes)
        let summaries = Dictionary(
            manifest.resources.map { ($0.name, $0.elements) }, uniquingKeysWith: { one, _ in one })
        for index in changed {
            let path = comparison.differences[index].path
            let name = tree.single == path.bytes ? "." : String(decoding: path.bytes, as: UTF8.self)
            guard let summary = summaries[name] ?? nil else { continue }
            comparison.differences[index].elements = differences(view, name, summary, tree, path.bytes)
        }
    }

    private static func differences(
        _ index: ByteView, _ name: String, _ summary: ElementSummary, _ tree: Tree, _ path: [UInt8]
    ) -> [String] {
        guard let signed = leaves(index, name, summary) else {
            return ["which elements cannot be told: the index beside the signature was altered"]
        }
        guard let status = FileStatus(folder: tree.descriptor, path, follow: false),
            let found = ElementReader.read(
                tree, TreeEntry(path: path, kind: .regular, identity: status.identity)),
            found.kind == summary.kind
        else { return ["which elements cannot be told: the file is not the \(summary.kind.rawValue) file it was"] }
        return describe(signed, found)
    }

    /// An element whose hash was signed elsewhere has moved; otherwise it changed, or is new.
    private static func describe(_ signed: [[UInt8]], _ found: ElementReader) -> [String] {
        // Both ends that are alike are cut off, so that one insertion does not make every later element differ.
        let leaves = found.elements.map(\.leaf)
        let head = zip(signed, leaves).prefix { $0 == $1 }.count
        let tail = zip(signed.dropFirst(head).reversed(), leaves.dropFirst(head).reversed()).prefix { $0 == $1 }.count
        let (before, after) = (signed.count - head - tail, leaves.count - head - tail)
        if before == after {
            let changed = (head..<head + after).filter { signed[$0] != leaves[$0] }
            return shown(changed.map { "\(found.elements[$0].name) changed" })
        }
        var lines: [String] = []
        if after > 0 {
            lines += (head..<head + after).prefix(20).map {
                "\(found.elements[$0].name) \(before == 0 ? "was added" : "is new or changed")"
            }
        }
        if after > 20 { lines.append("and \(after - 20) more") }
        if before > 0 {
            let noun = found.kind.noun
            lines.append(
                "\(before) signed \(noun)\(before == 1 ? "" : "s") from number \(head + 1) on \(after == 0 ? "removed" : "replaced by \(after)")"
            )
        }
        return lines.isEmpty ? ["no element changed: the difference lies between them"] : lines
    }

    private static func shown(_ lines: [String]) -> [String] {
        if lines.isEmpty { return ["no element changed: the difference lies between them"] }
        return lines.count > 20 ? lines.prefix(20) + ["and \(lines.count - 20) more"] : lines
    }
}
