package import CordonFormats

/// The front matter and text of a `README.md`: a model card or a dataset card.
///
/// Source: Hugging Face hub documentation, "Model Cards" and "Dataset Cards".
package struct Card: Sendable {
    /// The YAML between the first two lines of `---`; `nil` when there is none.
    package let matter: DataNode?
    /// Why the front matter could not be read.
    package let failure: DataFailure?
    /// Lines of the text behind it, with their numbers.
    package let body: [(line: Int, text: Substring)]
    private let text: String

    /// Reads a card. O(n).
    package init(_ bytes: [UInt8]) {
        text = String(decoding: bytes, as: UTF8.self)
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        if lines.first?.hasPrefix("\u{FEFF}") ?? false { lines[lines.startIndex] = lines[lines.startIndex].dropFirst() }
        var front: [Substring] = []
        var skipped = 0
        if lines.first?.trimmingWhitespace == "---",
            let end = lines.dropFirst().firstIndex(where: { $0.trimmingWhitespace == "---" })
        {
            front = Array(lines[(lines.startIndex + 1)..<end])
            skipped = end + 1
        }
        body = lines.dropFirst(skipped).enumerated().map { (skipped + $0 + 1, $1) }
        guard !front.isEmpty else {
            (matter, failure) = (nil, nil)
            return
        }
        do throws(DataFailure) {
            let node = try DataNode.yaml(Array(front.joined(separator: "\n").utf8))
            (matter, failure) = (node.isMap ? node : nil, nil)
        } catch {
            (matter, failure) = (nil, DataFailure(line: error.line + 1, reason: error.reason))
        }
    }

    private static let datasetKeys: Set<String> = [
        "dataset_info", "task_categories", "size_categories", "annotations_creators", "language_creators",
        "source_datasets", "multilinguality", "task_ids", "configs", "paperswithcode_id",
    ]
    private static let modelKeys: Set<String> = [
        "base_model", "base_model_relation", "pipeline_tag", "library_name", "model-index", "model_name", "datasets",
        "quantized_by", "inference", "new_version",
    ]

    /// Whether the front matter is that of a dataset card.
    package var isDataset: Bool {
        let keys = Set((matter?.members ?? []).map(\.key))
        return !keys.isDisjoint(with: Self.datasetKeys)
            && keys.isDisjoint(with: Self.modelKeys.subtracting(["datasets"]))
    }

    /// Whether the front matter is that of a model card.
    package var isModel: Bool {
        !isDataset && (matter?.members ?? []).contains { Self.modelKeys.contains($0.key) }
    }

    /// Code blocks of the text: what stands between lines of ``` or ~~~, with the line it begins on.
    ///
    /// Source: CommonMark 0.31, "Fenced code blocks". Blocks inside lists and quotes are not told apart from others.
    package var blocks: [(line: Int, text: String)] {
        var result: [(Int, String)] = []
        var open: (mark: Substring, line: Int, lines: [Substring])?
        for (line, raw) in body.prefix(20_000) {
            let text = raw.trimmingWhitespace
            if let block = open {
                if text.hasPrefix(block.mark), text.allSatisfy({ $0 == block.mark.first }) {
                    result.append((block.line, block.lines.joined(separator: "\n")))
                    open = nil
                    if result.count == 100 { break }
                } else {
                    open?.lines.append(raw)
                }
            } else if let first = text.first, first == "`" || first == "~" {
                let mark = text.prefix { $0 == first }
                if mark.count >= 3 { open = (mark, line + 1, []) }
            }
        }
        return result
    }

    /// Texts of a key, empty ones and placeholders left out.
    package func strings(_ key: String) -> [(value: String, line: Int)] {
        guard let node = matter?[key] else { return [] }
        let nodes = node.isList ? node.elements : [node]
        return nodes.compactMap { element in
            guard let text = element.string?.trimmingWhitespace, !text.isEmpty, text != "[More Information Needed]"
            else {
                return nil
            }
            return (String(text), element.line + 1)
        }
    }
}

