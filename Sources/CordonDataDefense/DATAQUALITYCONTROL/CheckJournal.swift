internal import CordonCore
internal import CordonData
internal import CordonFormats

/// What the checks of a run found so far, kept so that the same run can go on after it was stopped.
///
/// Belongs to one content, one program and one set of settings: a digest of all of them is its identity, and what was kept
/// for another one is refused. Written as JSON after each check.
///
/// - Note: Who can write to the file decides what is found: keep it where nobody else can.
struct CheckJournal {
    /// What one check found, and what it told the ones after it.
    struct Step {
        let check: String
        let causes: [DataCause]
        let conflicting: [Int]
        let sources: [SourceImpact]
    }

    let identity: String
    private(set) var steps: [Step] = []

    private static let version = "1.0"

    /// A journal without steps.
    init(identity: String) { self.identity = identity }

    subscript(check: String) -> Step? { steps.first { $0.check == check } }

    mutating func add(_ step: Step) { steps.append(step) }

    /// The identity of a run: SHA-256 over settings and the digests of all rows of its datasets.
    static func identity(
        of datasets: [Dataset], settings: [String], isCancelled: @escaping @Sendable () -> Bool
    ) throws -> String {
        var all = Digest.sha256(of: Array(settings.joined(separator: "\u{1F}").utf8))
        for dataset in datasets {
            try dataset.forEachBatch { batch in
                var bytes = all.bytes
                for row in 0..<batch.count { bytes += batch.digest(row) }
                all = Digest.sha256(of: bytes)
                return !isCancelled()
            }
            all = Digest.sha256(of: all.bytes + [UInt8(ascii: ";")])
        }
        return all.hex
    }
}

// MARK: Writing

extension CheckJournal {
    /// As JSON.
    var json: [UInt8] {
        var json = JSONWriter(isCompact: true)
        json.object { json in
            json.string("schemaVersion", Self.version)
            json.string("identity", identity)
            json.array("steps") { json in
                for step in steps {
                    json.object { json in
                        json.string("check", step.check)
                        json.numbers("conflicting", step.conflicting)
                        json.array("causes") { json in for cause in step.causes { json.cause(cause) } }
                        json.array("sources") { json in for source in step.sources { json.source(source) } }
                    }
                }
            }
        }
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func texts(_ key: String, _ texts: [String]) {
        array(key) { json in for text in texts { json.string(nil, text) } }
    }

    /// Numbers that are all finite; else nothing.
    fileprivate mutating func doubles(_ key: String, _ values: Double?...) {
        let known = values.compactMap(\.self).filter(\.isFinite)
        guard known.count == values.count else { return }
        self.numbers(key, known)
    }

    fileprivate mutating func cause(_ cause: DataCause) {
        object { json in
            json.string("kind", cause.kind.rawValue)
            json.string("level", cause.level.rawValue)
            json.string("description", cause.description)
            json.texts("evidence", cause.evidence)
            json.texts("classes", cause.classes)
            if let from = cause.from { json.string("from", from) }
            json.texts("phrases", cause.phrases)
            json.doubles("rate", cause.rate)
            json.numbers("rows", cause.rows)
            json.numbers("filtered", cause.filtered)
            json.doubles("pValue", cause.pValue)
            json.doubles("unsupported", cause.unsupported?.carriers, cause.unsupported?.usual)
            if let picture = cause.picture {
                json.numbers("pictureSize", [picture.height, picture.width, picture.channels])
                json.numbers("pictureValues", picture.values.map { $0.map(Int.init) ?? -1 })
            }
        }
    }

    fileprivate mutating func source(_ source: SourceImpact) {
        object { json in
            json.string("name", source.name)
            json.numbers("rows", source.rows)
            json.doubles("harm", source.harm?.mean, source.harm?.low, source.harm?.high)
            json.doubles("pValue", source.pValue)
            json.doubles("pull", source.pull)
        }
    }
}

// MARK: Reading

extension CheckJournal {
    /// Reads what ``json`` wrote.
    ///
    /// - Parameters:
    ///   - name: where it was kept, for messages.
    ///   - identity: what it has to belong to.
    ///   - rowCount: rows of the set; others are refused.
    /// - Throws: ``DataCheckFailure`` where it is something else, or was kept for another run.
    init(json bytes: [UInt8], of name: String, identity: String, rowCount: Int) throws(DataCheckFailure) {
        guard let root = (try? JSONDocument.parse(ByteView(copying: bytes)))?.root,
            root["schemaVersion"]?.string == Self.version, let steps = root["steps"]
        else { throw DataCheckFailure("'\(name)' is no journal of a check: it stays as it is; name another file") }
        guard root["identity"]?.string == identity else {
            throw DataCheckFailure(
                "'\(name)' is of other rows, other settings or another version of cordon; remove it or name another file"
            )
        }
        self.init(identity: identity)
        for entry in steps.elements {
            guard let step = Step(entry, 0..<rowCount) else {
                throw DataCheckFailure("'\(name)': a step of this journal is damaged; remove it or name another file")
            }
            self.steps.append(step)
        }
    }
}

extension CheckJournal.Step {
    /// `nil` where something is missing or a row is not there.
    fileprivate init?(_ entry: JSONValue, _ range: Range<Int>) {
        guard let check = entry["check"]?.string, let conflicting = entry.rows("conflicting", range) else { return nil }
        let causes = (entry["causes"]?.elements ?? []).map { DataCause($0, range) }
        let sources = (entry["sources"]?.elements ?? []).map { SourceImpact($0, range) }
        guard !causes.contains(where: { $0 == nil }), !sources.contains(where: { $0 == nil }) else { return nil }
        self.init(
            check: check, causes: causes.compactMap(\.self), conflicting: conflicting,
            sources: sources.compactMap(\.self))
    }
}

extension JSONValue {
    fileprivate func rows(_ key: String, _ range: Range<Int>) -> [Int]? {
        guard let list = self[key], list.isArray else { return nil }
        let rows = list.elements.compactMap(\.integer)
        return rows.count == list.elements.count && rows.allSatisfy(range.contains) ? rows : nil
    }

