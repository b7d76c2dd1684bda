/// A string attribute of an HDF5 object.
package struct HDF5Attribute: Sendable {
    /// Path of the object.
    package let object: String
    /// The attribute's name.
    package let name: String
    /// Its text.
    package let value: String
}

/// What an HDF5 file declares: string attributes and everything that reaches outside the file. No dataset is read.
///
/// Source: HDF5 File Format Specification 3.0, sections II–IV. Objects are walked through symbol tables and link
/// messages; dense storage (fractal heaps) is not followed and reported in ``notFollowed``.
package struct HDF5File: Sendable {
    /// String attributes, at most 4,096.
    package private(set) var attributes: [HDF5Attribute] = []
    /// Links to and storage in other files: file name and object.
    package private(set) var external: [(object: String, target: String)] = []
    /// What was not looked into.
    package private(set) var notFollowed: [String] = []
    /// Why reading stopped early.
    package private(set) var failure: String?

    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let objectLimit = 20_000
    private var visited: Set<Int> = []
    private var messageCount = 0

    private init() {}

    /// The offset of the superblock: 0 or a power of two from 512, as the specification allows up to 1 MiB here.
    package static func superblock(_ bytes: RawSpan) -> Int? {
        if bytes.hasBytes(signature) { return 0 }
        var offset = 512
        while offset <= 1 << 20, offset < bytes.byteCount {
            if bytes.hasBytes(signature, at: offset) { return offset }
            offset *= 2
        }
        return nil
    }

    /// Reads the file. O(objects + attributes).
    package static func read(_ bytes: RawSpan) -> HDF5File {
        var file = HDF5File()
        guard let start = superblock(bytes), let version = bytes.byte(at: start + 8) else {
            file.failure = "no superblock"
            return file
        }
        let base: Int
        let root: Int?
        switch version {
        case 0, 1:
            guard bytes.byte(at: start + 13) == 8, bytes.byte(at: start + 14) == 8 else {
                file.failure = "addresses that are not 8 bytes wide"
                return file
            }
            let extra = version == 1 ? 4 : 0
            base = address(bytes, start + 24 + extra) ?? 0
            root = address(bytes, start + 24 + extra + 32 + 8)
        case 2, 3:
            guard bytes.byte(at: start + 9) == 8, bytes.byte(at: start + 10) == 8 else {
                file.failure = "addresses that are not 8 bytes wide"
                return file
            }
            base = address(bytes, start + 12) ?? 0
            root = address(bytes, start + 36)
        default:
            file.failure = "superblock version \(version) is not known"
            return file
        }
        guard let root, base <= bytes.byteCount else {
            file.failure = "the root group has no address"
            return file
        }
        file.walk(bytes, root: root, base: base)
        return file
    }

    private static func address(_ bytes: RawSpan, _ offset: Int) -> Int? {
        bytes.littleEndian(at: offset, as: UInt64.self).flatMap { Int(exactly: $0) }
    }

    private mutating func walk(_ bytes: RawSpan, root: Int, base: Int) {
        var queue = [(path: "/", address: root)]
        while let object = queue.popLast() {
            let (at, overflow) = object.address.addingReportingOverflow(base)
            guard !overflow, at >= 0, at < bytes.byteCount else {
                failure = failure ?? "the object '\(object.path)' lies outside the file"
                continue
            }
            guard visited.insert(at).inserted else { continue }
            guard visited.count <= Self.objectLimit else {
                notFollowed.append("objects beyond the first \(Self.objectLimit)")
                return
            }
            var reader = HDF5ObjectReader(path: object.path, base: base)
            reader.read(bytes, at: at, messageCount: &messageCount)
            if attributes.count < 4096 { attributes += reader.attributes }
            external += reader.external.map { (object.path, $0) }
            for reason in reader.notFollowed where notFollowed.count < 64 {
                notFollowed.append("\(object.path): \(reason)")
            }
            if let reason = reader.failure { failure = failure ?? "\(object.path): \(reason)" }
            let prefix = object.path == "/" ? "/" : object.path + "/"
            queue += reader.children.map { (prefix + $0.name, $0.address) }
        }
    }
}

