package import CordonFormats

/// Whether a bill of materials keeps the rules of its format: those of the schema for everything Cordon reads and writes,
/// and those that no schema can express (unique references, references that lead somewhere, lengths of digests).
///
/// Sources: CycloneDX 1.4 to 1.7 JSON schemas and specification; SPDX 3.0.1 model. Not checked: the inside of
/// vulnerabilities, formulation, declarations, definitions, annotations and cryptographic properties; purl syntax.
package enum BillRules {
    /// A rule that is broken.
    package struct Breach: Sendable {
        /// Line in the text.
        package let line: Int
        /// What is wrong.
        package let reason: String
    }

    /// Every breach, at most 200.
    ///
    /// - Complexity: O(n).
    package static func breaches(_ root: DataNode) -> [Breach] {
        var checker = Checker()
        if root["@graph"] != nil || root["@context"] != nil {
            checker.spdx(root)
        } else {
            checker.cycloneDX(root)
        }
        return checker.breaches
    }
}

/// What a value must be. Written in tables below.
private indirect enum Shape: Sendable {
    case text, integer(Int), flag, any, time, identifier
    case word(Set<String>)
    case list(Shape, least: Int)
    case object(String)

    static func list(_ shape: Shape) -> Shape { .list(shape, least: 0) }
}

private struct Checker {
    var breaches: [BillRules.Breach] = []
    private var references: [String: Int] = [:]
    private var used: [(reference: String, line: Int, place: String)] = []
    private var version = ""

    mutating func fail(_ node: DataNode, _ reason: String) {
        if breaches.count < 200 { breaches.append(.init(line: node.line, reason: reason)) }
    }

    // MARK: Shapes

    private mutating func check(_ node: DataNode, _ shape: Shape, _ place: String) {
        switch shape {
        case .any: collect(node)
        case .text:
            guard case .text = node.value else { return fail(node, "\(place) is not a text") }
        case .flag:
            if node.boolean == nil { fail(node, "\(place) is not true or false") }
        case .integer(let least):
            guard let value = node.integer, value >= least else {
                return fail(node, "\(place) is not a whole number from \(least)")
            }
        case .time:
            guard case .text(let text) = node.value, text.utf8.count >= 20, Timestamp.seconds(text) != nil else {
                return fail(node, "\(place) is not an RFC 3339 time")
            }
        case .identifier:
            guard case .text(let text) = node.value, !text.isEmpty else {
                return fail(node, "\(place) is not a reference")
            }
        case .word(let words):
            guard case .text(let text) = node.value, words.contains(text) else {
                return fail(node, "\(place) is none of the words of the format: '\(node.string ?? "?")'")
            }
        case .list(let inner, let least):
            guard node.isList else { return fail(node, "\(place) is not a list") }
            if node.elements.count < least { fail(node, "\(place) has fewer than \(least) entries") }
            for element in node.elements { check(element, inner, place) }
        case .object(let name): object(node, name, place)
        }
    }

    /// References inside parts that are not checked further.
    private mutating func collect(_ node: DataNode) {
        if let reference = node["bom-ref"]?.string { note(reference, node) }
        for member in node.members { collect(member.value) }
        for element in node.elements { collect(element) }
    }

    private mutating func note(_ reference: String, _ node: DataNode) {
        if references[reference] != nil { fail(node, "the reference '\(reference)' is used twice") }
        references[reference] = node.line
    }

    private mutating func object(_ node: DataNode, _ name: String, _ place: String) {
        guard node.isMap else { return fail(node, "\(place) is not an object") }
        guard let (fields, required) = Tables.cycloneDX[name] else { return }
        var seen: Set<String> = []
        for member in node.members {
            if !seen.insert(member.key).inserted { fail(member.value, "\(place) has '\(member.key)' twice") }
            guard let shape = fields[member.key] else {
                fail(member.value, "\(place) has no field '\(member.key)'")
                continue
            }
            if Tables.since17[name]?.contains(member.key) ?? false, version != "1.7" {
                fail(member.value, "'\(member.key)' came with CycloneDX 1.7")
            }
            check(member.value, shape, "\(place).\(member.key)")
        }
        for key in required where node[key] == nil { fail(node, "\(place) has no '\(key)'") }
        if let reference = node["bom-ref"]?.string { note(reference, node) }
        special(node, name, place)
    }

