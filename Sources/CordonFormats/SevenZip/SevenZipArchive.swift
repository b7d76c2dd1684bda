/// The headers of a 7z archive (7-Zip, "7zFormat.txt"), every number checked against the file.
package struct SevenZipArchive: Sendable {
    /// One method of a chain.
    package struct Coder: Sendable {
        /// The method's id, for example `[3, 1, 1]` for LZMA.
        package let id: [UInt8]
        /// Its properties.
        package let properties: [UInt8]
        /// Whether it has one input and one output.
        package let isSimple: Bool
    }

    /// A packed stream, which holds the contents of one file after the other.
    package struct Folder: Sendable {
        /// In the order of decoding.
        package var coders: [Coder] = []
        /// Whether the coders form a plain chain over one packed stream.
        package var isChain = true
        /// Where the packed stream lies in the file.
        package var packed: Range<Int> = 0..<0
        /// Bytes that come out.
        package var size = 0
        /// Sizes of the files in it.
        package var parts: [Int] = []

        /// Whether a coder is AES-256.
        package var isEncrypted: Bool { coders.contains { $0.id == [6, 0xF1, 7, 1] } }
    }

    /// A file or folder of the archive.
    package struct Entry: Sendable {
        /// The name, UTF-16 decoded.
        package let name: String
        /// Unix mode from the attributes; `nil` without one.
        package let mode: Int?
        /// Whether it has content.
        package let hasContent: Bool
    }

    /// Streams in the order of the file.
    package var folders: [Folder] = []
    /// Files in the order of the header.
    package var entries: [Entry] = []

    /// What can be told before the header is unpacked.
    package enum Start: Sendable {
        /// The header's bytes.
        case header(Range<Int>)
        /// What is wrong.
        case broken(String)
    }

    /// Whether the bytes begin like a 7z archive.
    package static func matches(_ bytes: RawSpan) -> Bool { bytes.hasBytes([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]) }

    /// Finds the header and compares the checksums.
    package static func start(_ bytes: RawSpan) -> Start {
        guard let checksum = bytes.littleEndian(at: 8, as: UInt32.self),
            let offset = bytes.littleEndian(at: 12, as: UInt64.self),
            let size = bytes.littleEndian(at: 20, as: UInt64.self),
            let headerChecksum = bytes.littleEndian(at: 28, as: UInt32.self)
        else { return .broken("the file ends in the first header") }
        if checksum != CRC32.checksum(bytes.extracting(12..<32)) {
            return .broken("the checksum of the first header is wrong")
        }
        guard offset <= UInt64(bytes.byteCount), size <= UInt64(bytes.byteCount),
            bytes.contains(offset: 32 + Int(offset), count: Int(size))
        else { return .broken("the header lies at \(offset), outside of the file") }
        let range = 32 + Int(offset)..<32 + Int(offset) + Int(size)
        if CRC32.checksum(bytes.extracting(range)) != headerChecksum {
            return .broken("the checksum of the header is wrong")
        }
        return .header(range)
    }

    /// Reads a header: the archive's own, or, where that is packed, how to unpack it.
    ///
    /// - Parameters:
    ///   - fileSize: bytes of the archive.
    ///   - memberLimit: most files.
    /// - Returns: the archive, or `nil` with `packed` set to the stream that holds the real header.
    /// - Throws: what does not fit.
    /// - Complexity: O(header).
    package static func read(
        _ header: RawSpan, fileSize: Int, memberLimit: Int
    ) throws(SevenZipFailure) -> (archive: SevenZipArchive, isPacked: Bool) {
        var reader = SevenZipReader(count: header.byteCount, fileSize: fileSize, memberLimit: memberLimit)
        var archive = SevenZipArchive()
        switch try reader.number(header) {
        case 0x17:
            archive.folders = try reader.streams(header)
            return (archive, true)
        case 0x01:
            try reader.header(header, &archive)
            return (archive, false)
        default: throw SevenZipFailure(reason: "the header has an unknown kind")
        }
    }
}

/// Why a 7z header cannot be read.
package struct SevenZipFailure: Error {
    /// What does not fit, in words.
    package let reason: String

    /// - Parameter reason: what does not fit, in words.
    package init(reason: String) { self.reason = reason }
}

/// Reads the parts of a header one after the other.
private struct SevenZipReader {
    let count: Int
    let fileSize: Int
    let memberLimit: Int
    var position = 0

    init(count: Int, fileSize: Int, memberLimit: Int) {
        self.count = count
        self.fileSize = fileSize
        self.memberLimit = memberLimit
    }