/// Reads one object header and what hangs on it.
private struct HDF5ObjectReader {
    let path: String
    let base: Int
    var attributes: [HDF5Attribute] = []
    var external: [String] = []
    var children: [(name: String, address: Int)] = []
    var notFollowed: [String] = []
    var failure: String?

    private static let messageLimit = 1_000_000
    private static let undefined = UInt64.max

    init(path: String, base: Int) {
        self.path = path
        self.base = base
    }

    mutating func read(_ bytes: RawSpan, at start: Int, messageCount: inout Int) {
        var blocks: [Range<Int>] = []
        let isNew = bytes.hasBytes("OHDR", at: start)
        var flags: UInt8 = 0
        if isNew {
            flags = bytes.byte(at: start + 5) ?? 0
            var position = start + 6
            if flags & 0x20 != 0 { position += 16 }
            if flags & 0x10 != 0 { position += 4 }
            let width = 1 << Int(flags & 3)
            guard let size = integer(bytes, position, width) else { return fail("a header that does not fit") }
            blocks = [clamp(bytes, position + width, size)]
        } else {
            guard bytes.byte(at: start) == 1, let size = bytes.littleEndian(at: start + 8, as: UInt32.self) else {
                return fail("no object header")
            }
            blocks = [clamp(bytes, start + 16, Int(size))]
        }
        var index = 0
        while index < blocks.count, index < 256 {
            messages(bytes, blocks[index], isNew: isNew, flags: flags, &blocks, &messageCount)
            index += 1
        }
    }

    private mutating func messages(
        _ bytes: RawSpan, _ block: Range<Int>, isNew: Bool, flags: UInt8, _ blocks: inout [Range<Int>],
        _ messageCount: inout Int
    ) {
        let header = isNew ? (flags & 4 != 0 ? 6 : 4) : 8
        var position = block.lowerBound
        while position + header <= block.upperBound {
            messageCount += 1
            guard messageCount < Self.messageLimit else { return fail("more than \(Self.messageLimit) messages") }
            let type =
                isNew ? bytes.byte(at: position).map(UInt16.init) : bytes.littleEndian(at: position, as: UInt16.self)
            let size = bytes.littleEndian(at: position + (isNew ? 1 : 2), as: UInt16.self)
            guard let type, let size, position + header + Int(size) <= block.upperBound else { return }
            let body = (position + header)..<(position + header + Int(size))
            message(bytes, type, body, isNew: isNew, &blocks)
            position = body.upperBound
        }
    }

    private mutating func message(
        _ bytes: RawSpan, _ type: UInt16, _ body: Range<Int>, isNew: Bool, _ blocks: inout [Range<Int>]
    ) {
        switch type {
        case 0x02: denseLinks(bytes, body)
        case 0x06: link(bytes, body)
        case 0x07: externalStorage(bytes, body)
        case 0x08: layout(bytes, body)
        case 0x0C: attribute(bytes, body)
        case 0x10:
            guard let offset = position(bytes, body.lowerBound), let length = integer(bytes, body.lowerBound + 8, 8)
            else {
                return
            }
            let next = isNew ? clamp(bytes, offset + 4, length - 8) : clamp(bytes, offset, length)
            if !blocks.contains(next) { blocks.append(next) }
        case 0x11:
            if let tree = position(bytes, body.lowerBound), let heap = position(bytes, body.lowerBound + 8) {
                symbolTable(bytes, tree: tree, heap: heap)
            }
        case 0x15: denseAttributes(bytes, body)
        default: break
        }
    }

    // MARK: Attributes

    private mutating func attribute(_ bytes: RawSpan, _ body: Range<Int>) {
        let start = body.lowerBound
        guard let version = bytes.byte(at: start), let nameSize = bytes.littleEndian(at: start + 2, as: UInt16.self),
            let typeSize = bytes.littleEndian(at: start + 4, as: UInt16.self),
            let spaceSize = bytes.littleEndian(at: start + 6, as: UInt16.self)
        else { return }
        func padded(_ size: UInt16) -> Int { version == 1 ? (Int(size) + 7) & ~7 : Int(size) }
        let nameStart = start + (version == 3 ? 9 : 8)
        let typeStart = nameStart + padded(nameSize)
        let data = typeStart + padded(typeSize) + padded(spaceSize)
        guard data <= body.upperBound else { return }
        let name = bytes.text(nameStart..<(nameStart + max(0, Int(nameSize) - 1)), limit: 256)
        for value in strings(bytes, typeStart, data..<body.upperBound) where attributes.count < 1024 {
            attributes.append(HDF5Attribute(object: path, name: name, value: value))
        }
    }

