internal import CordonCore

/// What the digest column of a list is worth, told before anything is fetched.
package struct PointerSanity: Sendable {
    /// Rows in the list.
    package private(set) var rowCount = 0
    /// Rows with a digest, by hash function.
    package private(set) var algorithms: [String: Int] = [:]
    /// Rows without a digest.
    package private(set) var emptyCount = 0
    /// Rows whose digest is none: another length, another alphabet, a number.
    package private(set) var wrongCount = 0
    /// The first of those.
    package private(set) var firstWrong: PointerList.Row?
    /// Rows whose address is not `http` or `https`.
    package private(set) var otherAddressCount = 0
    /// Rows whose digest another row has for another address.
    package private(set) var sharedCount = 0
    /// Rows whose address another row has with another digest: one of the two must be wrong.
    package private(set) var contradictionCount = 0
    /// Rows beyond which repetitions were not looked for.
    package private(set) var isCut = false

    private var digests: [UInt64: UInt64] = [:]
    private var addresses: [UInt64: UInt64] = [:]
    private static let memoryLimit = 20_000_000

    /// Reads a whole list. O(rows), about 64 bytes a row for the first twenty million.
    package init(_ list: PointerList) throws(IntegrityFailure) {
        try list.forEachRow { row in
            note(row)
            return true
        }
        digests = [:]
        addresses = [:]
    }

    private mutating func note(_ row: PointerList.Row) {
        rowCount += 1
        if !row.url.lowercased().hasPrefix("http://"), !row.url.lowercased().hasPrefix("https://") {
            otherAddressCount += 1
        }
        guard !row.digest.isEmpty else {
            emptyCount += 1
            return
        }
        guard let digest = ContentDigest(row.digest) else {
            wrongCount += 1
            if firstWrong == nil { firstWrong = row }
            return
        }
        algorithms[digest.algorithm.rawValue, default: 0] += 1
        guard rowCount <= Self.memoryLimit else {
            isCut = true
            return
        }
        let (content, address) = (Self.short(digest.bytes), Self.short(Array(row.url.utf8)))
        if let other = digests[content], other != address { sharedCount += 1 }
        if let other = addresses[address], other != content { contradictionCount += 1 }
        digests[content] = address
        addresses[address] = content
    }

    /// 64 bits of SHA-256: a repetition is missed or invented once in 10^13 among a million rows.
    private static func short(_ bytes: [UInt8]) -> UInt64 {
        HashAlgorithm.sha256.digest(of: bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// What is wrong, in words; empty for a sane column.
    package var problems: [String] {
        var lines: [String] = []
        if rowCount == 0 { lines.append("the list has no rows") }
        if emptyCount > 0 { lines.append("\(emptyCount) rows have no digest: whatever lies there is taken") }
        if wrongCount > 0, let firstWrong {
            lines.append(
                "\(wrongCount) rows hold something that is not a digest, first row \(firstWrong.number): '\(PrintableText.quoting(firstWrong.digest, limit: 80))'"
            )
        }
        if algorithms.count > 1 {
            let kinds = algorithms.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("digests of different kinds are mixed: \(kinds.joined(separator: ", "))")
        }
        for name in ["md5", "sha1"] where algorithms[name] != nil {
            lines.append("\(name) is broken: whoever made the original can make another file with the same digest")
        }
        if contradictionCount > 0 {
            lines.append("\(contradictionCount) rows give an address another digest than an earlier row")
        }
        if otherAddressCount > 0 { lines.append("\(otherAddressCount) rows have an address that is not http or https") }
        return lines
    }

    /// What is worth knowing and not wrong.
    package var notes: [String] {
        var lines: [String] = []
        if sharedCount > 0 {
            lines.append("\(sharedCount) rows have a digest that an earlier row has for another address")
        }
        if isCut { lines.append("repetitions were looked for in the first \(Self.memoryLimit) rows only") }
        return lines
    }
}
