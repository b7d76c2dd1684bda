/// What a Torch7 file holds beside numbers: classes and functions (torch7, `File.lua` and `lib/TH`; binary form, 64-bit longs).
package struct Torch7Archive: Sendable {
    /// Functions, whose content is Lua or LuaJIT bytecode: offset of each.
    package private(set) var functions: [Int] = []
    /// Class names.
    package private(set) var classes: [String] = []
    /// What does not fit.
    package private(set) var failure: String?
    /// Whether the walk ended at an object whose form is its class's own.
    package private(set) var isCut = false

    private var position = 0
    private var depth = 0
    private var left = 1_000_000

    private enum Stop: Error { case broken(String), opaque }

    /// Whether the bytes begin like a table, a Torch object or a function.
    package static func matches(_ bytes: RawSpan) -> Bool {
        guard let type = bytes.littleEndian(at: 0, as: Int32.self), (3...8).contains(type), type != 5,
            let index = bytes.littleEndian(at: 4, as: Int32.self), index == 1
        else { return false }
        if type == 4 { return bytes.hasBytes("V ", at: 12) && (bytes.littleEndian(at: 8, as: Int32.self) ?? 0) < 8 }
        if type == 3 {
            guard let count = bytes.littleEndian(at: 8, as: Int32.self), count >= 0,
                let key = bytes.littleEndian(at: 12, as: Int32.self)
            else { return false }
            return count > 0 && (key == 1 || key == 2)
        }
        return bytes.hasBytes([0x1B, 0x4C], at: 12)
    }

    /// Walks the file. O(n).
    package static func read(_ bytes: RawSpan) -> Torch7Archive {
        var archive = Torch7Archive()
        do throws(Stop) {
            try archive.value(bytes)
        } catch {
            switch error {
            case .broken(let reason): archive.failure = reason
            case .opaque: archive.isCut = true
            }
        }
        return archive
    }

    private mutating func integer(_ bytes: RawSpan) throws(Stop) -> Int {
        guard let value = bytes.littleEndian(at: position, as: Int32.self) else { throw .broken("it ends early") }
        position += 4
        return Int(value)
    }

    private mutating func text(_ bytes: RawSpan, _ what: String) throws(Stop) -> String {
        let count = try integer(bytes)
        guard count >= 0, bytes.contains(offset: position, count: count) else {
            throw .broken("\(what) of \(count) bytes")
        }
        defer { position += count }
        return String(decoding: bytes.copy(at: position, count: min(count, 256)) ?? [], as: UTF8.self)
    }

    private var seen: Set<Int> = []

    private mutating func value(_ bytes: RawSpan) throws(Stop) {
        guard depth < 200 else { throw .broken("tables nested deeper than 200") }
        left -= 1
        guard left > 0 else { throw .opaque }
        depth += 1
        defer { depth -= 1 }
        let type = try integer(bytes)
        switch type {
        case 0: return
        case 1: position += 8
        case 5: position += 4
        case 2: _ = try text(bytes, "a text")
        case 3:
            guard seen.insert(try integer(bytes)).inserted else { return }
            let count = try integer(bytes)
            guard count >= 0, count <= bytes.byteCount / 8 else { throw .broken("a table of \(count) entries") }
            for _ in 0..<count {
                try value(bytes)
                try value(bytes)
            }
        case 4:
            guard seen.insert(try integer(bytes)).inserted else { return }
            var name = try text(bytes, "a version")
            if name.hasPrefix("V ") { name = try text(bytes, "a class name") }
            classes.append(name)
            if name.hasPrefix("torch.") {
                try tensor(name, bytes)
            } else {
                try value(bytes)
            }
        case 6, 7, 8:
            guard seen.insert(try integer(bytes)).inserted else { return }
            functions.append(position)
            _ = try text(bytes, "a function")
            try value(bytes)
        default: throw .broken("a value of the kind \(type)")
        }
        guard position <= bytes.byteCount else { throw .broken("it ends early") }
    }

    private mutating func tensor(_ name: String, _ bytes: RawSpan) throws(Stop) {
        let widths = [
            "Double": 8, "Float": 4, "Long": 8, "Int": 4, "Short": 2, "Byte": 1, "Char": 1, "Half": 2, "Cuda": 4,
        ]
        if name.hasSuffix("Tensor") {
            let dimensions = try integer(bytes)
            guard (0...64).contains(dimensions) else { throw .broken("a tensor of \(dimensions) dimensions") }
            position += 16 * dimensions + 8
            guard position <= bytes.byteCount else { throw .broken("it ends early") }
            return try value(bytes)
        }
        guard name.hasSuffix("Storage"), let width = widths.first(where: { name.contains($0.key) })?.value,
            let count = bytes.littleEndian(at: position, as: Int64.self)
        else { throw .opaque }
        position += 8
        guard count >= 0, count <= Int64(bytes.byteCount), bytes.contains(offset: position, count: Int(count) * width)
        else {
            throw .broken("a storage of \(count) values")
        }
        position += Int(count) * width
    }
}