/// A name of a model or dataset as people write it: `owner/name`, an address, a cache path, a package URL.
package struct AssetReference: Sendable, Equatable {
    /// `owner/name`, or the bare name.
    package let name: String
    /// The part before the slash.
    package let owner: String?
    /// Revision, when one is named.
    package let revision: String?
    /// Whether the address says that it is a dataset.
    package let isDataset: Bool
    /// Whether it is a path of the file system rather than a name.
    package let isPath: Bool

    /// Reads a reference.
    package init(_ text: String) {
        var rest = String(text.trimmingWhitespace)
        var dataset = false
        if rest.hasPrefix("git+") { rest = String(rest.dropFirst(4)) }
        for prefix in [
            "https://huggingface.co/", "http://huggingface.co/", "https://hf.co/", "hf.co/", "hf://", "huggingface://",
            "hf-mirror.com/",
            "pkg:huggingface/", "https://www.huggingface.co/", "models/", "huggingface.co/",
        ] where rest.lowercased().hasPrefix(prefix) {
            if prefix == "models/", rest.split(separator: "/").count < 3 { continue }
            rest = String(rest.dropFirst(prefix.count))
        }
        if rest.hasPrefix("datasets/") {
            rest = String(rest.dropFirst(9))
            dataset = true
        }
        var revision: String?
        // The cache of the hub: models--owner--name/snapshots/REVISION.
        let parts = rest.split(separator: "/")
        if let index = parts.firstIndex(where: { $0.hasPrefix("models--") || $0.hasPrefix("datasets--") }) {
            dataset = dataset || parts[index].hasPrefix("datasets--")
            let words = parts[index].split(separator: "-", omittingEmptySubsequences: false)
            var names: [String] = [""]
            var position = 1
            while position < words.count {
                if words[position].isEmpty, position + 1 < words.count {
                    names.append(String(words[position + 1]))
                    position += 2
                } else {
                    names[names.count - 1] += (names[names.count - 1].isEmpty ? "" : "-") + words[position]
                    position += 1
                }
            }
            rest = names.filter { !$0.isEmpty }.joined(separator: "/")
            if parts.count > index + 2, parts[index + 1] == "snapshots" { revision = String(parts[index + 2]) }
        }
        for marker in ["/tree/", "/blob/", "/resolve/"] {
            guard let range = rest.firstRange(of: marker) else { continue }
            revision = String(rest[range.upperBound...].prefix { $0 != "/" })
            rest = String(rest[..<range.lowerBound])
        }
        if let at = rest.lastIndex(of: "@"), at > rest.startIndex {
            revision = String(rest[rest.index(after: at)...].prefix { $0 != "/" && $0 != "?" })
            rest = String(rest[..<at])
        }
        rest = String(rest.prefix { $0 != "?" && $0 != "#" })
        while rest.hasSuffix("/") { rest.removeLast() }
        isPath =
            rest.hasPrefix(".") || rest.hasPrefix("/") || rest.hasPrefix("~") || rest.contains("\\")
            || rest.split(separator: "/").count > 2 && !text.contains("://")
        if text.contains("://") || text.hasPrefix("pkg:") {
            // A file inside a repository: the repository is what is meant.
            let isHub = ["huggingface", "hf://", "hf.co"].contains { text.contains($0) }
            if isHub { rest = rest.split(separator: "/").prefix(2).joined(separator: "/") }
        }
        name = rest
        self.revision = revision
        isDataset = dataset
        let words = rest.split(separator: "/")
        owner = words.count == 2 && !isPath ? String(words[0]) : nil
    }

    /// Whether two names are of one family, as a model and its tuned or packed forms are: `Qwen2.5-7B` and
    /// `Qwen2.5-7B-Instruct`, `llama-3-8b-bnb-4bit` and `Meta-Llama-3-8B`.
    package func isKin(_ other: AssetReference) -> Bool {
        let (one, two) = (Self.core(last), Self.core(other.last))
        guard one.count >= 5, two.count >= 5 else { return one == two }
        return one.contains(two) || two.contains(one) || one.commonPrefix(with: two).count >= 7
    }

    private static func core(_ name: String) -> String {
        var text = name.lowercased()
        for mark in [
            "-bnb-4bit", "-bnb-8bit", "-4bit", "-8bit", "-gguf", "-gptq", "-awq", "-exl2", "-hf", "-fp16", "-bf16",
        ] {
            text = text.replacing(mark, with: "")
        }
        return text.filter { $0.isLetter || $0.isNumber }
    }

    /// The part behind the last slash.
    package var last: String { name.split(separator: "/").last.map(String.init) ?? name }

    /// Whether two references can mean the same: equal, or one without an owner. Letter case does not count.
    package func matches(_ other: AssetReference) -> Bool {
        if name.lowercased() == other.name.lowercased() { return true }
        guard owner == nil || other.owner == nil else { return false }
        return last.lowercased() == other.last.lowercased()
    }
}