    /// Rules between fields.
    private mutating func special(_ node: DataNode, _ name: String, _ place: String) {
        switch name {
        case "hash":
            let lengths = [
                "MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128, "SHA3-256": 64, "SHA3-384": 96,
                "SHA3-512": 128, "BLAKE2b-256": 64, "BLAKE2b-384": 96, "BLAKE2b-512": 128, "BLAKE3": 64,
            ]
            let content = node["content"]?.string ?? ""
            let isHexadecimal = content.utf8.allSatisfy {
                VersionScanner.isDigit($0) || (0x61...0x66).contains($0 | 0x20)
            }
            if let length = lengths[node["alg"]?.string ?? ""], content.utf8.count != length || !isHexadecimal {
                fail(node, "\(place): \(content.utf8.count) characters are no \(node["alg"]?.string ?? "") digest")
            }
        case "licence":
            if (node["id"] == nil) == (node["name"] == nil) {
                fail(node, "\(place) needs exactly one of 'id' and 'name'")
            }
            if let id = node["id"]?.string, LicenceList.identifier(id) != id {
                fail(node, "\(place): '\(id)' is not an SPDX identifier")
            }
        case "licenceChoice":
            if (node["license"] == nil) == (node["expression"] == nil) {
                fail(node, "\(place) needs exactly one of 'license' and 'expression'")
            }
        case "component":
            if node["versionRange"] != nil, node["version"] != nil {
                fail(node, "\(place) has both 'version' and 'versionRange'")
            }
        case "dependency":
            if let reference = node["ref"]?.string { used.append((reference, node.line, place)) }
            for target in (node["dependsOn"]?.strings ?? []) + (node["provides"]?.strings ?? []) {
                used.append((target, node.line, place))
            }
        case "composition":
            for key in ["assemblies", "dependencies"] {
                for target in node[key]?.strings ?? [] { used.append((target, node.line, place)) }
            }
        case "datasetReference":
            if let reference = node["ref"]?.string { used.append((reference, node.line, place)) }
        case "citation":
            if (node["pointers"] == nil) == (node["expressions"] == nil) {
                fail(node, "\(place) needs exactly one of 'pointers' and 'expressions'")
            }
            if node["attributedTo"] == nil, node["process"] == nil { fail(node, "\(place) names nobody") }
            for key in ["attributedTo", "process"] {
                if let reference = node[key]?.string { used.append((reference, node.line, place)) }
            }
        default: break
        }
    }

    // MARK: CycloneDX

    mutating func cycloneDX(_ root: DataNode) {
        guard root.isMap, root["bomFormat"]?.string == "CycloneDX" else {
            return fail(root, "neither CycloneDX ('bomFormat' is missing or another) nor SPDX 3")
        }
        version = root["specVersion"]?.string ?? ""
        if !["1.4", "1.5", "1.6", "1.7"].contains(version) {
            fail(root, "the specification version '\(version)' is none of 1.4 to 1.7")
        }
        object(root, "bom", "the bill")
        if let serial = root["serialNumber"], !Self.isSerial(serial.string ?? "") {
            fail(serial, "'serialNumber' is not urn:uuid: and a UUID in lower case")
        }
        for (reference, line, place) in used where references[reference] == nil && !reference.hasPrefix("urn:cdx:") {
            if breaches.count < 200 {
                breaches.append(.init(line: line, reason: "\(place) names '\(reference)', which is not there"))
            }
        }
        for citation in root["citations"]?.elements ?? [] {
            for pointer in citation["pointers"]?.strings ?? [] where !Self.resolves(pointer, root) {
                fail(citation, "the citation's pointer '\(pointer)' leads nowhere")
            }
        }
    }

    private static func isSerial(_ text: String) -> Bool {
        guard text.hasPrefix("urn:uuid:") else { return false }
        let parts = text.dropFirst(9).split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && parts.joined().utf8.allSatisfy { VersionScanner.isDigit($0) || (0x61...0x66).contains($0) }
    }

