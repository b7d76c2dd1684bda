internal import CordonCore
internal import CordonFormats

/// Personal data in tables of text, lines of JSON and free text.
enum PersonalDataInspector {
    /// A data file by its content and name; `false` where it is no table.
    static func inspectTable(_ view: ByteView, name: AssetPath, at spot: Spot, in inspection: Inspection) -> Bool {
        let sample = SampledLines(view)
        guard let separator = separator(sample.lines, name.pathExtension), let header = sample.lines.first else {
            return false
        }
        let names = cells(header, separator).map { String(decoding: $0.prefix(80), as: UTF8.self) }
        let hasHeader =
            names.allSatisfy { name in !name.contains("@") && name.contains { $0.isLetter } || name.isEmpty }
            && Set(names).count > names.count / 2
        var columns = PersonalColumns()
        for line in hasHeader ? sample.lines.dropFirst() : sample.lines[...] {
            for (index, cell) in cells(line, separator).enumerated() where index < 2000 {
                let column =
                    hasHeader && index < names.count && !names[index].isEmpty ? names[index] : "column \(index + 1)"
                columns.add(cell, to: column)
            }
        }
        report(columns, sample.coverage, at: spot, in: inspection)
        if hasHeader { inspectSecrets(names, sample.lines, separator, at: spot, in: inspection) }
        return true
    }

    /// Columns that are called like secrets, at most 50, judged by their first values.
    private static func inspectSecrets(
        _ names: [String], _ lines: [[UInt8]], _ separator: UInt8, at spot: Spot, in inspection: Inspection
    ) {
        let named = names.enumerated().filter { _, name in
            AssignmentJudge.noun(AssignedValue.words(Array(name.utf8))) != nil
        }.prefix(50)
        guard !named.isEmpty else { return }
        let rows = lines.prefix(200).dropFirst().map { cells($0, separator) }
        for (index, name) in named where !inspection.isExpired {
            var count = 0
            var first: (line: Int, length: Int)?
            for (number, row) in rows.enumerated() {
                guard index < row.count, row[index].count <= 300 else { continue }
                let text = Array("\(name)=\"".utf8) + row[index] + [UInt8(ascii: "\"")]
                let hits = SecretSearch.hits(in: ByteView(copying: text), setting: .init())
                guard hits.contains(where: { $0.rule.id == Rules.secretAssigned.id }) else { continue }
                count += 1
                first = first ?? (number + 2, row[index].count)
            }
            guard let first else { continue }
            inspection.report(
                Rules.secretAssigned, at: spot.line(first.line),
                "\(count) of the first values of column '\(PrintableText.quoting(name, limit: 60))': … (\(first.length) characters)",
                subject: "column \(name.prefix(60))", severity: inspection.isIllustration ? .info : .medium,
                confidence: .medium)
        }
    }

    /// Lines that are JSON objects each.
    static func inspectLines(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let sample = SampledLines(view)
        var columns = PersonalColumns()
        for line in sample.lines where line.first == UInt8(ascii: "{") {
            guard let document = try? JSONDocument.parse(ByteView(copying: line), depthLimit: 16, valueLimit: 20_000)
            else { continue }
            add(document.root, "", to: &columns, depth: 0)
        }
        report(columns, sample.coverage, at: spot, in: inspection)
        inspectText(
            view, at: Place(member: spot.member), countsLines: true, leavingOut: Set(columns.found().map(\.kind)),
            in: inspection)
    }

    /// Kinds that say little in programs' own files: authors' addresses, support's telephone.
    static let contacts: Set<PersonalKind> = Set(
        PersonalKind.allCases.filter { ![Rules.personalFinance.id, Rules.personalIdentity.id].contains($0.rule.id) })

    /// A JSON document that is, or holds, a list of objects.
    static func inspectRecords(_ root: JSONValue, at spot: Spot, in inspection: Inspection) {
        var lists: [JSONValue] = root.isArray ? [root] : []
        if root.isObject {
            root.forEachMember { _, value in
                if value.isArray { lists.append(value) }
                return lists.count < 16
            }
        }
        for list in lists {
            let rows = list.elements
            guard rows.count >= 2, rows[0].isObject else { continue }
            var columns = PersonalColumns()
            let step = max(1, rows.count / 4000)
            for index in stride(from: 0, to: rows.count, by: step) { add(rows[index], "", to: &columns, depth: 0) }
            report(columns, 1 / Double(step), at: spot, in: inspection)
        }
    }

    private static func add(_ value: JSONValue, _ path: String, to columns: inout PersonalColumns, depth: Int) {
        guard value.isObject, depth < 4 else { return }
        for (key, child) in value.members.prefix(500) {
            let name = path.isEmpty ? String(key.prefix(80)) : path + "." + key.prefix(80)
            if let text = child.string {
                columns.add(Array(text.utf8), to: name)
            } else if child.isNumber {
                columns.add(child.source, to: name)
            } else {
                add(child, name, to: &columns, depth: depth + 1)
            }
        }
    }