/// Names of licences as cards and files write them.
package enum LicenceName {
    private static let common: [String: String] = [
        "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache-2": "Apache-2.0",
        "apache2": "Apache-2.0",
        "apache license, version 2.0": "Apache-2.0", "apache license version 2.0": "Apache-2.0", "mit license": "MIT",
        "the mit license": "MIT", "bsd": "BSD-3-Clause", "bsd license": "BSD-3-Clause", "bsd-3": "BSD-3-Clause",
        "gpl-3.0": "GPL-3.0-only", "gpl-2.0": "GPL-2.0-only", "gpl": "GPL-3.0-only", "lgpl-3.0": "LGPL-3.0-only",
        "agpl-3.0": "AGPL-3.0-only", "lgpl-2.1": "LGPL-2.1-only", "cc-by": "CC-BY-4.0", "cc0": "CC0-1.0",
        "cc-by-nc-4": "CC-BY-NC-4.0", "cc-by-4": "CC-BY-4.0", "openrail": "OpenRAIL", "mpl": "MPL-2.0",
        "new bsd": "BSD-3-Clause", "new bsd license": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause",
        "bsd 3-clause": "BSD-3-Clause", "bsd 2-clause": "BSD-2-Clause", "psf": "PSF-2.0", "unlicense": "Unlicense",
        "apache": "Apache-2.0", "apache software license": "Apache-2.0",
    ]
    private static let addresses: [(String, String)] = [
        ("creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
        ("creativecommons.org/licenses/by-sa/4.0", "CC-BY-SA-4.0"),
        ("creativecommons.org/licenses/by-nc/4.0", "CC-BY-NC-4.0"),
        ("creativecommons.org/licenses/by-nc-sa/4.0", "CC-BY-NC-SA-4.0"),
        ("creativecommons.org/licenses/by-nd/4.0", "CC-BY-ND-4.0"),
        ("creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"), ("apache.org/licenses/license-2.0", "Apache-2.0"),
        ("opensource.org/licenses/mit", "MIT"), ("opensource.org/license/mit", "MIT"),
        ("spdx.org/licenses/", ""), ("gnu.org/licenses/gpl-3.0", "GPL-3.0-only"),
        ("choosealicense.com/licenses/mit", "MIT"), ("choosealicense.com/licenses/apache-2.0", "Apache-2.0"),
    ]

    /// The SPDX identifier where there is one, else the text as written.
    package static func normalised(_ text: String) -> String {
        let trimmed = String(text.trimmingWhitespace)
        if let identifier = LicenceList.identifier(trimmed) { return identifier }
        let lower = trimmed.lowercased()
        if let known = common[lower] { return known }
        for (address, identifier) in addresses where lower.contains(address) {
            if !identifier.isEmpty { return identifier }
            let last = trimmed.split(separator: "/").last.map(String.init) ?? ""
            let bare = last.hasSuffix(".html") ? String(last.dropLast(5)) : last
            if let found = LicenceList.identifier(bare) { return found }
        }
        return trimmed
    }

    /// The licence that the text of a licence file is, by its title and opening words.
    package static func ofText(_ text: String) -> String? {
        let head = text.prefix(3000).lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let table: [(String, String)] = [
            ("apache license version 2.0", "Apache-2.0"),
            ("gnu affero general public license version 3", "AGPL-3.0-only"),
            ("gnu lesser general public license version 3", "LGPL-3.0-only"),
            ("gnu lesser general public license version 2.1", "LGPL-2.1-only"),
            ("gnu general public license version 3", "GPL-3.0-only"),
            ("gnu general public license version 2", "GPL-2.0-only"), ("mozilla public license version 2.0", "MPL-2.0"),
            ("creative commons attribution-noncommercial-sharealike 4.0", "CC-BY-NC-SA-4.0"),
            ("creative commons attribution-noncommercial 4.0", "CC-BY-NC-4.0"),
            ("creative commons attribution-sharealike 4.0", "CC-BY-SA-4.0"),
            ("creative commons attribution 4.0", "CC-BY-4.0"), ("attribution 4.0 international", "CC-BY-4.0"),
            ("cc0 1.0 universal", "CC0-1.0"), ("creativeml open rail-m", "CreativeML OpenRAIL-M"),
            ("llama 2 community license", "Llama 2 Community License"),
            ("llama 3.1 community license", "Llama 3.1 Community License"),
            ("llama 3 community license", "Llama 3 Community License"), ("gemma terms of use", "Gemma Terms of Use"),
            ("permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
            ("redistribution and use in source and binary forms", "BSD-3-Clause"),
            ("mit license", "MIT"), ("isc license", "ISC"),
            ("permission to use, copy, modify, and/or distribute this software for any purpose", "ISC"),
            ("boost software license - version 1.0", "BSL-1.0"),
            ("this is free and unencumbered software", "Unlicense"),
        ]
        guard let (_, found) = table.first(where: { head.contains($0.0) }) else { return nil }
        if found == "BSD-3-Clause", !head.contains("neither the name") { return "BSD-2-Clause" }
        return found
    }
}

extension String {
    /// The characters that both begin with.
    func commonPrefix(with other: String) -> Substring {
        prefix(zip(self, other).prefix { $0 == $1 }.count)
    }
}