    /// RFC 6901.
    private static func resolves(_ pointer: String, _ root: DataNode) -> Bool {
        var node: DataNode? = root
        for raw in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let token = raw.replacing("~1", with: "/").replacing("~0", with: "~")
            guard let current = node else { return false }
            if current.isList {
                let index = Int(token) ?? -1
                node = current.elements.indices.contains(index) ? current.elements[index] : nil
            } else {
                node = current[String(token)]
            }
        }
        return node != nil
    }

    // MARK: SPDX

    mutating func spdx(_ root: DataNode) {
        if root["@context"]?.string != "https://spdx.org/rdf/3.0.1/spdx-context.jsonld" {
            fail(root, "'@context' is not that of SPDX 3.0.1")
        }
        guard let elements = root["@graph"]?.elements, !elements.isEmpty else {
            return fail(root, "'@graph' is missing or empty")
        }
        var known: Set<String> = []
        for element in elements {
            if let id = element["spdxId"]?.string, !known.insert(id).inserted {
                fail(element, "the spdxId '\(id)' is used twice")
            }
        }
        let creations = Set(elements.filter { $0["type"]?.string == "CreationInfo" }.compactMap { $0["@id"]?.string })
        if elements.count(where: { $0["type"]?.string == "SpdxDocument" }) != 1 {
            fail(root, "there must be exactly one SpdxDocument")
        }
        for element in elements { spdxElement(element, known, creations) }
    }

    private mutating func spdxElement(_ node: DataNode, _ known: Set<String>, _ creations: Set<String>) {
        let type = node["type"]?.string ?? ""
        guard let own = Tables.spdx[type] else { return fail(node, "the class '\(type)' is not known") }
        let isElement = !["CreationInfo"].contains(type)
        for member in node.members {
            let isCommon = isElement && Tables.spdxCommon.contains(member.key)
            guard
                let kind = own.fields[member.key] ?? (isCommon ? Tables.spdxCommonKind[member.key] : nil)
                    ?? (isCommon ? "any" : nil)
                    ?? (["type", "@id"].contains(member.key) ? "text" : nil)
            else {
                fail(member.value, "\(type) has no property '\(member.key)'")
                continue
            }
            value(member.value, kind, "\(type).\(member.key)", known)
        }
        for key in own.required where node[key] == nil { fail(node, "\(type) has no '\(key)'") }
        guard isElement else {
            if let created = node["created"]?.string,
                created.utf8.count != 20 || Timestamp.seconds(created) == nil || !created.hasSuffix("Z")
            {
                fail(node, "'created' is not a time in UTC with whole seconds")
            }
            let numbers = (node["specVersion"]?.string ?? "").split(separator: ".")
            if numbers.count != 3 { fail(node, "'specVersion' is not of the form 3.0.1") }
            return
        }
        guard let id = node["spdxId"]?.string, id.contains(":"), !id.hasPrefix("_:") else {
            return fail(node, "\(type) has no absolute 'spdxId'")
        }
        if node["creationInfo"]?.string.map({ creations.contains($0) }) != true, node["creationInfo"]?.isMap != true {
            fail(node, "\(type) has no 'creationInfo' of this document")
        }
        for hash in node["verifiedUsing"]?.elements ?? [] { spdxHash(hash) }
        if type.hasSuffix("Relationship") {
            if node["to"]?.elements.isEmpty ?? true { fail(node, "a relationship leads nowhere") }
        }
    }

    private mutating func spdxHash(_ node: DataNode) {
        let lengths = [
            "md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128, "sha3_256": 64,
            "sha3_384": 96,
            "sha3_512": 128, "blake2b256": 64, "blake2b384": 96, "blake2b512": 128, "blake3": 64,
        ]
        guard let length = lengths[node["algorithm"]?.string ?? ""] else {
            return fail(node, "the algorithm '\(node["algorithm"]?.string ?? "")' is none that SPDX knows")
        }
        let value = node["hashValue"]?.string ?? ""
        if value.utf8.count != length {
            fail(node, "\(value.utf8.count) characters are no \(node["algorithm"]?.string ?? "") digest")
        }
    }

    /// Kinds: `text`, `texts`, `ref`, `refs`, `word:SET`, `words:SET`, `number`, `objects`, `any`.
    private mutating func value(_ node: DataNode, _ kind: String, _ place: String, _ known: Set<String>) {
        func leads(_ text: String) -> Bool {
            known.contains(text) || text.hasPrefix("expandedlicensing_No") || text.hasPrefix("NoAssertion")
                || text.hasPrefix("NoneElement")
                || text.hasPrefix("_:") || text.hasPrefix("https://spdx.org/")
        }
        let parts = kind.split(separator: ":")
        switch parts[0] {
        case "text":
            guard case .text = node.value else { return fail(node, "\(place) is not one text") }
        case "texts":
            guard node.isList, node.elements.allSatisfy({ if case .text = $0.value { true } else { false } }) else {
                return fail(node, "\(place) is not a list of texts")
            }
        case "ref":
            if node.isMap { return }
            guard let text = node.string else { return fail(node, "\(place) is not one reference") }
            if !leads(text) { fail(node, "\(place) names '\(text)', which is not there") }
        case "refs":
            guard node.isList else { return fail(node, "\(place) is not a list of references") }
            for element in node.elements {
                if let text = element.string, !leads(text) {
                    fail(element, "\(place) names '\(text)', which is not there")
                }
            }
        case "word", "words":
            let words = Tables.spdxWords[String(parts.last ?? "")] ?? []
            if parts[0] == "words", !node.isList { return fail(node, "\(place) is not a list") }
            if parts[0] == "words", node.elements.isEmpty { return fail(node, "\(place) is empty") }
            for text in node.strings where !words.contains(text) {
                fail(node, "\(place): '\(text)' is none of the words of the format")
            }
            if parts[0] == "word", node.string == nil { fail(node, "\(place) is not one word") }
        case "number":
            guard let number = node.integer, number >= 0 else {
                return fail(node, "\(place) is not a whole number from 0")
            }
        case "objects":
            if !node.isList { fail(node, "\(place) is not a list") }
        default: return
        }
    }
}