    mutating func byte(_ bytes: RawSpan) throws(SevenZipFailure) -> UInt8 {
        guard let byte = bytes.byte(at: position) else { throw SevenZipFailure(reason: "the header ends early") }
        position += 1
        return byte
    }

    /// The first byte's leading ones count the bytes that follow, least significant first.
    mutating func number(_ bytes: RawSpan) throws(SevenZipFailure) -> Int {
        let first = try byte(bytes)
        var value: UInt64 = 0
        var mask: UInt8 = 0x80
        for index in 0..<8 {
            if first & mask == 0 {
                value |= UInt64(first & (mask &- 1)) << (8 * UInt64(index))
                break
            }
            value |= UInt64(try byte(bytes)) << (8 * UInt64(index))
            mask >>= 1
        }
        guard value < 1 << 62 else { throw SevenZipFailure(reason: "a number of \(value)") }
        return Int(value)
    }

    /// A number of things that take a byte each at least.
    mutating func amount(_ bytes: RawSpan, _ what: String) throws(SevenZipFailure) -> Int {
        let number = try number(bytes)
        guard number <= max(count, memberLimit) else { throw SevenZipFailure(reason: "\(number) \(what)") }
        return number
    }

    mutating func skip(_ number: Int, _ bytes: RawSpan) throws(SevenZipFailure) {
        guard number >= 0, number <= count - position else { throw SevenZipFailure(reason: "the header ends early") }
        position += number
    }

    mutating func bits(_ number: Int, _ bytes: RawSpan) throws(SevenZipFailure) -> [Bool] {
        var result: [Bool] = []
        var current: UInt8 = 0, mask: UInt8 = 0
        for _ in 0..<number {
            if mask == 0 { (current, mask) = (try byte(bytes), 0x80) }
            result.append(current & mask != 0)
            mask >>= 1
        }
        return result
    }

    mutating func digests(_ number: Int, _ bytes: RawSpan) throws(SevenZipFailure) {
        let defined = try byte(bytes) != 0 ? number : try bits(number, bytes).count { $0 }
        try skip(4 * defined, bytes)
    }

    mutating func header(_ bytes: RawSpan, _ archive: inout SevenZipArchive) throws(SevenZipFailure) {
        while true {
            switch try number(bytes) {
            case 0x00: return
            case 0x02:
                while try number(bytes) != 0 { try skip(try number(bytes), bytes) }
            case 0x03: _ = try streams(bytes)
            case 0x04: archive.folders = try streams(bytes)
            case 0x05: archive.entries = try files(bytes)
            default: throw SevenZipFailure(reason: "the header has an unknown part")
            }
        }
    }

    // MARK: Streams

    mutating func streams(_ bytes: RawSpan) throws(SevenZipFailure) -> [SevenZipArchive.Folder] {
        var start = 0
        var sizes: [Int] = []
        var folders: [SevenZipArchive.Folder] = []
        var packedCounts: [Int] = []
        var known: [Bool] = []
        while true {
            switch try number(bytes) {
            case 0x00:
                try place(&folders, start, sizes, packedCounts)
                for index in folders.indices where folders[index].parts.isEmpty && known[index] {
                    folders[index].parts = [folders[index].size]
                }
                return folders
            case 0x06: (start, sizes) = try packInfo(bytes)
            case 0x07:
                (folders, packedCounts) = try unpackInfo(bytes)
                known = Array(repeating: true, count: folders.count)
            case 0x08: try subStreams(bytes, &folders, &known)
            default: throw SevenZipFailure(reason: "streams have an unknown part")
            }
        }
    }

    private func place(
        _ folders: inout [SevenZipArchive.Folder], _ start: Int, _ sizes: [Int], _ counts: [Int]
    ) throws(SevenZipFailure) {
        var offset = 32 + start
        var next = 0
        for index in folders.indices {
            let own = sizes.dropFirst(next).prefix(counts[index])
            guard own.count == counts[index] else { throw SevenZipFailure(reason: "a stream is missing") }
            next += own.count
            let length = own.reduce(0) { min($0 + $1, 1 << 62) }
            guard offset <= fileSize, length <= fileSize - offset else {
                throw SevenZipFailure(reason: "a stream of \(length) bytes at \(offset) lies outside of the file")
            }
            folders[index].packed = offset..<offset + length
            if own.count != 1 { folders[index].isChain = false }
            offset += length
        }
    }

