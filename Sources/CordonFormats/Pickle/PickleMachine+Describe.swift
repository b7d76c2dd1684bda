internal import CordonCore

/// Reads values back from the bytes: names for STACK_GLOBAL, arguments for people.
extension PickleMachine {
    private static let textLimit = 4096

    /// Where a binary string's UTF-8 lies; `nil` for the text opcodes, whose escapes need decoding.
    func plainRange(of value: PickleValue, in bytes: RawSpan) -> Range<Int>? {
        guard value.kind == .string, let opcode = bytes.byte(at: value.payload) else { return nil }
        return opcode == UInt8(ascii: "S") || opcode == UInt8(ascii: "V") ? nil : content(of: value, in: bytes)
    }

    /// Where the content of a string or bytes value lies.
    func range(of value: PickleValue, in bytes: RawSpan) -> Range<Int>? {
        value.kind == .string || value.kind == .bytes ? content(of: value, in: bytes) : nil
    }

    private func content(of value: PickleValue, in bytes: RawSpan) -> Range<Int>? {
        let start = value.payload + 1
        guard let opcode = bytes.byte(at: value.payload) else { return nil }
        let (width, count): (Int, Int?)
        switch opcode {
        case 0x8C, UInt8(ascii: "U"), UInt8(ascii: "C"): (width, count) = (1, bytes.byte(at: start).map(Int.init))
        case UInt8(ascii: "X"), UInt8(ascii: "T"), UInt8(ascii: "B"):
            (width, count) = (4, bytes.littleEndian(at: start, as: UInt32.self).map(Int.init))
        case 0x8D, 0x8E, 0x96:
            (width, count) = (8, bytes.littleEndian(at: start, as: UInt64.self).flatMap { Int(exactly: $0) })
        default:
            guard let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start, to: bytes.byteCount) else {
                return nil
            }
            return start..<end
        }
        guard let count, bytes.contains(offset: start + width, count: count) else { return nil }
        return (start + width)..<(start + width + count)
    }

    /// The text of a string or bytes value of at most 4,096 bytes; `nil` for anything computed.
    func text(of value: PickleValue, in bytes: RawSpan) -> String? {
        guard value.kind == .string || value.kind == .bytes, let range = content(of: value, in: bytes),
            range.count <= Self.textLimit, let raw = bytes.copy(at: range.lowerBound, count: range.count)
        else { return nil }
        switch bytes.byte(at: value.payload) {
        case UInt8(ascii: "V"): return PickleText.rawUnicodeEscape(raw)
        case UInt8(ascii: "S"): return PickleText.stringEscape(raw)
        default: return String(decoding: raw, as: UTF8.self)
        }
    }

    /// The arguments of a call in parentheses, cut to about 160 characters.
    func describeArguments(_ arguments: PickleValue, _ bytes: RawSpan) -> String {
        if arguments.kind == .node, nodes[arguments.payload].kind == .tuple {
            let text = describe(arguments, bytes)
            return nodes[arguments.payload].kept == 1 ? text.replacingSuffix(",)", with: ")") : text
        }
        return "(*" + describe(arguments, bytes) + ")"
    }

    /// One value for people, cut.
    func describe(_ value: PickleValue, _ bytes: RawSpan) -> String {
        var room = 160
        return describe(value, bytes, depth: 3, &room)
    }

    private func describe(_ value: PickleValue, _ bytes: RawSpan, depth: Int, _ room: inout Int) -> String {
        guard room > 0 else { return "…" }
        let text: String
        switch value.kind {
        case .opaque: text = "?"
        case .persistent: text = "<persistent>"
        case .integer: text = String(value.integerValue ?? 0)
        case .imported: text = PrintableText.quoting(trace.imports[value.payload].fullName, limit: 80)
        case .string: text = quoted(shortText(value, bytes))
        case .bytes: text = "b" + quoted(shortText(value, bytes))
        case .node: return describeNode(value, bytes, depth: depth, &room)
        }
        room -= text.utf8.count
        return text
    }

    private func quoted(_ text: String) -> String {
        let quote = text.contains("'") ? "\"" : "'"
        return quote + text + quote
    }

    private func shortText(_ value: PickleValue, _ bytes: RawSpan) -> String {
        guard let range = content(of: value, in: bytes) else { return "?" }
        if range.count <= Self.textLimit, let text = text(of: value, in: bytes) {
            return PrintableText.quoting(text, limit: 72)
        }
        let head = bytes.copy(at: range.lowerBound, count: min(range.count, 48)) ?? []
        return PrintableText.quoting(bytes: head, limit: 48) + "…"
    }

    private func describeNode(_ value: PickleValue, _ bytes: RawSpan, depth: Int, _ room: inout Int) -> String {
        let node = nodes[value.payload]
        guard depth > 0 else { return "…" }
        if node.kind == .called || node.kind == .instantiated {
            let callee = describe(node.callee, bytes, depth: depth - 1, &room)
            let argument = keptItems(of: value).first ?? .opaque
            return callee + describe(argument, bytes, depth: depth - 1, &room)
        }
        let (open, close) = brackets(node.kind)
        var parts: [String] = []
        for item in keptItems(of: value).prefix(8) where room > 0 {
            parts.append(describe(item, bytes, depth: depth - 1, &room))
        }
        if Int(node.kept) > parts.count { parts.append("…") }
        let single = node.kind == .tuple && parts.count == 1 ? "," : ""
        return open + parts.joined(separator: ", ") + single + close
    }

    private func brackets(_ kind: PickleNode.Kind) -> (String, String) {
        switch kind {
        case .list: ("[", "]")
        case .dictionary, .set: ("{", "}")
        default: ("(", ")")
        }
    }
}

extension String {
    fileprivate func replacingSuffix(_ suffix: String, with replacement: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) + replacement : self
    }
}
