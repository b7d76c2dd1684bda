/// Why a text is not the data it should be.
package struct DataFailure: Error, Hashable, Sendable {
    /// Counted from 1; 0 when no line can be named.
    package let line: Int
    /// What is wrong, in words.
    package let reason: String

    /// Makes a failure.
    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }
}

/// One value of a JSON, TOML or YAML text, with the line it begins on.
///
/// The three formats share this tree because lock files and manifests come in all three and say the same things.
package struct DataNode: Sendable {
    /// What the value is. Numbers, dates and other plain scalars stay the text they were.
    package enum Value: Sendable {
        /// A string.
        case text(String)
        /// A number, date or other scalar without quotes.
        case plain(String)
        /// `true` or `false`.
        case boolean(Bool)
        /// Nothing.
        case null
        /// A sequence.
        case list([DataNode])
        /// A mapping in the order of the text, duplicate keys included where the format allows them.
        case map([Member])
    }
    /// A key and its value.
    package struct Member: Sendable {
        /// The key.
        package let key: String
        /// Its value.
        package let value: DataNode

        /// Makes a member.
        package init(key: String, value: DataNode) {
            self.key = key
            self.value = value
        }
    }
    /// The value.
    package let value: Value
    /// Counted from 1.
    package let line: Int

    /// Makes a node.
    package init(_ value: Value, line: Int) {
        self.value = value
        self.line = line
    }

    /// Most values of one text.
    package static let valueLimit = 2_000_000

    /// The text of a string or plain scalar.
    package var string: String? {
        switch value {
        case .text(let text), .plain(let text): text
        default: nil
        }
    }
    /// An integer that fits.
    package var integer: Int? {
        guard case .plain(let text) = value else { return nil }
        return Int(text)
    }
    /// `true` or `false`.
    package var boolean: Bool? {
        guard case .boolean(let flag) = value else { return nil }
        return flag
    }
    /// The elements of a sequence; empty for other values.
    package var elements: [DataNode] {
        guard case .list(let elements) = value else { return [] }
        return elements
    }
    /// The members of a mapping; empty for other values.
    package var members: [Member] {
        guard case .map(let members) = value else { return [] }
        return members
    }
    /// Whether it is a mapping.
    package var isMap: Bool {
        if case .map = value { return true }
        return false
    }
    /// Whether it is a sequence.
    package var isList: Bool {
        if case .list = value { return true }
        return false
    }
    /// A string, or every string of a sequence: many keys take either.
    package var strings: [String] { string.map { [$0] } ?? elements.compactMap(\.string) }

    /// The last value of a key, as most parsers choose. O(members).
    package subscript(key: String) -> DataNode? {
        guard case .map(let members) = value else { return nil }
        let wanted = key.utf8
        return members.last { $0.key.utf8.elementsEqual(wanted) }?.value
    }

    /// The members by key, for many look-ups in a large mapping. O(members).
    package var index: [String: DataNode] {
        Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// The value at a path of keys.
    package subscript(path: String...) -> DataNode? {
        var node: DataNode? = self
        for key in path { node = node?[key] }
        return node
    }
}

extension DataNode {
    /// Reads JSON. O(n); bounded by ``valueLimit`` and a depth of 192.
    package static func json(_ bytes: [UInt8]) throws(DataFailure) -> DataNode {
        let lines = LineTable(bytes)
        do throws(JSONFailure) {
            let document = try JSONDocument.parse(ByteView(copying: bytes), valueLimit: valueLimit)
            return node(document.root, lines)
        } catch {
            throw DataFailure(line: lines.line(at: error.offset), reason: error.reason)
        }
    }

    private static func node(_ json: JSONValue, _ lines: LineTable) -> DataNode {
        let line = lines.line(at: json.offset)
        if json.isObject {
            var members: [Member] = []
            json.forEachMember { key, value in
                members.append(Member(key: key, value: node(value, lines)))
                return true
            }
            return DataNode(.map(members), line: line)
        }
        if json.isArray { return DataNode(.list(json.elements.map { node($0, lines) }), line: line) }
        if let text = json.string { return DataNode(.text(text), line: line) }
        if let flag = json.boolean { return DataNode(.boolean(flag), line: line) }
        if json.isNumber { return DataNode(.plain(String(decoding: json.source, as: UTF8.self)), line: line) }
        return DataNode(.null, line: line)
    }
}

/// Where lines begin.
package struct LineTable: Sendable {
    private var starts: [Int] = [0]

    /// O(n).
    package init(_ bytes: [UInt8]) {
        for (offset, byte) in bytes.enumerated() where byte == 0x0A { starts.append(offset + 1) }
    }

    /// The line that an offset lies on, counted from 1. O(log n).
    package func line(at offset: Int) -> Int {
        var (low, high) = (0, starts.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }
}
