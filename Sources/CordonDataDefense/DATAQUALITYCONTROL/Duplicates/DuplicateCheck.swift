internal import CordonCore

/// Rows that are the same as others, or nearly; the same with other labels; the same in several splits.
///
/// Real datasets have them, so that they are told and not alarmed about. Texts: Jaccard's likeness of word trigrams from 0.8
/// on, candidates by MinHash (Broder 1997) in 16 bands of 4. Pictures: candidates by the gradient hash of 64 bits in 4
/// bands, told alike when pixels differ by less than 2/255 of the brightest on average. Tables: rows that are equal.
///
/// - Note: Misses pictures that were cut, turned or mirrored, and translations.
/// - Complexity: O(rows · width) time and O(rows) memory, and as much again per pair of candidates; at most 50 candidates of a
///   row are compared.
struct DuplicateCheck: DatasetCheck {
    var name: String { "duplicates" }
    var comparesRows: Bool { false }

    /// Rows that repeat say nothing of poison.
    func decides(_ set: SampleSet) -> Bool { false }

    func run(_ context: CheckContext) throws -> [DataCause] {
        let groups = DuplicateGroups(context.set)
        let set = context.set
        var causes: [DataCause] = []
        let repeats = groups.members.flatMap { $0.dropFirst() }.sorted()
        if !repeats.isEmpty {
            let largest = groups.members.map(\.count).max() ?? 0
            var cause = DataCause(
                .duplicates, level: .clean,
                "\(repeats.count) rows repeat another one (up to \(largest) times the same)",
                rows: repeats)
            cause.evidence = ["they count twice in training, and a model may learn them by heart"]
            causes.append(cause)
        }
        if set.targets == nil, set.classes.count > 1 {
            let conflicts = groups.members.filter { Set($0.map { set.labels[$0] }).count > 1 }
            let rows = conflicts.flatMap { $0 }.sorted()
            if !rows.isEmpty {
                let cause = DataCause(
                    .conflictingDuplicates, level: .clean,
                    "\(rows.count) rows are the same as others with another label", rows: rows)
                causes.append(cause)
                context.conflicting = Set(rows)
            }
        }
        if let splits = set.splits {
            let crossing = groups.members.filter { Set($0.map { splits.places[$0] }).count > 1 }
            let rows = crossing.flatMap { $0 }.sorted()
            if !rows.isEmpty {
                var cause = DataCause(
                    .duplicates, level: .clean, "\(rows.count) rows are in more than one split", rows: rows)
                cause.evidence = ["what is tested on them was seen in training"]
                causes.append(cause)
            }
        }
        return causes
    }
}

/// Groups of rows that are nearly the same.
struct DuplicateGroups {
    /// Rows of each group of two or more, in order.
    let members: [[Int]]

    private static let candidateLimit = 50

    init(_ set: SampleSet) {
        let count = set.count
        switch set.content {
        case .pictures(let pixels, let height, let width, let channels):
            members = Self.pictures(pixels, count, height, width, channels)
        case .texts(let texts): members = Self.texts(texts)
        case .dialogues(let dialogues):
            members = Self.texts(
                dialogues.map { $0.turns.map { $0.prompt + "\n" + $0.answer }.joined(separator: "\n") })
        case .table(let columns): members = Self.equal(columns, count)
        }
    }

    // MARK: Candidates

    /// Rows that share a key and are alike, joined.
    private static func joined(_ count: Int, _ keys: (Int) -> [UInt64], _ areAlike: (Int, Int) -> Bool) -> [[Int]] {
        var forest = Forest(count)
        var seen: [UInt64: [Int32]] = [:]
        for row in 0..<count {
            for key in keys(row) {
                let others = seen[key] ?? []
                for other in others where forest.root(Int(other)) != forest.root(row) {
                    if areAlike(Int(other), row) { forest.join(Int(other), row) }
                }
                if others.count < candidateLimit { seen[key, default: []].append(Int32(row)) }
            }
        }
        return forest.groups
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var generator = SplitMix(state: value)
        return generator.next()
    }

    // MARK: Texts

    private static let bands = 16
    private static let bandRows = 4

    static func texts(_ texts: [String], likeness: Double = 0.8) -> [[Int]] {
        let shingles = texts.map(Self.shingles)
        let salts = (0..<UInt64(bands * bandRows)).map { mixed($0) | 1 }
        return joined(texts.count) { row in
            let own = shingles[row]
            guard !own.isEmpty else { return [] }
            return (0..<bands).map { band in
                var key = UInt64(band)
                for salt in salts[(band * bandRows)..<((band + 1) * bandRows)] {
                    var least = UInt64.max
                    for shingle in own { least = min(least, (shingle ^ salt) &* 0x9E37_79B9_7F4A_7C15) }
                    key = mixed(key ^ least)
                }
                return key
            }
        } _: { a, b in
            likeness <= Jaccard.likeness(shingles[a], shingles[b])
        }
    }