private enum Tables {
    typealias Fields = (fields: [String: Shape], required: [String])

    static let since17: [String: Set<String>] = [
        "bom": ["citations"], "component": ["isExternal", "versionRange", "patentAssertions"],
    ]

    private static let algorithms: Set<String> = [
        "MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512", "BLAKE2b-256",
        "BLAKE2b-384",
        "BLAKE2b-512", "BLAKE3", "Streebog-256", "Streebog-512",
    ]
    private static let types: Set<String> = [
        "application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver",
        "firmware",
        "file", "machine-learning-model", "data", "cryptographic-asset",
    ]
    private static let aggregates: Set<String> = [
        "complete", "incomplete", "incomplete_first_party_only", "incomplete_first_party_proprietary_only",
        "incomplete_first_party_opensource_only", "incomplete_third_party_only",
        "incomplete_third_party_proprietary_only",
        "incomplete_third_party_opensource_only", "unknown", "not_specified",
    ]

    static let cycloneDX: [String: Fields] = [
        "bom": (
            [
                "$schema": .text, "bomFormat": .word(["CycloneDX"]), "specVersion": .text, "serialNumber": .text,
                "version": .integer(1),
                "metadata": .object("metadata"), "components": .list(.object("component")),
                "services": .list(.object("service")),
                "externalReferences": .list(.object("reference")), "dependencies": .list(.object("dependency")),
                "compositions": .list(.object("composition")), "vulnerabilities": .list(.any),
                "annotations": .list(.any),
                "formulation": .list(.any), "declarations": .any, "definitions": .any,
                "properties": .list(.object("property")),
                "signature": .any, "citations": .list(.object("citation")),
            ], ["bomFormat", "specVersion"]
        ),
        "metadata": (
            [
                "timestamp": .time, "lifecycles": .list(.any), "tools": .any, "manufacturer": .any, "manufacture": .any,
                "authors": .list(.any), "component": .object("component"), "supplier": .object("organization"),
                "licenses": .list(.object("licenceChoice")), "properties": .list(.object("property")),
                "distributionConstraints": .any,
            ], []
        ),
        "component": (
            [
                "type": .word(types), "name": .text, "bom-ref": .identifier, "group": .text, "version": .text,
                "mime-type": .text,
                "supplier": .object("organization"), "manufacturer": .object("organization"), "authors": .list(.any),
                "author": .text,
                "publisher": .text, "description": .text, "scope": .word(["required", "optional", "excluded"]),
                "hashes": .list(.object("hash")), "licenses": .list(.object("licenceChoice")), "copyright": .text,
                "cpe": .text,
                "purl": .text, "omniborId": .list(.text), "swhid": .list(.text), "swid": .any, "modified": .flag,
                "pedigree": .object("pedigree"), "externalReferences": .list(.object("reference")),
                "components": .list(.object("component")), "evidence": .any, "releaseNotes": .any,
                "modelCard": .object("modelCard"),
                "data": .list(.any), "cryptoProperties": .any, "properties": .list(.object("property")),
                "tags": .list(.text),
                "signature": .any, "isExternal": .flag, "versionRange": .text, "patentAssertions": .any,
            ], ["type", "name"]
        ),
        "organization": (
            ["bom-ref": .identifier, "name": .text, "address": .any, "url": .list(.text), "contact": .list(.any)], []
        ),
        "hash": (["alg": .word(algorithms), "content": .text], ["alg", "content"]),
        "licenceChoice": (
            [
                "license": .object("licence"), "expression": .text,
                "acknowledgement": .word(["declared", "concluded"]),
                "bom-ref": .identifier, "expressionDetails": .any, "licensing": .any, "properties": .any,
            ], []
        ),
        "licence": (
            [
                "id": .text, "name": .text, "text": .any, "url": .text,
                "acknowledgement": .word(["declared", "concluded"]),
                "bom-ref": .identifier, "licensing": .any, "properties": .any,
            ], []
        ),
        "reference": (
            ["type": .text, "url": .text, "comment": .text, "hashes": .list(.object("hash")), "properties": .any],
            ["type", "url"]
        ),
        "property": (["name": .text, "value": .text], ["name"]),
        "dependency": (["ref": .identifier, "dependsOn": .list(.text), "provides": .list(.text)], ["ref"]),
        "composition": (
            [
                "aggregate": .word(aggregates), "assemblies": .list(.text), "dependencies": .list(.text),
                "vulnerabilities": .any,
                "bom-ref": .identifier, "signature": .any,
            ], ["aggregate"]
        ),
        "citation": (
            [
                "bom-ref": .identifier, "pointers": .list(.text, least: 1), "expressions": .list(.text, least: 1),
                "timestamp": .time,
                "attributedTo": .text, "process": .text, "note": .text, "signature": .any,
            ], ["timestamp"]
        ),
        "service": (
            [
                "bom-ref": .identifier, "provider": .object("organization"), "group": .text, "name": .text,
                "version": .text,
                "description": .text, "endpoints": .list(.text), "authenticated": .flag, "x-trust-boundary": .flag,
                "trustZone": .text,
                "data": .list(.any), "licenses": .list(.object("licenceChoice")),
                "externalReferences": .list(.object("reference")),
                "services": .list(.object("service")), "releaseNotes": .any, "properties": .list(.object("property")),
                "tags": .list(.text), "signature": .any, "patentAssertions": .any,
            ], ["name"]
        ),
        "pedigree": (
            [
                "ancestors": .list(.object("component")), "descendants": .list(.object("component")),
                "variants": .list(.object("component")), "commits": .list(.any), "patches": .list(.any), "notes": .text,
            ], []
        ),
        "modelCard": (
            [
                "bom-ref": .identifier, "modelParameters": .object("modelParameters"), "quantitativeAnalysis": .any,
                "considerations": .any, "properties": .list(.object("property")),
            ], []
        ),
        "modelParameters": (
            [
                "approach": .any, "task": .text, "architectureFamily": .text, "modelArchitecture": .text,
                "datasets": .list(.object("datasetReference")), "inputs": .list(.any), "outputs": .list(.any),
            ], []
        ),
        "datasetReference": (
            [
                "ref": .text, "bom-ref": .identifier, "type": .text, "name": .text, "contents": .any,
                "classification": .text,
                "sensitiveData": .any, "graphics": .any, "description": .text, "governance": .any,
            ], []
        ),
    ]

