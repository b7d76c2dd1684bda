internal import CordonFormats

/// What a card's text says about where an asset comes from: its tables, its labelled lines and its sentences.
///
/// Everything found here is inferred. Source: the model and dataset card templates of the Hugging Face hub
/// (`huggingface_hub` 0.2x), whose fields are lines such as `- **Finetuned from model [optional]:** owner/name`.
/// Not found: names that only the sense of a sentence gives, other languages than English.
package enum CardText {
    /// One thing that the text says.
    package struct Hint: Sendable {
        /// What kind of thing.
        package enum Kind: Sendable { case base, dataset, evaluation, licence, party }
        /// What kind of thing.
        package let kind: Kind
        /// How the asset relates to it, when the words say so.
        package let relation: ProvenanceGraph.Relation?
        /// The name.
        package let value: String
        /// Line of the card.
        package let line: Int
        /// Whether the line is a labelled one rather than a sentence.
        package let isLabelled: Bool
    }

    private typealias Meaning = (kind: Hint.Kind, relation: ProvenanceGraph.Relation?)

    /// Labels of table rows and of lines such as `**Base model:** x`.
    private static let labels: [String: Meaning] = {
        var result: [String: Meaning] = [:]
        func add(_ kind: Hint.Kind, _ relation: ProvenanceGraph.Relation?, _ names: [String]) {
            for name in names { result[name] = (kind, relation) }
        }
        add(
            .base, nil,
            [
                "base", "base model", "base models", "base checkpoint", "finetuned from", "finetuned from model",
                "fine-tuned from", "fine-tuned from model", "fine tuned from", "parent", "parent model",
                "original model",
                "source model", "foundation model", "initial model", "pretrained model", "pre-trained model",
                "backbone",
                "model base", "derived from", "initialized from", "initialised from", "starting checkpoint",
                "source dataset", "source datasets", "source data", "upstream dataset", "original dataset", "upstream",
            ])
        add(.base, .derivedFrom, ["converted from"])
        add(.base, .distilledFrom, ["teacher", "teacher model", "distilled from"])
        add(.base, .quantizedFrom, ["quantized from", "quantised from", "quantized model of", "quantization of"])
        add(.base, .mergedFrom, ["merged models", "merged from", "merge of", "models merged", "source models"])
        add(.base, .adapterOf, ["adapter of", "adapter for", "lora for"])
        add(
            .dataset, nil,
            [
                "training data", "training dataset", "training datasets", "training set", "training corpus", "dataset",
                "datasets", "dataset used", "datasets used", "trained on", "fine-tuned on", "finetuned on",
                "fine-tuning data", "fine-tuning dataset", "finetuning data", "finetuning dataset", "train dataset",
                "train data", "pretraining data", "pre-training data", "preference data", "instruction data",
            ])
        add(
            .evaluation, .evaluatedOn,
            [
                "evaluation data", "evaluation dataset", "evaluation datasets", "evaluated on", "evaluation set",
                "eval data", "eval dataset", "eval set", "test data", "test dataset", "test set", "testing data",
                "benchmark", "benchmarks", "validation data",
            ])
        add(
            .party, .suppliedBy,
            [
                "developed by", "developer", "developers", "model developer", "model developers", "provided by",
                "provider", "supplied by", "supplier", "vendor", "publisher", "published by", "released by",
                "organization", "organisation", "created by", "creator", "model creator", "maintained by",
            ])
        add(
            .party, .builtBy,
            [
                "trained by", "fine-tuned by", "finetuned by", "built by", "quantized by", "quantised by", "merged by",
                "produced by", "converted by",
            ])
        add(
            .party, .republishedBy,
            ["shared by", "uploaded by", "redistributed by", "republished by", "mirrored by", "repackaged by"])
        add(
            .party, .labelledBy,
            [
                "labelled by", "labeled by", "annotated by", "annotators", "annotator", "annotations by",
                "annotation vendor", "labelling vendor", "labeling vendor", "labels by", "labels from", "labeler",
                "labeller", "annotation platform",
            ])
        add(
            .party, .collectedBy,
            [
                "collected by", "curated by", "gathered by", "scraped by", "compiled by", "crawled by", "collector",
                "data collector", "curator", "recorded by",
            ])
        return result
    }()

    private static let phrases: [(String, Meaning)] = [
        ("fine-tuned version of", (.base, nil)), ("finetuned version of", (.base, nil)),
        ("fine-tuned from", (.base, nil)), ("finetuned from", (.base, nil)), ("fine tuned from", (.base, nil)),
        ("fine-tuning of", (.base, nil)), ("distilled from", (.base, .distilledFrom)),
        ("distilled version of", (.base, .distilledFrom)), ("distillation of", (.base, .distilledFrom)),
        ("student of", (.base, .distilledFrom)), ("adapter for", (.base, nil)), ("lora for", (.base, nil)),
        ("quantized version of", (.base, .quantizedFrom)), ("quantised version of", (.base, .quantizedFrom)),
        ("quantizations of", (.base, .quantizedFrom)), ("quantization of", (.base, .quantizedFrom)),
        ("quants of", (.base, .quantizedFrom)), ("gguf version of", (.base, .quantizedFrom)),
        ("gguf format model files for", (.base, .quantizedFrom)), ("merge of", (.base, .mergedFrom)),
        ("merged from", (.base, .mergedFrom)), ("based on", (.base, nil)), ("built on top of", (.base, nil)),
        ("initialized from", (.base, nil)), ("initialised from", (.base, nil)),
        ("converted from", (.base, .derivedFrom)), ("format from", (.base, .derivedFrom)),
        ("derived from", (.base, nil)), ("fine-tune of", (.base, nil)),
        ("finetune of", (.base, nil)), ("continued pretraining of", (.base, nil)),
    ]
    /// Phrases that name the source of a dataset; of a model they would name what it was trained on.
    private static let sourcePhrases: [(String, Meaning)] = [
        "derived from", "based on", "built on top of", "subset of", "translation of", "translated from",
        "filtered from", "filtered version of", "extracted from", "sampled from", "extension of", "cleaned version of",
        "deduplicated version of", "collected from", "built from",
    ].map { ($0, (.base, .derivedFrom)) }
    private static let dataPhrases = ["trained on", "fine-tuned on", "finetuned on", "dataset used", "on the"]
    private static let evaluationPhrases = ["evaluated on", "benchmarked on", "tested on"]
    private static let partyPhrases: [(String, ProvenanceGraph.Relation)] = [
        ("labelled by", .labelledBy), ("labeled by", .labelledBy), ("annotated by", .labelledBy),
        ("annotations by", .labelledBy), ("annotation by", .labelledBy), ("labels were provided by", .labelledBy),
        ("labels provided by", .labelledBy), ("annotations were provided by", .labelledBy),
        ("labels were produced by", .labelledBy), ("annotations were created by", .labelledBy),
        ("collected by", .collectedBy), ("curated by", .collectedBy), ("gathered by", .collectedBy),
        ("crawled by", .collectedBy), ("scraped by", .collectedBy), ("compiled by", .collectedBy),
        ("quantized by", .builtBy), ("quantised by", .builtBy), ("fine-tuned by", .builtBy), ("trained by", .builtBy),
        ("developed by", .suppliedBy), ("supplied by", .suppliedBy), ("released by", .suppliedBy),
        ("republished by", .republishedBy), ("mirrored by", .republishedBy),
    ]

    /// Reads tables, labelled lines and sentences. O(n), of the first 2000 lines.
    ///
    /// - Parameter isDataset: whether the card is about a dataset; a base is what the dataset was made from then.
    package static func hints(_ card: Card, isDataset: Bool = false) -> [Hint] {
        var hints: [Hint] = []
        var section: Meaning?
        var isCode = false
        let body = card.body.prefix(2000)
        // What the first column of a table with a heading holds; `nil` inside means that it holds labels or nothing known.
        var table: Meaning??
        for (index, (line, raw)) in zip(body.indices, body) {
            let bare = raw.trimmingWhitespace
            if bare.hasPrefix("```") || bare.hasPrefix("~~~") { isCode.toggle() }
            if isCode || bare.utf8.count >= 4000 { continue }
            if bare.hasPrefix("#") {
                let title = plain(String(bare.drop { $0 == "#" }))
                section = labels[title.lowercased()].flatMap { $0.kind == .party ? nil : $0 }
                continue
            }
            if bare.hasPrefix("|") {
                if table == nil {
                    let next = body.indices.contains(index + 1) ? body[index + 1].text.trimmingWhitespace : ""
                    table = .some(heading(bare, next, isDataset: isDataset))
                    if case .some(.some) = table { continue }
                }
            } else {
                table = nil
            }
            let column = table.flatMap { $0 }.flatMap { meaning in cells(bare).first.map { (meaning, $0) } }
            if let (meaning, text) = column ?? labelled(bare) {
                for value in values(of: meaning, in: text, isDataset: isDataset) {
                    hints.append(
                        Hint(kind: meaning.kind, relation: meaning.relation, value: value, line: line, isLabelled: true)
                    )
                }
                continue
            }
            if let section, let name = name(in: bare, isDataset: isDataset || section.kind != .base) {
                hints.append(
                    Hint(kind: section.kind, relation: section.relation, value: name, line: line, isLabelled: false))
                continue
            }
            sentences(raw, line, isDataset, &hints)
        }
        return hints
    }

    // MARK: Labelled lines

    /// The text without emphasis, marks of optional fields and the colon behind.
    private static func plain(_ text: String) -> String {
        var result = text.replacing("**", with: "").replacing("__", with: "").replacing("`", with: "")
        for mark in ["[optional]", "(optional)", "(s)"] { result = result.replacing(mark, with: "") }
        var trimmed = result.trimmingWhitespace
        while trimmed.hasSuffix(":") || trimmed.hasSuffix("*") || trimmed.hasSuffix(" ") {
            trimmed = trimmed.dropLast()
        }
        return String(trimmed)
    }

    private static func cells(_ row: Substring) -> [String] {
        row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map { plain(String($0)) }
    }

    /// What the first column of a table holds, when its heading says so: `| Dataset | Share |` above `|---|---|`.
    private static func heading(_ row: Substring, _ next: Substring, isDataset: Bool) -> Meaning? {
        let cells = cells(row)
        guard next.hasPrefix("|"), next.allSatisfy({ "|-: ".contains($0) }), cells.count >= 2,
            let meaning = labels[cells[0].lowercased()], meaning.kind != .party,
            // A table without a heading begins with its first row.
            name(in: cells[1][...], isDataset: isDataset || meaning.kind != .base) == nil,
            name(in: cells[1][...], isDataset: false) == nil, labels[cells[1].lowercased()] == nil
        else { return nil }
        return ["value", "name", "source", "details", "description"].contains(cells[1].lowercased()) ? nil : meaning
    }

    /// A row `| label | value |` or a line `label: value`.
    private static func labelled(_ line: Substring) -> (Meaning, String)? {
        if line.hasPrefix("|") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map {
                plain(String($0))
            }
            guard cells.count >= 2, let meaning = labels[cells[0].lowercased()] else { return nil }
            return (meaning, cells[1])
        }
        if line.hasPrefix("<") {
            let cells = cells(ofHTML: line)
            guard cells.count >= 2, let meaning = labels[plain(cells[0]).lowercased()] else { return nil }
            return (meaning, plain(cells[1]))
        }
        var rest = line
        while let first = rest.first, "-*+> ".contains(first) { rest = rest.dropFirst() }
        guard let colon = rest.firstIndex(of: ":"), rest.utf8.distance(from: rest.startIndex, to: colon) <= 60 else {
            return nil
        }
        guard let meaning = labels[plain(String(rest[..<colon])).lowercased()] else { return nil }
        return (meaning, plain(String(rest[rest.index(after: colon)...])))
    }

    /// Cells of a row of an HTML table that stands on one line, links as Markdown has them, other marks left out.
    private static func cells(ofHTML line: Substring) -> [String] {
        guard line.holds("<td") || line.holds("<th") else { return [] }
        var cells: [String] = []
        var cell = ""
        var rest = line.prefix(4000)
        var address: Substring?
        while let open = rest.firstIndex(of: "<") {
            cell += rest[..<open]
            let after = rest[rest.index(after: open)...]
            guard let close = after.firstIndex(of: ">") else { break }
            let mark = after[..<close]
            rest = after[after.index(after: close)...]
            if let start = mark.firstRange(of: "href=\"") {
                address = mark[start.upperBound...].prefix { $0 != "\"" }
                cell += "["
            } else if mark == "/a", let link = address {
                cell += "](\(link))"
                address = nil
            } else if mark == "/td" || mark == "/th" {
                cells.append(String(cell.trimmingWhitespace))
                cell = ""
            }
        }
        return cells
    }

    private static let nothing: Set<String> = [
        "", "-", "—", "n/a", "na", "none", "unknown", "tbd", "[more information needed]", "more information needed",
        "not disclosed", "undisclosed", "proprietary", "internal", "no", "yes", "various",
    ]

    private static func values(of meaning: Meaning, in text: String, isDataset: Bool) -> [String] {
        let parts = text.replacing("<br>", with: ",").replacing(" and ", with: ",").replacing(" + ", with: ",")
            .split(whereSeparator: { $0 == "," || $0 == ";" })
        if meaning.kind == .party {
            let whole = unlinked(text).trimmingWhitespace
            guard !nothing.contains(whole.lowercased()), whole.utf8.count <= 100 else { return [] }
            return [whole.hasSuffix(".") ? String(whole.dropLast()) : String(whole)]
        }
        return parts.prefix(20).compactMap { part in
            let value = part.trimmingWhitespace
            guard !nothing.contains(value.lowercased()) else { return nil }
            if let name = name(in: value, isDataset: isDataset || meaning.kind != .base)
                ?? name(in: value, isDataset: false)
            {
                return name
            }
            // A bare name, as `bert-base-uncased` or `squad`: one word that is no ordinary one.
            let word = unlinked(String(value)).trimmingWhitespace
            guard !word.contains(" "), word.utf8.count >= 3, word.utf8.count <= 100, word.contains(where: \.isLetter)
            else { return nil }
            return word.hasSuffix(".") ? String(word.dropLast()) : String(word)
        }
    }

    /// The text with links replaced by what they show.
    private static func unlinked(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "[") {
            result += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstRange(of: "]("), let end = rest[close.upperBound...].firstIndex(of: ")") else {
                break
            }
            result += rest[rest.index(after: open)..<close.lowerBound]
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    // MARK: Sentences

    private static func sentences(_ raw: Substring, _ line: Int, _ isDataset: Bool, _ hints: inout [Hint]) {
        let text = raw.replacing("**", with: "").replacing("`", with: "")
        let lower = text.lowercased()
        guard lower.utf8.count == text.utf8.count else { return }
        func rest(_ phrase: String) -> Substring? {
            guard lower.holds(phrase), let range = lower.firstRange(of: phrase) else { return nil }
            let offset = lower.utf8.distance(from: lower.startIndex, to: range.upperBound)
            return text[text.utf8.index(text.startIndex, offsetBy: offset)...]
        }
        func add(_ kind: Hint.Kind, _ relation: ProvenanceGraph.Relation?, _ value: String) {
            hints.append(Hint(kind: kind, relation: relation, value: value, line: line, isLabelled: false))
        }
        for (phrase, meaning) in isDataset ? sourcePhrases : phrases {
            guard let rest = rest(phrase) else { continue }
            // A merge names several.
            let names =
                meaning.relation == .mergedFrom
                ? Self.names(in: rest) : name(in: rest, isDataset: isDataset).map { [$0] } ?? []
            for name in names { add(.base, meaning.relation, name) }
            break
        }
        // As mergekit writes it: "merged using the TIES merge method using X as a base".
        if lower.holds("merge"), lower.holds(" as a base"), let end = lower.firstRange(of: " as a base"),
            let name = name(
                in: text[text.utf8.index(text.startIndex, offsetBy: lastUse(in: lower, before: end))...],
                isDataset: false)
        {
            add(.base, .mergedFrom, name)
        }
        for phrase in dataPhrases where !isDataset {
            guard let rest = rest(phrase) else { continue }
            if phrase == "on the", !lower.contains("dataset") { continue }
            let names = name(in: rest, isDataset: true).map { [$0] } ?? bareDatasets(in: rest)
            for name in names { add(.dataset, nil, name) }
            break
        }
        for phrase in evaluationPhrases {
            guard let rest = rest(phrase) else { continue }
            let names = name(in: rest, isDataset: true).map { [$0] } ?? bareDatasets(in: rest)
            for name in names { add(.evaluation, .evaluatedOn, name) }
            break
        }
        for (phrase, relation) in partyPhrases {
            guard let rest = rest(phrase), let name = party(in: rest) else { continue }
            add(.party, relation, name)
            break
        }
        for phrase in ["license:", "licence:", "licensed under", "released under"] {
            guard lower.holds(phrase), let range = lower.firstRange(of: phrase) else { continue }
            let words = lower[range.upperBound...].split { !($0.isLetter || $0.isNumber || "-.".contains($0)) }
            let candidates =
                words.prefix(5).flatMap { [String($0)] }
                + (0..<max(0, min(4, words.count - 1))).map { "\(words[$0])-\(words[$0 + 1])" }
            let found = candidates.lazy.compactMap { LicenceList.identifier(LicenceName.normalised($0)) }.first
            if let found { add(.licence, nil, found) }
            break
        }
    }

    /// Bytes before the end of the last "using" in front of a place.
    private static func lastUse(in text: String, before end: Range<String.Index>) -> Int {
        let starts = text[..<end.lowerBound].ranges(of: "using ")
        return starts.last.map { text.utf8.distance(from: text.startIndex, to: $0.upperBound) } ?? 0
    }

    private static let ordinary: Set<String> = [
        "a", "an", "the", "this", "that", "our", "its", "unknown", "following", "same", "training", "test", "custom",
        "private", "own", "above", "below", "full", "entire", "original", "large", "small", "public", "new",
        "generated",
        "none", "proprietary", "internal", "synthetic", "evaluation", "validation",
    ]

    /// `imdb` and `sst2` of "on the imdb and the sst2 datasets".
    private static func bareDatasets(in text: Substring) -> [String] {
        let shown = unlinked(String(text.prefix(200)))
        guard let end = shown.lowercased().firstRange(of: " dataset") else { return [] }
        let count = shown.lowercased().utf8.distance(from: shown.lowercased().startIndex, to: end.lowerBound)
        guard shown.lowercased().utf8.count == shown.utf8.count else { return [] }
        let list = shown[..<shown.utf8.index(shown.startIndex, offsetBy: count)].replacing(" and ", with: ",")
        var names: [String] = []
        for part in list.split(separator: ",") {
            var word = part.trimmingWhitespace
            if word.lowercased().hasPrefix("the ") { word = word.dropFirst(4) }
            let name = String(word).trimmingCharacters(".;:()\"'")
            guard !name.contains(" "), name.utf8.count >= 2, !ordinary.contains(name.lowercased()),
                !name.hasSuffix("'s")
            else { return [] }
            names.append(name)
        }
        return names
    }

    /// The words in capitals behind "labelled by": a name of a person or organisation.
    private static func party(in text: Substring) -> String? {
        var words: [String] = []
        let shown = unlinked(String(text.prefix(200)))
        for word in shown.split(separator: " ").prefix(8) {
            let bare = String(word).trimmingCharacters(".,;:()\"'")
            if words.isEmpty, bare == "the" || bare == "our" || bare == "a" { continue }
            let isName = bare.first.map { $0.isUppercase || $0.isNumber } ?? false
            let joins = !words.isEmpty && ["of", "&", "and", "for", "de"].contains(bare)
            guard isName || joins else { break }
            words.append(bare)
            if !word.hasSuffix(bare) { break }
        }
        while let last = words.last, ["of", "&", "and", "for", "de"].contains(last) { words.removeLast() }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// The first repository name near the start: a link's address, or `owner/name`.
    private static func name(in text: Substring, isDataset: Bool) -> String? {
        let start = text.prefix(160)
        let marker = isDataset ? "huggingface.co/datasets/" : "huggingface.co/"
        if let address = start.firstRange(of: marker) {
            let path = start[address.upperBound...].prefix { !") \"'>],".contains($0) }
            if isDataset {
                return path.isEmpty ? nil : path.split(separator: "/").prefix(2).joined(separator: "/")
            }
            let reference = AssetReference(String(path))
            if reference.owner != nil { return reference.name }
        }
        if isDataset, start.contains("huggingface.co/") { return nil }
        return start.split(whereSeparator: { separators.contains($0) }).lazy.compactMap(plainName).first
    }

    private static let separators = " ()[],;:\"'<>*`"
    /// Words with a stroke that are no names.
    private static let strokes: Set<String> = [
        "and/or", "input/output", "i/o", "n/a", "w/o", "he/she", "his/her", "read/write", "train/test", "yes/no",
        "on/off", "client/server", "tcp/ip", "true/false", "cpu/gpu", "gpu/cpu", "peft/lora", "lora/qlora",
        "user/assistant",
        "question/answer", "prompt/response", "training/inference", "train/val", "train/validation", "text/image",
    ]

    /// `owner/name`, when a word is one.
    private static func plainName(_ word: Substring) -> String? {
        let parts = word.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.first.map { $0.isLetter || $0.isNumber } ?? false }),
            !strokes.contains(word.lowercased())
        else { return nil }
        return word.hasSuffix(".") ? String(word.dropLast()) : String(word)
    }

    /// Every repository name of a sentence, at most 16.
    private static func names(in text: Substring) -> [String] {
        var result: [String] = []
        var rest = text.prefix(2000)
        while result.count < 16, !rest.isEmpty {
            let end = rest.firstRange(of: "huggingface.co/")
            let plain = rest[..<(end?.lowerBound ?? rest.endIndex)].split(whereSeparator: { separators.contains($0) })
            var found = plain.filter { !$0.hasPrefix("//") }.compactMap(plainName)
            guard let end else {
                result += found.filter { !result.contains($0) }
                break
            }
            let path = rest[end.upperBound...].prefix { !") \"'>],".contains($0) }
            let reference = AssetReference(String(path))
            if reference.owner != nil, !reference.isDataset { found.append(reference.name) }
            for name in found where !result.contains(name) { result.append(name) }
            rest = rest[path.endIndex...]
        }
        return Array(result.prefix(16))
    }
}