    private mutating func packInfo(_ bytes: RawSpan) throws(SevenZipFailure) -> (Int, [Int]) {
        let start = try number(bytes), streams = try amount(bytes, "streams")
        guard start <= fileSize else { throw SevenZipFailure(reason: "streams begin at \(start), outside of the file") }
        var sizes: [Int] = []
        while true {
            switch try number(bytes) {
            case 0x00: return (start, sizes)
            case 0x09: for _ in 0..<streams { sizes.append(try number(bytes)) }
            case 0x0A: try digests(streams, bytes)
            default: throw SevenZipFailure(reason: "packed streams have an unknown part")
            }
        }
    }

    private mutating func unpackInfo(
        _ bytes: RawSpan
    ) throws(SevenZipFailure) -> ([SevenZipArchive.Folder], [Int]) {
        guard try number(bytes) == 0x0B else { throw SevenZipFailure(reason: "folders are missing") }
        let count = try amount(bytes, "folders")
        guard try byte(bytes) == 0 else { throw SevenZipFailure(reason: "folders lie elsewhere") }
        var folders: [SevenZipArchive.Folder] = []
        var packed: [Int] = [], outputs: [Int] = [], mains: [Int] = []
        for _ in 0..<count {
            let (folder, streams, outs, main) = try self.folder(bytes)
            folders.append(folder)
            packed.append(streams)
            outputs.append(outs)
            mains.append(main)
        }
        while true {
            switch try number(bytes) {
            case 0x00: return (folders, packed)
            case 0x0C:
                for index in folders.indices {
                    for output in 0..<outputs[index] {
                        let size = try number(bytes)
                        if output == mains[index] { folders[index].size = size }
                    }
                }
            case 0x0A: try digests(count, bytes)
            default: throw SevenZipFailure(reason: "folders have an unknown part")
            }
        }
    }

    /// One folder: its coders in the order of decoding, packed streams, outputs, and the output that is not bound.
    private mutating func folder(
        _ bytes: RawSpan
    ) throws(SevenZipFailure) -> (SevenZipArchive.Folder, packed: Int, outputs: Int, main: Int) {
        let count = try number(bytes)
        guard (1...32).contains(count) else { throw SevenZipFailure(reason: "\(count) methods") }
        var coders: [SevenZipArchive.Coder] = []
        var inputs = 0, outputs = 0
        for _ in 0..<count {
            let flags = try byte(bytes)
            guard let id = bytes.copy(at: position, count: Int(flags & 15)) else {
                throw SevenZipFailure(reason: "the header ends early")
            }
            try skip(Int(flags & 15), bytes)
            var (ins, outs) = (1, 1)
            if flags & 0x10 != 0 { (ins, outs) = (try number(bytes), try number(bytes)) }
            guard (1...32).contains(ins), (1...32).contains(outs) else {
                throw SevenZipFailure(reason: "a method with \(ins) inputs")
            }
            var properties: [UInt8] = []
            if flags & 0x20 != 0 {
                let size = try number(bytes)
                guard let found = bytes.copy(at: position, count: size) else {
                    throw SevenZipFailure(reason: "the header ends early")
                }
                properties = found
                try skip(size, bytes)
            }
            coders.append(.init(id: id, properties: properties, isSimple: ins == 1 && outs == 1))
            inputs += ins
            outputs += outs
        }
        var bonds: [(input: Int, output: Int)] = []
        for _ in 0..<outputs - 1 { bonds.append((try number(bytes), try number(bytes))) }
        let packed = inputs - bonds.count
        guard packed >= 1 else { throw SevenZipFailure(reason: "methods without input") }
        if packed > 1 { for _ in 0..<packed { _ = try number(bytes) } }
        let bound = Set(bonds.map(\.output))
        guard let main = (0..<outputs).first(where: { !bound.contains($0) }) else {
            throw SevenZipFailure(reason: "methods in a circle")
        }
        var folder = SevenZipArchive.Folder()
        folder.isChain = packed == 1 && coders.allSatisfy(\.isSimple)
        folder.coders = coders
        if folder.isChain {
            // From the coder whose input is packed to the one whose output is free.
            let boundInputs = Set(bonds.map(\.input))
            var order: [SevenZipArchive.Coder] = []
            var current = (0..<coders.count).first { !boundInputs.contains($0) }
            while let index = current, order.count < coders.count {
                order.append(coders[index])
                current = bonds.first { $0.output == index }.flatMap {
                    (0..<coders.count).contains($0.input) ? $0.input : nil
                }
            }
            guard order.count == coders.count else { throw SevenZipFailure(reason: "methods that are not connected") }
            folder.coders = order
        }
        return (folder, packed, outputs, main)
    }