    // MARK: SPDX

    static let spdxCommon: Set<String> = [
        "type", "spdxId", "creationInfo", "name", "summary", "description", "comment", "externalIdentifier",
        "externalRef",
        "verifiedUsing", "extension",
    ]
    static let spdxCommonKind: [String: String] = [
        "type": "text", "spdxId": "text", "name": "text", "summary": "text", "description": "text", "comment": "text",
        "externalIdentifier": "objects", "externalRef": "objects", "verifiedUsing": "objects", "extension": "objects",
    ]
    static let spdxWords: [String: Set<String>] = [
        "completeness": ["complete", "incomplete", "noAssertion"],
        "scope": ["build", "design", "development", "other", "runtime", "test"],
        "profile": [
            "ai", "build", "core", "dataset", "expandedLicensing", "extension", "lite", "security", "simpleLicensing",
            "software",
        ],
        "sbom": ["analyzed", "build", "deployed", "design", "runtime", "source"],
        "presence": ["yes", "no", "noAssertion"],
        "dataset": [
            "audio", "categorical", "graph", "image", "noAssertion", "numeric", "other", "sensor", "structured",
            "syntactic", "text",
            "timeseries", "timestamp", "video",
        ],
        "availability": ["clickthrough", "directDownload", "query", "registration", "scrapingScript"],
        "confidentiality": ["amber", "clear", "green", "red"], "risk": ["high", "low", "medium", "serious"],
        "fileKind": ["file", "directory"],
        "purpose": [
            "application", "archive", "bom", "configuration", "container", "data", "device", "diskImage",
            "deviceDriver", "documentation",
            "evidence", "executable", "file", "filesystemImage", "firmware", "framework", "install", "library",
            "manifest", "model",
            "module", "operatingSystem", "other", "patch", "platform", "requirement", "source", "specification", "test",
        ],
        "relationship": [
            "affects", "amendedBy", "ancestorOf", "availableFrom", "configures", "contains", "coordinatedBy",
            "copiedTo", "delegatedTo",
            "dependsOn", "descendantOf", "describes", "doesNotAffect", "expandsTo", "exploitCreatedBy", "fixedBy",
            "fixedIn", "foundBy",
            "generates", "hasAddedFile", "hasAssessmentFor", "hasAssociatedVulnerability", "hasConcludedLicense",
            "hasDataFile",
            "hasDeclaredLicense", "hasDeletedFile", "hasDependencyManifest", "hasDistributionArtifact",
            "hasDocumentation",
            "hasDynamicLink", "hasEvidence", "hasExample", "hasHost", "hasInput", "hasMetadata", "hasOptionalComponent",
            "hasOptionalDependency", "hasOutput", "hasPrerequisite", "hasProvidedDependency", "hasRequirement",
            "hasSpecification",
            "hasStaticLink", "hasTest", "hasTestCase", "hasVariant", "invokedBy", "modifiedBy", "other", "packagedBy",
            "patchedBy",
            "publishedBy", "reportedBy", "republishedBy", "serializedInArtifact", "testedOn", "trainedOn",
            "underInvestigationFor",
            "usesTool",
        ],
    ]