    fileprivate func texts(_ key: String) -> [String] { (self[key]?.elements ?? []).compactMap(\.string) }

    fileprivate func doubles(_ key: String, _ count: Int) -> [Double]? {
        let numbers = (self[key]?.elements ?? []).compactMap(\.double)
        return numbers.count == count ? numbers : nil
    }
}

extension DataCause {
    fileprivate init?(_ entry: JSONValue, _ range: Range<Int>) {
        guard let kind = entry["kind"]?.string.flatMap(Kind.init), let rows = entry.rows("rows", range),
            let level = entry["level"]?.string.flatMap(DataVerdict.Level.init),
            let description = entry["description"]?.string, let filtered = entry.rows("filtered", range)
        else { return nil }
        self.init(
            kind, level: level, description, rows: rows, pValue: entry.doubles("pValue", 1)?[0], filtered: filtered)
        (evidence, classes, from) = (entry.texts("evidence"), entry.texts("classes"), entry["from"]?.string)
        phrases = entry.texts("phrases")
        rate = entry.doubles("rate", 1)?[0]
        unsupported = entry.doubles("unsupported", 2).map { ($0[0], $0[1]) }
        guard let size = entry.rows("pictureSize", 1..<(1 << 20)) else { return }
        guard size.count == 3, let values = entry.rows("pictureValues", -1..<256),
            size.reduce(into: 1, { $0 = $0.multipliedReportingOverflow(by: $1).partialValue }) == values.count
        else { return nil }
        picture = TriggerPicture(
            height: size[0], width: size[1], channels: size[2], values: values.map { $0 < 0 ? nil : UInt8($0) })
    }
}

extension SourceImpact {
    fileprivate init?(_ entry: JSONValue, _ range: Range<Int>) {
        guard let name = entry["name"]?.string, let rows = entry.rows("rows", range),
            let pull = entry.doubles("pull", 1)?[0]
        else { return nil }
        self.init(
            name: name, rows: rows, harm: entry.doubles("harm", 3).map { ($0[0], $0[1], $0[2]) },
            pValue: entry.doubles("pValue", 1)?[0], pull: pull)
    }
}