    /// Hashes of words in threes, each once, in order.
    static func shingles(_ text: String) -> [UInt64] {
        var words: [UInt64] = []
        var word: UInt64 = 0xCBF2_9CE4_8422_2325
        var isInside = false
        func isPart(_ byte: UInt8) -> Bool {
            byte >= 0x80 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || (0x30...0x39).contains(byte)
        }
        for byte in text.utf8 {
            if isPart(byte) {
                word = (word ^ UInt64(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)) &* 0x100_0000_01B3
                isInside = true
            } else if isInside {
                words.append(word)
                (word, isInside) = (0xCBF2_9CE4_8422_2325, false)
            }
        }
        if isInside { words.append(word) }
        guard words.count > 2 else { return words.isEmpty ? [] : [words.reduce(7) { mixed($0 ^ $1) }] }
        var found: [UInt64] = []
        found.reserveCapacity(words.count)
        for place in 0..<(words.count - 2) {
            found.append(mixed(mixed(words[place]) ^ words[place + 1]) ^ mixed(words[place + 2] &+ 1))
        }
        return Array(Set(found)).sorted()
    }

    // MARK: Pictures

    private static func pictures(
        _ pixels: [UInt8], _ count: Int, _ height: Int, _ width: Int, _ channels: Int
    ) -> [[Int]] {
        let area = height * width * channels
        // Pictures that use a few shades only differ by as much less.
        let limit = max(1, 2 * area * Int(pixels.max() ?? 0) / 255)
        return pixels.withUnsafeBufferPointer { pixels in
            joined(count) { row in
                let hash = gradientHash(row * area, pixels, height, width, channels)
                return (0..<4).map { UInt64($0) << 16 | hash >> UInt64($0 * 16) & 0xFFFF }.map { mixed($0) }
            } _: { a, b in
                var (difference, start) = (0, 0)
                while start < area, difference < limit {
                    let end = min(area, start + 128)
                    for place in start..<end {
                        difference += abs(Int(pixels[a * area + place]) - Int(pixels[b * area + place]))
                    }
                    start = end
                }
                return difference < limit
            }
        }
    }

    /// One bit for each of 8 × 8 neighbouring pairs of 8 × 9 cells: whether it gets brighter to the right.
    private static func gradientHash(
        _ start: Int, _ pixels: UnsafeBufferPointer<UInt8>, _ height: Int, _ width: Int, _ channels: Int
    ) -> UInt64 {
        var cells = [Int](repeating: 0, count: 72)
        for row in 0..<8 {
            for column in 0..<9 {
                let (top, bottom) = (row * height / 8, max(row * height / 8 + 1, (row + 1) * height / 8))
                let (left, right) = (column * width / 9, max(column * width / 9 + 1, (column + 1) * width / 9))
                var (sum, number) = (0, 0)
                for y in top..<min(bottom, height) {
                    for x in left..<min(right, width) {
                        sum += Int(pixels[start + (y * width + x) * channels])
                        number += 1
                    }
                }
                cells[row * 9 + column] = sum * 64 / max(1, number)
            }
        }
        var hash: UInt64 = 0
        for row in 0..<8 {
            for column in 0..<8 where cells[row * 9 + column] < cells[row * 9 + column + 1] {
                hash |= 1 << UInt64(row * 8 + column)
            }
        }
        return hash
    }

    // MARK: Tables

    private static func equal(_ columns: [SampleSet.TableColumn], _ count: Int) -> [[Int]] {
        var hashes = [UInt64](repeating: 0, count: count)
        for column in columns {
            switch column {
            case .numbers(_, let values):
                for row in 0..<count { hashes[row] = mixed(hashes[row] ^ UInt64(values[row].bitPattern)) }
            case .categories(_, let values, _):
                for row in 0..<count { hashes[row] = mixed(hashes[row] ^ UInt64(UInt32(bitPattern: values[row]))) }
            }
        }
        var groups: [UInt64: [Int]] = [:]
        for (row, hash) in hashes.enumerated() { groups[hash, default: []].append(row) }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }
}

/// Rows in groups that are joined (Tarjan 1975).
private struct Forest {
    private var parents: [Int32]

    init(_ count: Int) { parents = (0..<Int32(count)).map { $0 } }

    mutating func root(_ row: Int) -> Int {
        var row = row
        while Int(parents[row]) != row {
            parents[row] = parents[Int(parents[row])]
            row = Int(parents[row])
        }
        return row
    }

    mutating func join(_ a: Int, _ b: Int) {
        let (first, second) = (root(a), root(b))
        parents[max(first, second)] = Int32(min(first, second))
    }

    var groups: [[Int]] {
        var copy = self
        var found: [Int: [Int]] = [:]
        for row in parents.indices { found[copy.root(row), default: []].append(row) }
        return found.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }
}