    private static let artifact: [String: String] = [
        "builtTime": "text", "releaseTime": "text", "validUntilTime": "text", "suppliedBy": "ref",
        "originatedBy": "refs",
        "standardName": "texts", "supportLevel": "any", "software_copyrightText": "text",
        "software_attributionText": "texts",
        "software_contentIdentifier": "any", "software_primaryPurpose": "word:purpose",
        "software_additionalPurpose": "words:purpose",
    ]
    private static let package: [String: String] = artifact.merging(
        [
            "software_packageVersion": "text", "software_packageUrl": "text", "software_downloadLocation": "text",
            "software_homePage": "text", "software_sourceInfo": "text",
        ], uniquingKeysWith: { first, _ in first })
    private static let relationship: [String: String] = [
        "from": "ref", "to": "refs", "relationshipType": "word:relationship", "completeness": "word:completeness",
        "startTime": "text",
        "endTime": "text",
    ]

    static let spdx: [String: (fields: [String: String], required: [String])] = [
        "CreationInfo": (
            ["created": "text", "createdBy": "refs", "createdUsing": "refs", "specVersion": "text", "comment": "text"],
            ["created", "createdBy", "specVersion"]
        ),
        "SpdxDocument": (
            [
                "element": "refs", "rootElement": "refs", "profileConformance": "words:profile", "dataLicense": "ref",
                "import": "objects", "namespaceMap": "objects",
            ], []
        ),
        "software_Sbom": (
            [
                "element": "refs", "rootElement": "refs", "software_sbomType": "words:sbom",
                "profileConformance": "words:profile", "context": "text",
            ], []
        ),
        "Bom": (
            ["element": "refs", "rootElement": "refs", "profileConformance": "words:profile", "context": "text"], []
        ),
        "Bundle": (
            ["element": "refs", "rootElement": "refs", "profileConformance": "words:profile", "context": "text"], []
        ),
        "ai_AIPackage": (
            package.merging(
                [
                    "ai_autonomyType": "word:presence", "ai_domain": "texts", "ai_energyConsumption": "any",
                    "ai_hyperparameter": "objects",
                    "ai_informationAboutApplication": "text", "ai_informationAboutTraining": "text",
                    "ai_limitation": "text",
                    "ai_metric": "objects", "ai_metricDecisionThreshold": "objects",
                    "ai_modelDataPreprocessing": "texts",
                    "ai_modelExplainability": "texts", "ai_safetyRiskAssessment": "word:risk",
                    "ai_standardCompliance": "texts",
                    "ai_typeOfModel": "texts", "ai_useSensitivePersonalInformation": "word:presence",
                ], uniquingKeysWith: { first, _ in first }), []
        ),
        "dataset_DatasetPackage": (
            package.merging(
                [
                    "dataset_datasetType": "words:dataset", "dataset_datasetSize": "number",
                    "dataset_datasetAvailability": "word:availability",
                    "dataset_confidentialityLevel": "word:confidentiality",
                    "dataset_hasSensitivePersonalInformation": "word:presence", "dataset_dataCollectionProcess": "text",
                    "dataset_intendedUse": "text", "dataset_datasetNoise": "text",
                    "dataset_datasetUpdateMechanism": "text",
                    "dataset_dataPreprocessing": "texts", "dataset_knownBias": "texts",
                    "dataset_anonymizationMethodUsed": "texts",
                    "dataset_sensor": "objects",
                ], uniquingKeysWith: { first, _ in first }), ["dataset_datasetType"]
        ),
        "software_Package": (package, []),
        "software_File": (
            artifact.merging(
                ["contentType": "text", "software_fileKind": "word:fileKind"], uniquingKeysWith: { first, _ in first }),
            []
        ),
        "software_Snippet": (
            artifact.merging(
                ["software_byteRange": "any", "software_lineRange": "any", "software_snippetFromFile": "ref"],
                uniquingKeysWith: { first, _ in first }), []
        ),
        "Relationship": (relationship, ["from", "to", "relationshipType"]),
        "LifecycleScopedRelationship": (
            relationship.merging(["scope": "word:scope"], uniquingKeysWith: { first, _ in first }),
            ["from", "to", "relationshipType"]
        ),
        "Annotation": (
            ["annotationType": "text", "contentType": "text", "statement": "text", "subject": "ref"],
            ["annotationType", "subject"]
        ),
        "simplelicensing_LicenseExpression": (
            [
                "simplelicensing_licenseExpression": "text", "simplelicensing_licenseListVersion": "text",
                "simplelicensing_customIdToUri": "objects",
            ], ["simplelicensing_licenseExpression"]
        ),
        "simplelicensing_SimpleLicensingText": (
            ["simplelicensing_licenseText": "text"], ["simplelicensing_licenseText"]
        ),
        "Organization": ([:], []), "Person": ([:], []), "SoftwareAgent": ([:], []), "Agent": ([:], []),
        "Tool": ([:], []),
        "IndividualElement": ([:], []),
    ]
}