    private mutating func subStreams(
        _ bytes: RawSpan, _ folders: inout [SevenZipArchive.Folder], _ known: inout [Bool]
    ) throws(SevenZipFailure) {
        var counts = Array(repeating: 1, count: folders.count)
        var hasSizes = false
        while true {
            let part = try number(bytes)
            if part == 0x0D {
                for index in counts.indices { counts[index] = try amount(bytes, "files in a stream") }
                known = Array(repeating: false, count: folders.count)
                guard counts.reduce(0, { min($0 + $1, 1 << 40) }) <= max(memberLimit, count) else {
                    throw SevenZipFailure(reason: "more files than there is room for")
                }
            } else if part == 0x09 {
                hasSizes = true
                for index in folders.indices {
                    folders[index].parts = try sizes(counts[index], folders[index].size, bytes)
                }
            } else if part == 0x0A {
                if !hasSizes { fill(&folders, counts) }
                hasSizes = true
                // Streams with one file may have their digest with the folder; what is left over is skipped by the caller's end.
                let open = counts.reduce(0) { $0 + $1 }
                try looseDigests(open, bytes)
            } else if part == 0 {
                if !hasSizes { fill(&folders, counts) }
                return
            } else {
                throw SevenZipFailure(reason: "files in streams have an unknown part")
            }
        }
    }

    /// Digests of the streams that have none yet: how many is known only from an earlier part, so both readings are tried.
    private mutating func looseDigests(_ number: Int, _ bytes: RawSpan) throws(SevenZipFailure) {
        let start = position
        if try byte(bytes) != 0 {
            for candidate in stride(from: number, through: 0, by: -1)
            where bytes.byte(at: start + 1 + 4 * candidate) == 0 {
                position = start + 1 + 4 * candidate
                return
            }
            throw SevenZipFailure(reason: "digests do not fit")
        }
        position = start
        try digests(number, bytes)
    }

    private func fill(_ folders: inout [SevenZipArchive.Folder], _ counts: [Int]) {
        for index in folders.indices where counts[index] == 1 { folders[index].parts = [folders[index].size] }
    }

    private mutating func sizes(_ number: Int, _ total: Int, _ bytes: RawSpan) throws(SevenZipFailure) -> [Int] {
        guard number > 0 else { return [] }
        var result: [Int] = []
        var left = total
        for _ in 0..<number - 1 {
            let size = try self.number(bytes)
            guard size <= left else { throw SevenZipFailure(reason: "files are longer than their stream") }
            result.append(size)
            left -= size
        }
        return result + [left]
    }

    // MARK: Files

    private mutating func files(_ bytes: RawSpan) throws(SevenZipFailure) -> [SevenZipArchive.Entry] {
        let count = try amount(bytes, "files")
        guard count <= memberLimit else { throw SevenZipFailure(reason: "\(count) files") }
        var names = Array(repeating: "", count: count)
        var modes = [Int?](repeating: nil, count: count)
        var isEmpty = Array(repeating: false, count: count)
        while true {
            let kind = try number(bytes)
            if kind == 0 { break }
            let size = try number(bytes)
            let start = position
            guard size <= self.count - start else { throw SevenZipFailure(reason: "a property of \(size) bytes") }
            switch kind {
            case 0x0E: isEmpty = try bits(count, bytes)
            case 0x11: names = try self.names(count, start + size, bytes)
            case 0x15:
                let defined = try byte(bytes) != 0 ? Array(repeating: true, count: count) : try bits(count, bytes)
                _ = try byte(bytes)
                for index in 0..<count where defined[index] {
                    guard let value = bytes.littleEndian(at: position, as: UInt32.self) else {
                        throw SevenZipFailure(reason: "the header ends early")
                    }
                    position += 4
                    if value & 0x8000 != 0 { modes[index] = Int(value >> 16) }
                }
            default: break
            }
            guard position <= start + size else { throw SevenZipFailure(reason: "a property is longer than stated") }
            position = start + size
        }
        return (0..<count).map { .init(name: names[$0], mode: modes[$0], hasContent: !isEmpty[$0]) }
    }

    private mutating func names(_ count: Int, _ end: Int, _ bytes: RawSpan) throws(SevenZipFailure) -> [String] {
        guard try byte(bytes) == 0 else { throw SevenZipFailure(reason: "names lie elsewhere") }
        var result: [String] = []
        var units: [UInt16] = []
        while result.count < count {
            guard position + 2 <= end, let unit = bytes.littleEndian(at: position, as: UInt16.self) else {
                throw SevenZipFailure(reason: "names are missing")
            }
            position += 2
            if unit == 0 {
                result.append(String(decoding: units, as: UTF16.self))
                units = []
            } else {
                units.append(unit)
            }
        }
        return result
    }
}