    private static func report(_ columns: PersonalColumns, _ coverage: Double, at spot: Spot, in inspection: Inspection)
    {
        for found in columns.found() {
            inspection.report(
                found.kind.rule, at: spot.element(element(found)), message(found, coverage), subject: subject(found),
                confidence: confidence(found))
        }
    }

    // MARK: Tables

    /// What stands between the cells: the same number of times in the first lines.
    private static func separator(_ lines: [[UInt8]], _ ending: String) -> UInt8? {
        let head = lines.prefix(12).filter { !$0.isEmpty }
        guard head.count >= 2 else { return nil }
        let candidates: [UInt8] = ending == "tsv" || ending == "tab" ? [0x09] : [0x2C, 0x09, 0x3B, 0x7C]
        var best: (UInt8, Int)?
        for candidate in candidates {
            let counts = head.map { cells($0, candidate).count }
            guard let first = counts.first, first >= 2, counts.count(where: { $0 == first }) * 10 >= counts.count * 9
            else { continue }
            if first > best?.1 ?? 1 { best = (candidate, first) }
        }
        if let best { return best.0 }
        return ["csv", "tsv"].contains(ending) ? UInt8(ascii: ",") : nil
    }

    /// The cells of a line (RFC 4180); a quoted cell that goes on in the next line ends with its own.
    private static func cells(_ line: [UInt8], _ separator: UInt8) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var current: [UInt8] = []
        var isQuoted = false
        for byte in line {
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == separator, !isQuoted {
                result.append(current)
                current.removeAll(keepingCapacity: true)
                if result.count > 2000 { return result }
            } else {
                current.append(byte)
            }
        }
        result.append(current)
        return result
    }

    // MARK: Free text

    /// What a notebook printed: tables, and the text around them.
    static func inspectOutput(_ view: ByteView, isMarkup: Bool, at place: Place, in inspection: Inspection) {
        let text = view.withSpan { $0.copy(at: 0, count: min($0.byteCount, 4 << 20)) } ?? []
        let known = inspectTables(
            isMarkup ? PrintedTable.html(text) : PrintedTable.text(text), at: place, in: inspection)
        inspectText(view, at: place, leavingOut: known, in: inspection)
    }

    /// Markdown and other prose: tables between bars, and the text around them.
    static func inspectDocument(_ view: ByteView, at place: Place, in inspection: Inspection) {
        var known: Set<PersonalKind> = []
        if let text = view.withSpan({
            $0.hasPair(0x0A, UInt8(ascii: "|")) ? $0.copy(at: 0, count: min($0.byteCount, 4 << 20)) : nil
        }) {
            known = inspectTables(PrintedTable.text(text), at: place, in: inspection)
        }
        inspectText(view, at: place, countsLines: true, leavingOut: known, in: inspection)
    }

    /// Reports columns; the kinds that they hold.
    private static func inspectTables(_ tables: [PrintedTable], at place: Place, in inspection: Inspection) -> Set<
        PersonalKind
    > {
        var known: Set<PersonalKind> = []
        for table in tables {
            for found in table.columns.found() where known.insert(found.kind).inserted {
                var place = place
                place.element = [place.element, element(found)].compactMap { $0 }.joined(separator: ", ")
                inspection.report(
                    found.kind.rule, at: place, message(found, 1),
                    subject: "\(subject(found)) \(place.cell ?? 0) \(place.element ?? "")",
                    severity: found.sampled < 3 ? min(found.kind.rule.severity, .medium) : nil,
                    confidence: confidence(found))
            }
        }
        return known
    }

    /// Counts what stands in text; a single address is a note, numbers that open accounts never are.
    ///
    /// - Parameter leavingOut: kinds that have been found in another way.
    static func inspectText(
        _ view: ByteView, at place: Place, countsLines: Bool = false, leavingOut known: Set<PersonalKind> = [],
        in inspection: Inspection
    ) {
        let limit = min(view.count, 4 << 20)
        let text = view.withSpan { span in
            span.withUnsafeBytes { raw in
                FreeText(TextBytes(base: UnsafeBufferPointer(rebasing: raw.bindMemory(to: UInt8.self)[0..<limit])))
            }
        }
        for (kind, found) in text.counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where !known.contains(kind) {
            let count = found.values.count
            if kind == .dni, text.wrongLetters > 4 * count { continue }
            let isStrong = kind.rule.id == Rules.personalFinance.id || kind.rule.id == Rules.personalIdentity.id
            var place = place
            if countsLines { place.line = found.line }
            let part = limit < view.count ? " in the first \(limit >> 20) MiB" : ""
            inspection.report(
                kind.rule, at: place, "\(count) of the kind \(kind.rawValue)\(part)",
                subject: "\(kind.rawValue) \(place.cell ?? 0) \(place.element ?? "")",
                severity: isStrong ? (count > 1 ? .high : .medium) : count >= 3 ? .medium : .info,
                confidence: isStrong || count >= 3 ? .medium : .low)
        }
    }
}