    /// Fixed-length strings, or variable-length ones in the global heap; nothing for other types.
    private func strings(_ bytes: RawSpan, _ type: Int, _ data: Range<Int>) -> [String] {
        guard let first = bytes.byte(at: type), let bits = bytes.byte(at: type + 1),
            let size = bytes.littleEndian(at: type + 4, as: UInt32.self)
        else { return [] }
        switch first & 0x0F {
        case 3:
            let raw =
                bytes.copy(at: data.lowerBound, count: min(data.count, max(0, Int(size) == 0 ? 0 : data.count))) ?? []
            return [String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)]
        case 9 where bits & 0x0F == 1:
            var result: [String] = []
            var position = data.lowerBound
            while position + 16 <= data.upperBound, result.count < 1024 {
                if let text = heapString(bytes, position) { result.append(text) }
                position += 16
            }
            return result
        default: return []
        }
    }

    private func heapString(_ bytes: RawSpan, _ reference: Int) -> String? {
        guard let length = bytes.littleEndian(at: reference, as: UInt32.self),
            let collection = position(bytes, reference + 4),
            let index = bytes.littleEndian(at: reference + 12, as: UInt32.self), bytes.hasBytes("GCOL", at: collection),
            let size = integer(bytes, collection + 8, 8)
        else { return nil }
        var cursor = collection + 16
        let end = min(bytes.byteCount, clamp(bytes, collection, size).upperBound)
        while cursor + 16 <= end {
            guard let number = bytes.littleEndian(at: cursor, as: UInt16.self), number != 0,
                let count = integer(bytes, cursor + 8, 8), bytes.contains(offset: cursor + 16, count: count)
            else { return nil }
            if UInt32(number) == index { return bytes.text(at: cursor + 16, count: min(count, Int(length))) }
            cursor += 16 + (count + 7) & ~7
        }
        return nil
    }

    private mutating func denseAttributes(_ bytes: RawSpan, _ body: Range<Int>) {
        let flags = bytes.byte(at: body.lowerBound + 1) ?? 0
        let heap = body.lowerBound + 2 + (flags & 1 != 0 ? 2 : 0)
        if let stored = bytes.littleEndian(at: heap, as: UInt64.self), stored != Self.undefined {
            notFollowed.append("attributes in dense storage")
        }
    }

    // MARK: Links

    private mutating func denseLinks(_ bytes: RawSpan, _ body: Range<Int>) {
        let flags = bytes.byte(at: body.lowerBound + 1) ?? 0
        let heap = body.lowerBound + 2 + (flags & 1 != 0 ? 8 : 0)
        if let stored = bytes.littleEndian(at: heap, as: UInt64.self), stored != Self.undefined {
            notFollowed.append("links in dense storage")
        }
    }

    private mutating func link(_ bytes: RawSpan, _ body: Range<Int>) {
        guard let flags = bytes.byte(at: body.lowerBound + 1) else { return }
        var cursor = body.lowerBound + 2
        var type: UInt8 = 0
        if flags & 8 != 0 {
            type = bytes.byte(at: cursor) ?? 0
            cursor += 1
        }
        if flags & 4 != 0 { cursor += 8 }
        if flags & 16 != 0 { cursor += 1 }
        let width = 1 << Int(flags & 3)
        guard let length = integer(bytes, cursor, width), cursor + width + length <= body.upperBound else { return }
        let name = bytes.text((cursor + width)..<(cursor + width + length), limit: 1024)
        cursor += width + length
        if type == 0, let address = integer(bytes, cursor, 8) {
            children.append((name, address))
        } else if type == 64, let size = bytes.littleEndian(at: cursor, as: UInt16.self) {
            let low = cursor + 3
            external.append("link '\(name)' to file '\(text(bytes, low, cursor + 2 + Int(size)))'")
        }
    }

    private mutating func symbolTable(_ bytes: RawSpan, tree: Int, heap: Int) {
        guard bytes.hasBytes("HEAP", at: heap), let names = position(bytes, heap + 24) else { return }
        var queue = [tree]
        var seen: Set<Int> = []
        while let node = queue.popLast(), seen.count < 100_000 {
            guard seen.insert(node).inserted else { continue }
            if bytes.hasBytes("SNOD", at: node) {
                symbols(bytes, node, names)
            } else if bytes.hasBytes("TREE", at: node), let used = bytes.littleEndian(at: node + 6, as: UInt16.self) {
                for index in 0..<Int(used) {
                    if let child = position(bytes, node + 24 + 8 + 16 * index) { queue.append(child) }
                }
            }
        }
    }

    private mutating func symbols(_ bytes: RawSpan, _ node: Int, _ names: Int) {
        for index in 0..<Int(bytes.littleEndian(at: node + 6, as: UInt16.self) ?? 0) {
            let entry = node + 8 + 40 * index
            guard let nameOffset = integer(bytes, entry, 8), let address = integer(bytes, entry + 8, 8),
                let kind = bytes.littleEndian(at: entry + 16, as: UInt32.self)
            else { return }
            let (start, overflow) = names.addingReportingOverflow(nameOffset)
            if kind != 2, !overflow {
                children.append((text(bytes, start, start + min(1024, bytes.byteCount)), address))
            }
        }
    }

    // MARK: Storage elsewhere

    private mutating func externalStorage(_ bytes: RawSpan, _ body: Range<Int>) {
        guard let heap = position(bytes, body.lowerBound + 8), bytes.hasBytes("HEAP", at: heap),
            let names = position(bytes, heap + 24),
            let used = bytes.littleEndian(at: body.lowerBound + 6, as: UInt16.self)
        else {
            external.append("external storage")
            return
        }
        for index in 0..<min(64, Int(used)) {
            guard let offset = integer(bytes, body.lowerBound + 16 + 24 * index, 8) else { return }
            let (start, overflow) = names.addingReportingOverflow(offset)
            if !overflow { external.append("data in file '\(text(bytes, start, start + min(1024, bytes.byteCount)))'") }
        }
    }

    private mutating func layout(_ bytes: RawSpan, _ body: Range<Int>) {
        guard let version = bytes.byte(at: body.lowerBound), version >= 3 else { return }
        if bytes.byte(at: body.lowerBound + 1) == 3 { external.append("a virtual dataset over other files") }
    }

    // MARK: Reading

    private mutating func fail(_ reason: String) { failure = failure ?? reason }

    private func integer(_ bytes: RawSpan, _ offset: Int, _ width: Int) -> Int? {
        switch width {
        case 1: bytes.byte(at: offset).map(Int.init)
        case 2: bytes.littleEndian(at: offset, as: UInt16.self).map(Int.init)
        case 4: bytes.littleEndian(at: offset, as: UInt32.self).map(Int.init)
        default:
            bytes.littleEndian(at: offset, as: UInt64.self).flatMap { Int(exactly: $0) }.flatMap {
                $0 < 1 << 48 ? $0 : nil
            }
        }
    }

    /// An address in the file, relative to the base.
    private func position(_ bytes: RawSpan, _ offset: Int) -> Int? {
        guard let value = integer(bytes, offset, 8), value < bytes.byteCount else { return nil }
        return value + base
    }

    private func clamp(_ bytes: RawSpan, _ start: Int, _ count: Int) -> Range<Int> {
        let low = min(max(0, start), bytes.byteCount)
        return low..<(low + min(max(0, count), bytes.byteCount - low))
    }

    /// Zero-terminated text.
    private func text(_ bytes: RawSpan, _ start: Int, _ limit: Int) -> String {
        let end = min(limit, bytes.byteCount)
        guard start >= 0, start < end else { return "" }
        let stop = bytes.firstIndex(of: 0, from: start, to: end) ?? end
        return bytes.text(start..<stop, limit: 1024)
    }
}
