package import CordonFormats
internal import CordonCore

/// Several CycloneDX bills as one.
///
/// Components with the same package URL are one component; their references, dependencies and citations follow. Two
/// bills that give the same package and version different digests contradict each other: nothing is merged then.
/// SPDX documents are not merged.
package struct BillMerge {
    private var components: [DataNode] = []
    private var services: [DataNode] = []
    private var dependencies: [String: Set<String>] = [:]
    private var order: [String] = []
    private var compositions: [DataNode] = []
    private var citations: [DataNode] = []
    private var byKey: [String: Int] = [:]
    private var references: Set<String> = ["merged", "tool:cordon"]
    private var roots: [String] = []
    private var version = "1.4"

    /// Merges bills.
    ///
    /// - Parameter bills: name for messages and content.
    /// - Throws: what contradicts or cannot be merged, with the names of the bills.
    package static func merge(
        _ bills: [(name: String, root: DataNode)], name: String, stamp: BillStamp, version: String
    ) throws(DataFailure) -> [UInt8] {
        var merge = BillMerge()
        for bill in bills { try merge.add(bill.root, bill.name) }
        let body = merge.document(name, stamp, "00000000-0000-4000-8000-000000000000", version)
        return merge.document(name, stamp, stamp.identifier(for: body), version)
    }

    private mutating func add(_ root: DataNode, _ bill: String) throws(DataFailure) {
        guard root["bomFormat"]?.string == "CycloneDX" else {
            throw DataFailure(line: 1, reason: "'\(bill)' is not CycloneDX; only CycloneDX bills are merged")
        }
        version = max(version, root["specVersion"]?.string ?? "1.4")
        var renamed: [String: String] = [:]
        var moved: [Int: Int] = [:]
        if let main = root["metadata"]?["component"] {
            let fresh = Self.member(main, "bom-ref")?.string ?? "project"
            let reference = unique(fresh)
            renamed[fresh] = reference
            roots.append(reference)
            components.append(Self.replacing(main, ["bom-ref": DataNode(.text(reference), line: main.line)], renamed))
        }
        let parts = root["components"]?.elements ?? []
        // All names first: references may lead forward.
        for (index, part) in parts.enumerated() {
            if let known = try same(part, bill) {
                moved[index] = -1
                collect(part, known, &renamed)
            } else {
                rename(part, &renamed)
            }
        }
        for service in root["services"]?.elements ?? [] { rename(service, &renamed) }
        for (index, part) in parts.enumerated() where moved[index] == nil {
            moved[index] = components.count
            if let key = Self.key(part) { byKey[key] = components.count }
            components.append(Self.renaming(part, renamed))
        }
        services += (root["services"]?.elements ?? []).map { Self.renaming($0, renamed) }
        for dependency in root["dependencies"]?.elements ?? [] {
            guard let old = dependency["ref"]?.string else { continue }
            let reference = renamed[old] ?? old
            if dependencies[reference] == nil { order.append(reference) }
            dependencies[reference, default: []].formUnion(
                (dependency["dependsOn"]?.strings ?? []).map { renamed[$0] ?? $0 })
        }
        compositions += (root["compositions"]?.elements ?? []).map { Self.renaming($0, renamed) }
        for citation in root["citations"]?.elements ?? [] { cite(citation, renamed, moved) }
    }

    private static func member(_ node: DataNode, _ key: String) -> DataNode? { node[key] }

    /// What makes two components one.
    private static func key(_ node: DataNode) -> String? { node["purl"]?.string }

    private mutating func same(_ part: DataNode, _ bill: String) throws(DataFailure) -> String? {
        guard let key = Self.key(part), let index = byKey[key] else { return nil }
        let known = components[index]
        for hash in part["hashes"]?.elements ?? [] {
            let others = (known["hashes"]?.elements ?? []).filter { $0["alg"]?.string == hash["alg"]?.string }
            let isShared = others.contains {
                $0["content"]?.string?.lowercased() == hash["content"]?.string?.lowercased()
            }
            // A release has several files; two lists without any digest in common are about different files.
            if !others.isEmpty, !isShared,
                !(part["hashes"]?.elements ?? []).contains(where: { one in
                    (known["hashes"]?.elements ?? []).contains { $0["content"]?.string == one["content"]?.string }
                })
            {
                // Without a version the name is all that two models or datasets have in common: both are kept.
                guard part["version"] != nil else { return nil }
                throw DataFailure(
                    line: part.line,
                    reason:
                        "'\(bill)' gives \(key) other digests than the bills before it. Nothing was merged: find out which is right."
                )
            }
        }
        return known["bom-ref"]?.string
    }

    private func collect(_ part: DataNode, _ known: String, _ renamed: inout [String: String]) {
        if let reference = part["bom-ref"]?.string { renamed[reference] = known }
    }

    private mutating func rename(_ node: DataNode, _ renamed: inout [String: String]) {
        if let old = node["bom-ref"]?.string, renamed[old] == nil { renamed[old] = unique(old) }
        for key in ["components", "services"] { for child in node[key]?.elements ?? [] { rename(child, &renamed) } }
        if let card = node["modelCard"] { rename(card, &renamed) }
        for list in [node["data"], node["modelParameters"]?["datasets"], node["pedigree"]?["ancestors"]] {
            for child in list?.elements ?? [] { rename(child, &renamed) }
        }
        for licence in node["licenses"]?.elements ?? [] {
            rename(licence, &renamed)
            if let inner = licence["license"] { rename(inner, &renamed) }
        }
    }

    private mutating func unique(_ wanted: String) -> String {
        if references.insert(wanted).inserted { return wanted }
        // Thousands may share a name: the size of the set is a number that is mostly free.
        var number = references.count
        while !references.insert("\(wanted)#\(number)").inserted { number += 1 }
        return "\(wanted)#\(number)"
    }

    private static let pointing: Set<String> = [
        "bom-ref", "ref", "dependsOn", "provides", "assemblies", "dependencies", "attributedTo", "process",
    ]

    /// The node with its references renamed.
    private static func renaming(_ node: DataNode, _ renamed: [String: String]) -> DataNode {
        replacing(node, [:], renamed)
    }

    private static func replacing(_ node: DataNode, _ values: [String: DataNode], _ renamed: [String: String])
        -> DataNode
    {
        switch node.value {
        case .map(let members):
            return DataNode(
                .map(
                    members.map { member in
                        if let value = values[member.key] { return .init(key: member.key, value: value) }
                        guard pointing.contains(member.key) else {
                            return .init(key: member.key, value: replacing(member.value, [:], renamed))
                        }
                        return .init(key: member.key, value: texts(member.value, renamed))
                    }), line: node.line)
        case .list(let elements): return DataNode(.list(elements.map { replacing($0, [:], renamed) }), line: node.line)
        default: return node
        }
    }

    private static func texts(_ node: DataNode, _ renamed: [String: String]) -> DataNode {
        switch node.value {
        case .text(let text): DataNode(.text(renamed[text] ?? text), line: node.line)
        case .list(let elements): DataNode(.list(elements.map { texts($0, renamed) }), line: node.line)
        default: replacing(node, [:], renamed)
        }
    }

    /// A citation with its pointers moved to where the components are now; dropped when they were merged into others.
    private mutating func cite(_ citation: DataNode, _ renamed: [String: String], _ moved: [Int: Int]) {
        let pointers = (citation["pointers"]?.strings ?? []).compactMap { pointer -> DataNode? in
            var parts = pointer.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count > 2, parts[1] == "components", let old = Int(parts[2]), let new = moved[old], new >= 0
            else { return nil }
            parts[2] = String(new)
            return DataNode(.text(parts.joined(separator: "/")), line: citation.line)
        }
        guard !pointers.isEmpty else { return }
        citations.append(
            Self.replacing(citation, ["pointers": DataNode(.list(pointers), line: citation.line)], renamed))
    }

    private func document(_ name: String, _ stamp: BillStamp, _ identifier: String, _ toolVersion: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.string("$schema", "http://cyclonedx.org/schema/bom-\(version).schema.json")
            json.string("bomFormat", "CycloneDX")
            json.string("specVersion", version)
            json.string("serialNumber", "urn:uuid:\(identifier)")
            json.number("version", 1)
            json.object("metadata") { json in
                json.string("timestamp", stamp.time)
                if version >= "1.5" {
                    json.object("tools") { json in
                        json.array("components") { json in
                            json.object { json in
                                json.string("type", "application")
                                json.string("bom-ref", "tool:cordon")
                                json.string("name", "cordon")
                                json.string("version", toolVersion)
                            }
                        }
                    }
                }
                json.object("component") { json in
                    json.string("type", "application")
                    json.string("bom-ref", "merged")
                    json.string("name", name)
                }
            }
            json.array("components") { json in for component in components { component.write(nil, to: &json) } }
            if !services.isEmpty {
                json.array("services") { json in for service in services { service.write(nil, to: &json) } }
            }
            json.array("dependencies") { json in
                json.object { json in
                    json.string("ref", "merged")
                    json.array("dependsOn") { json in for root in roots.sorted() { json.string(nil, root) } }
                }
                for reference in order.sorted() {
                    json.object { json in
                        json.string("ref", reference)
                        json.array("dependsOn") { json in
                            for target in (dependencies[reference] ?? []).sorted() where target != reference {
                                json.string(nil, target)
                            }
                        }
                    }
                }
            }
            if !compositions.isEmpty {
                json.array("compositions") { json in for entry in compositions { entry.write(nil, to: &json) } }
            }
            if !citations.isEmpty {
                json.array("citations") { json in for entry in citations { entry.write(nil, to: &json) } }
            }
        }
        return json.bytes
    }
}

extension DataNode {
    /// Writes the value as JSON.
    func write(_ key: String?, to json: inout JSONWriter) {
        switch value {
        case .text(let text): json.string(key, text)
        case .plain(let text): json.raw(key, text.utf8)
        case .boolean(let flag): json.raw(key, (flag ? "true" : "false").utf8)
        case .null: json.raw(key, "null".utf8)
        case .list(let elements): json.array(key) { json in for element in elements { element.write(nil, to: &json) } }
        case .map(let members):
            json.object(key) { json in for member in members { member.value.write(member.key, to: &json) } }
        }
    }
}
