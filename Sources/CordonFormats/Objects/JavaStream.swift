/// Classes in a stream of Java's object serialization (Java Object Serialization Specification, chapter 6, protocol version 2).
///
/// Objects are walked, not made. What `writeExternal` wrote without block data has no published form; the walk ends there.
package struct JavaStream: Sendable {
    /// Class names in order of their first description.
    package private(set) var classes: [String] = []
    /// Texts, cut after 256 bytes each, at most 2,000.
    package private(set) var texts: [String] = []
    /// What does not fit; `nil` for a stream that was walked to its end.
    package private(set) var failure: String?
    /// Whether the walk ended at something whose form is the class's own.
    package private(set) var isCut = false

    private struct Class {
        var name = ""
        var flags: UInt8 = 0
        var fields: [UInt8] = []
        var parent: Int?
    }
    private var known: [Class] = []
    /// What handles stand for: the index of a class, or nothing of interest.
    private var handles: [Int?] = []
    private var position = 4
    private var depth = 0

    private enum Stop: Error { case broken(String), opaque }

    /// Whether the bytes begin with the stream's magic and version.
    package static func matches(_ bytes: RawSpan) -> Bool { bytes.hasBytes([0xAC, 0xED, 0x00, 0x05]) }

    /// Walks a stream.
    ///
    /// - Complexity: O(n), nesting at most 300.
    package static func read(_ bytes: RawSpan) -> JavaStream {
        var stream = JavaStream()
        do throws(Stop) {
            while stream.position < bytes.byteCount { try stream.content(bytes) }
        } catch {
            switch error {
            case .broken(let reason): stream.failure = reason
            case .opaque: stream.isCut = true
            }
        }
        return stream
    }

    private mutating func byte(_ bytes: RawSpan) throws(Stop) -> UInt8 {
        guard let byte = bytes.byte(at: position) else { throw .broken("it ends early") }
        position += 1
        return byte
    }

    private mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ bytes: RawSpan, _ type: T.Type) throws(Stop)
        -> T
    {
        guard let value = bytes.bigEndian(at: position, as: type) else { throw .broken("it ends early") }
        position += MemoryLayout<T>.size
        return value
    }

    private mutating func skip(_ count: Int, _ bytes: RawSpan, _ what: String) throws(Stop) {
        guard count >= 0, count <= bytes.byteCount - position else { throw .broken("\(what) of \(count) bytes") }
        position += count
    }

    private mutating func text(_ bytes: RawSpan, isLong: Bool = false) throws(Stop) -> String {
        let count = isLong ? Int(clamping: try integer(bytes, UInt64.self)) : Int(try integer(bytes, UInt16.self))
        let start = position
        try skip(count, bytes, "a text")
        return String(decoding: bytes.copy(at: start, count: min(256, count)) ?? [], as: UTF8.self)
    }

    /// One object or block of data. Returns the index of a class where it is one.
    @discardableResult
    private mutating func content(_ bytes: RawSpan) throws(Stop) -> Int? {
        guard depth < 300 else { throw .broken("objects nested deeper than 300") }
        depth += 1
        defer { depth -= 1 }
        let tag = try byte(bytes)
        switch tag {
        case 0x70, 0x79: return nil
        case 0x71:
            let handle = Int(try integer(bytes, UInt32.self)) - 0x7E_0000
            guard handles.indices.contains(handle) else { throw .broken("a reference to something that is not there") }
            return handles[handle]
        case 0x72, 0x7D: return try description(tag, bytes)
        case 0x73:
            let type = try classDescription(bytes)
            handles.append(nil)
            if let type { try values(of: type, bytes) }
            return nil
        case 0x74, 0x7C:
            handles.append(nil)
            let found = try text(bytes, isLong: tag == 0x7C)
            if texts.count < 2000 { texts.append(found) }
            return nil
        case 0x75: try array(bytes); return nil
        case 0x76:
            try classDescription(bytes)
            handles.append(nil)
            return nil
        case 0x77: try skip(Int(try byte(bytes)), bytes, "a block"); return nil
        case 0x7A: try skip(Int(try integer(bytes, Int32.self)), bytes, "a block"); return nil
        case 0x7B:
            handles.removeAll()
            return nil
        case 0x7E:
            try classDescription(bytes)
            handles.append(nil)
            try content(bytes)
            return nil
        default: throw .broken("the mark \(tag) at \(position - 1)")
        }
    }

    @discardableResult
    private mutating func classDescription(_ bytes: RawSpan) throws(Stop) -> Int? {
        guard let tag = bytes.byte(at: position), [0x70, 0x71, 0x72, 0x7D].contains(tag) else {
            throw .broken("no description of a class at \(position)")
        }
        return try content(bytes)
    }

    private mutating func description(_ tag: UInt8, _ bytes: RawSpan) throws(Stop) -> Int {
        var type = Class()
        if tag == 0x7D {
            handles.append(known.count)
            type.name = "a proxy"
            let count = Int(try integer(bytes, UInt32.self))
            for _ in 0..<min(count, 65_536) { classes.append(try text(bytes)) }
            type.flags = 2
        } else {
            type.name = try text(bytes)
            classes.append(type.name)
            try skip(8, bytes, "a version")
            handles.append(known.count)
            type.flags = try byte(bytes)
        }
        let index = known.count
        known.append(type)
        if tag != 0x7D {
            for _ in 0..<Int(try integer(bytes, UInt16.self)) {
                let code = try byte(bytes)
                guard "BCDFIJSZ[L".utf8.contains(code) else { throw .broken("a field of the kind \(code)") }
                _ = try text(bytes)
                if code == 0x5B || code == 0x4C { try content(bytes) }
                known[index].fields.append(code)
            }
        }
        try annotation(bytes)
        known[index].parent = try classDescription(bytes)
        return index
    }

    private mutating func annotation(_ bytes: RawSpan) throws(Stop) {
        while true {
            guard let tag = bytes.byte(at: position) else { throw .broken("it ends early") }
            if tag == 0x78 {
                position += 1
                return
            }
            try content(bytes)
        }
    }

    private mutating func values(of type: Int, _ bytes: RawSpan) throws(Stop) {
        var line: [Int] = []
        var current: Int? = type
        while let index = current, known.indices.contains(index), line.count < 100 {
            line.append(index)
            current = known[index].parent
        }
        for index in line.reversed() {
            let flags = known[index].flags
            if flags & 0x04 != 0 {
                guard flags & 0x08 != 0 else { throw .opaque }
                try annotation(bytes)
            } else if flags & 0x02 != 0 {
                for code in known[index].fields { try value(code, bytes) }
                if flags & 0x01 != 0 { try annotation(bytes) }
            }
        }
    }

    private mutating func value(_ code: UInt8, _ bytes: RawSpan) throws(Stop) {
        switch code {
        case 0x42, 0x5A: try skip(1, bytes, "a value")
        case 0x43, 0x53: try skip(2, bytes, "a value")
        case 0x46, 0x49: try skip(4, bytes, "a value")
        case 0x44, 0x4A: try skip(8, bytes, "a value")
        default: try content(bytes)
        }
    }

    private mutating func array(_ bytes: RawSpan) throws(Stop) {
        let type = try classDescription(bytes)
        handles.append(nil)
        let count = Int(try integer(bytes, Int32.self))
        guard count >= 0, count <= bytes.byteCount else { throw .broken("an array of \(count) values") }
        let name = type.flatMap { known.indices.contains($0) ? known[$0].name : nil } ?? ""
        let code = name.utf8.dropFirst().first ?? 0x4C
        if code == 0x4C || code == 0x5B {
            for _ in 0..<count { try content(bytes) }
        } else {
            let width = [0x42: 1, 0x5A: 1, 0x43: 2, 0x53: 2, 0x46: 4, 0x49: 4, 0x44: 8, 0x4A: 8][Int(code)] ?? 1
            try skip(count * width, bytes, "an array")
        }
    }
}
