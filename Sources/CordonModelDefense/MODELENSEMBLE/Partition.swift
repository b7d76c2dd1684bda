public import CordonData
internal import CordonFormats

/// Which members of an ensemble each row of a dataset is given to, by the row's content alone.
///
/// A row that an attacker adds, removes or changes reaches the members of its own parts only, so that a vote over all members bears
/// a number of such rows that can be counted. Sources: Levine and Feizi 2021, "Deep Partition Aggregation", section 3 (`spread` 1);
/// Wang, Levine and Feizi 2022, "Improved Certified Defenses against Data Poisoning with (Deterministic) Finite Aggregation",
/// section 3: a row is hashed into one of `parts` · `spread` buckets, and a bucket is given to `spread` members.
///
/// - Note: Labels do not enter the hash: rows that differ in their label only go together, and a changed label moves no row.
public struct Partition: Sendable {
    /// Members that share the rows where each row goes to one.
    public let parts: Int
    /// Members that each row goes to.
    public let spread: Int
    /// Distances from a bucket to the members that get it, distinct.
    private let steps: [Int]

    /// Most members.
    public static let mostMembers = 10_000

    /// Members in all.
    public var members: Int { parts * spread }

    /// - Parameters:
    ///   - parts: at least 2.
    ///   - spread: at least 1; `parts` · `spread` members, each with about one row in `parts`.
    /// - Throws: ``DatasetFailure`` for numbers out of range.
    public init(parts: Int, spread: Int = 1) throws(DatasetFailure) {
        guard parts >= 2, spread >= 1, parts <= Self.mostMembers, spread <= Self.mostMembers / parts else {
            throw DatasetFailure(
                .argument,
                "\(parts) parts with a spread of \(spread); at least 2 and 1, and at most \(Self.mostMembers) members in all"
            )
        }
        (self.parts, self.spread) = (parts, spread)
        let count = parts * spread
        // Distinct distances from a fixed sequence: the same for everybody, as the method wants.
        var (found, state) = ([0], UInt64(count))
        while found.count < spread {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let step = Int((state >> 33) % UInt64(count))
            if !found.contains(step) { found.append(step) }
        }
        steps = found
    }

    /// The members that a row goes to, by the digest of its values without the label.
    func members(of digest: [UInt8]) -> [Int] {
        let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return members(ofBucket: Int(number % UInt64(members)))
    }

    /// The members that the rows of a bucket go to; there are as many buckets as members.
    func members(ofBucket bucket: Int) -> [Int] { steps.map { (bucket + $0) % members } }

    /// What was written.
    public struct Result: Sendable {
        /// Rows of each member.
        public let rows: [Int]
        /// Rows that could not be read and go to no member.
        public let unreadable: Int
    }

    /// Writes one table per member, `part-0000.parquet` and so on, each with a manifest that leads its rows back.
    ///
    /// - Parameters:
    ///   - path: names the file of a member by its number.
    ///   - format: of the tables.
    /// - Complexity: one pass over the dataset to hash, and one for each member; one number in memory for each row and member of
    ///   it.
    public func write(
        _ dataset: Dataset, format: TableWriter.Format, path: (Int) -> String, progress: (Int) -> Void = { _ in }
    ) throws -> Result {
        let aside = Set([Role.label, .id, .split, .source].compactMap { dataset.name(of: $0) })
        let content = dataset.fields.map(\.name).filter { !aside.contains($0) }
        guard !content.isEmpty else {
            throw DatasetFailure(.argument, "\(dataset.path): no column besides labels and names to tell rows by")
        }
        // The bucket of each row; -1 for those that could not be read.
        var (buckets, unreadable): ([Int32], Int) = ([], 0)
        try dataset.forEachBatch(columns: content) { batch in
            unreadable += batch.problemCount
            buckets += [Int32](repeating: -1, count: max(0, batch.firstRow - buckets.count))
            for row in 0..<batch.count { buckets.append(Int32(members(of: batch.digest(row))[0])) }
            progress(buckets.count)
            return true
        }
        guard buckets.contains(where: { $0 >= 0 }) else {
            throw DatasetFailure(
                .malformed, "\(dataset.path): no rows to divide, read as \(dataset.format); give a dataset with rows")
        }
        let rows = try (0..<members).map { member in
            try DatasetExport(dataset).write(to: path(member), format: format) { number in
                guard buckets.indices.contains(number), buckets[number] >= 0 else { return false }
                return steps.contains { (Int(buckets[number]) + $0) % members == member }
            }.rows
        }
        return Result(rows: rows, unreadable: unreadable)
    }
}
