/// Names and tags in a BSON document (bsonspec.org, version 1.1), as Julia's BSON.jl writes models.
package struct BSONDocument: Sendable {
    /// An embedded document's texts by key, and the texts of its lists.
    package struct Node: Sendable {
        /// The value of `tag`.
        package var tag = ""
        /// Texts of a list called `name` or `path`, joined by dots.
        package var path = ""
    }

    /// Documents with a tag.
    package private(set) var nodes: [Node] = []
    /// What does not fit.
    package private(set) var failure: String?

    private var left = 1_000_000

    private struct Broken: Error { let reason: String }

    /// Whether a length and a first element are where a document has them.
    package static func matches(_ bytes: RawSpan) -> Bool {
        guard let length = bytes.littleEndian(at: 0, as: Int32.self), length >= 8, let kind = bytes.byte(at: 4),
            [0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x10, 0x12].contains(kind),
            let end = bytes.firstIndex(of: 0, from: 5, to: min(bytes.byteCount, 64)), end > 5
        else { return false }
        let key = bytes.copy(at: 5, count: end - 5) ?? []
        guard key.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return false }
        // An honest length, or one that is off while the document still ends the file or has a known first key.
        return Int(length) == bytes.byteCount
            || ["_backrefs", "tag", "model", "weights", "params"].contains(String(decoding: key, as: UTF8.self))
    }

    /// Walks the document. O(n).
    package static func read(_ bytes: RawSpan) -> BSONDocument {
        var document = BSONDocument()
        do throws(Broken) {
            let end = try document.walk(bytes, 0, depth: 0, limit: bytes.byteCount).end
            if end != bytes.byteCount { document.failure = "\(bytes.byteCount - end) bytes after the document" }
        } catch {
            document.failure = error.reason
        }
        return document
    }

    private mutating func walk(
        _ bytes: RawSpan, _ start: Int, depth: Int, limit: Int
    ) throws(Broken) -> (end: Int, texts: [String]) {
        guard let length = bytes.littleEndian(at: start, as: Int32.self), length >= 5, Int(length) <= limit - start
        else {
            throw Broken(reason: "a document at \(start) that is longer than what it lies in")
        }
        guard depth < 200 else { throw Broken(reason: "documents nested deeper than 200") }
        let end = start + Int(length)
        var position = start + 4
        var node = Node()
        var texts: [String] = []
        while position < end - 1 {
            left -= 1
            guard left > 0 else { throw Broken(reason: "more than a million values") }
            guard let kind = bytes.byte(at: position), let stop = bytes.firstIndex(of: 0, from: position + 1, to: end)
            else {
                throw Broken(reason: "a key without an end")
            }
            let key = String(
                decoding: bytes.copy(at: position + 1, count: min(256, stop - position - 1)) ?? [], as: UTF8.self)
            position = stop + 1
            switch kind {
            case 0x01, 0x09, 0x11, 0x12: position += 8
            case 0x08: position += 1
            case 0x0A, 0x06, 0x7F, 0xFF: break
            case 0x10: position += 4
            case 0x07: position += 12
            case 0x13: position += 16
            case 0x02, 0x0D, 0x0E:
                guard let count = bytes.littleEndian(at: position, as: Int32.self), count >= 1,
                    Int(count) <= end - position - 4
                else { throw Broken(reason: "a text longer than its document") }
                let text = String(
                    decoding: bytes.copy(at: position + 4, count: min(256, Int(count) - 1)) ?? [], as: UTF8.self)
                if key == "tag" { node.tag = text }
                texts.append(text)
                position += 4 + Int(count)
            case 0x05:
                guard let count = bytes.littleEndian(at: position, as: Int32.self), count >= 0,
                    Int(count) <= end - position - 5
                else { throw Broken(reason: "data longer than its document") }
                position += 5 + Int(count)
            case 0x03, 0x04:
                let (next, inner) = try walk(bytes, position, depth: depth + 1, limit: end)
                if kind == 0x04, key == "name" || key == "path" { node.path = inner.joined(separator: ".") }
                position = next
            default: throw Broken(reason: "a value of the kind \(kind)")
            }
        }
        guard position == end - 1, bytes.byte(at: position) == 0 else {
            throw Broken(reason: "a document at \(start) without its end")
        }
        if !node.tag.isEmpty { nodes.append(node) }
        return (end, texts)
    }
}
