internal import CordonCore
package import CordonFormats

/// Who may supply what, and what must be shown before it may enter: `[gate]`, `[[supplier]]` and `[[waiver]]`.
package struct SupplierPolicy: Sendable {
    /// Somebody who may supply assets.
    package struct Supplier: Sendable {
        /// The name, and other names under which cards and statements know it.
        package var names: [String] = []
        /// Patterns of assets (`owner/*`) that it may supply; empty for all.
        package var assets: [String] = []
        /// Patterns of signers: a key's fingerprint, a certificate's subject, a Sigstore identity. When there are any,
        /// only what one of them signed a statement about counts as this supplier's.
        package var identities: [String] = []
    }
    /// An exception that somebody takes responsibility for.
    package struct Waiver: Sendable {
        /// Pattern of the asset.
        package var asset = ""
        /// The check it is about: supplier, licence, grade, age, statement, approvals, contradiction, gap.
        package var check = ""
        /// Why.
        package var reason = ""
        /// Who decided.
        package var by = ""
        /// RFC 3339 date after which it no longer holds.
        package var until = ""
    }
    /// Suppliers; none means that anybody may supply.
    package private(set) var suppliers: [Supplier] = []
    /// Exceptions.
    package private(set) var waivers: [Waiver] = []
    /// Least grade of every step towards what an asset comes from.
    package private(set) var minimumGrade: Grade?
    /// Days after which a statement no longer counts.
    package private(set) var maximumAge: Int?
    /// Licences that are allowed; none means all.
    package private(set) var licences: [String] = []
    /// Predicate types that a trusted signer must have stated about each model.
    package private(set) var statements: [String] = []
    /// How many different trusted signers must have said PASSED.
    package private(set) var approvals = 0
    /// Whether assets of which no origin is stated may enter.
    package private(set) var allowsGaps = false

    private static let checks: Set<String> = [
        "supplier", "licence", "grade", "age", "statement", "approvals", "contradiction", "gap",
    ]

    /// Reads a policy: a `cordon.toml` or a file of the same sections.
    ///
    /// - Throws: with the line for a section or key that does not exist, or a value of the wrong kind.
    package init(_ root: DataNode) throws(DataFailure) {
        for section in root.members {
            switch section.key {
            case "gate": try readGate(section.value)
            case "supplier": for node in section.value.elements { suppliers.append(try Self.supplier(node)) }
            case "waiver": for node in section.value.elements { waivers.append(try Self.waiver(node)) }
            case "scan", "limits", "trust", "advisories": continue
            default: throw DataFailure(line: section.value.line, reason: "there is no section '\(section.key)'")
            }
        }
    }

    private mutating func readGate(_ node: DataNode) throws(DataFailure) {
        for member in node.members {
            let value = member.value
            switch member.key {
            case "minimum-grade":
                guard let grade = value.string.flatMap({ Grade(name: $0) }), grade != .missing else {
                    throw DataFailure(
                        line: value.line, reason: "'minimum-grade' takes verified, attested, claimed or inferred")
                }
                minimumGrade = grade
            case "max-age-days":
                guard let days = value.integer, days > 0 else {
                    throw DataFailure(line: value.line, reason: "'max-age-days' takes a whole number from 1")
                }
                maximumAge = days
            case "approvals":
                guard let count = value.integer, count >= 0 else {
                    throw DataFailure(line: value.line, reason: "'approvals' takes a whole number from 0")
                }
                approvals = count
            case "licences": licences = try Self.texts(value, "licences").map(LicenceName.normalised)
            case "require-statements": statements = try Self.texts(value, "require-statements")
            case "allow-gaps":
                guard let flag = value.boolean else {
                    throw DataFailure(line: value.line, reason: "'allow-gaps' takes true or false")
                }
                allowsGaps = flag
            default: throw DataFailure(line: value.line, reason: "there is no setting 'gate.\(member.key)'")
            }
        }
    }

    private static func texts(_ node: DataNode, _ key: String) throws(DataFailure) -> [String] {
        let texts = node.elements.compactMap(\.string)
        guard node.isList, texts.count == node.elements.count else {
            throw DataFailure(line: node.line, reason: "'\(key)' takes a list of texts")
        }
        return texts
    }

    private static func supplier(_ node: DataNode) throws(DataFailure) -> Supplier {
        var supplier = Supplier()
        for member in node.members {
            switch member.key {
            case "name":
                guard let text = member.value.string else {
                    throw DataFailure(line: member.value.line, reason: "'supplier.name' takes a text")
                }
                supplier.names.insert(text, at: 0)
            case "also-known-as": supplier.names += try texts(member.value, "supplier.also-known-as")
            case "assets": supplier.assets = try texts(member.value, "supplier.assets")
            case "identities": supplier.identities = try texts(member.value, "supplier.identities")
            default: throw DataFailure(line: member.value.line, reason: "there is no setting 'supplier.\(member.key)'")
            }
        }
        guard !supplier.names.isEmpty else { throw DataFailure(line: node.line, reason: "a supplier needs a 'name'") }
        return supplier
    }

    private static func waiver(_ node: DataNode) throws(DataFailure) -> Waiver {
        var waiver = Waiver()
        for member in node.members {
            guard let text = member.value.string, !text.isEmpty else {
                throw DataFailure(line: member.value.line, reason: "'waiver.\(member.key)' takes a text")
            }
            switch member.key {
            case "asset": waiver.asset = text
            case "check": waiver.check = text
            case "reason": waiver.reason = text
            case "by": waiver.by = text
            case "until": waiver.until = text
            default: throw DataFailure(line: member.value.line, reason: "there is no setting 'waiver.\(member.key)'")
            }
        }
        guard checks.contains(waiver.check) else {
            throw DataFailure(
                line: node.line, reason: "'waiver.check' takes one of \(checks.sorted().joined(separator: ", "))")
        }
        guard !waiver.asset.isEmpty, !waiver.reason.isEmpty, !waiver.by.isEmpty, Timestamp.seconds(waiver.until) != nil
        else {
            throw DataFailure(
                line: node.line, reason: "a waiver needs 'asset', 'check', 'reason', 'by', and 'until' as a date")
        }
        return waiver
    }
}

/// The decision whether assets may enter.
package struct GateDecision: Sendable {
    /// One check that was not met.
    package struct Refusal: Sendable {
        /// The asset.
        package let asset: String
        /// The check.
        package let check: String
        /// Why, for people.
        package let reason: String
        /// The exception that covers it, when there is one.
        package let waiver: SupplierPolicy.Waiver?
    }
    /// A statement by a trusted signer about an asset.
    package struct Attestation: Sendable {
        /// Node of the asset.
        package let node: Int
        /// Predicate type.
        package let predicate: String
        /// Who signed.
        package let signer: String
        /// When, seconds since 1970, when it says so.
        package let time: Int?
        /// `PASSED` and the like, when it says so.
        package let result: String?

        /// Makes an entry.
        package init(node: Int, predicate: String, signer: String, time: Int?, result: String?) {
            self.node = node
            self.predicate = predicate
            self.signer = signer
            self.time = time
            self.result = result
        }
    }
    /// Assets that were looked at.
    package private(set) var assets: [InventoryAsset] = []
    /// What was not met.
    package private(set) var refusals: [Refusal] = []

    /// Whether everything was met or waived.
    package var isPassed: Bool { !assets.isEmpty && refusals.allSatisfy { $0.waiver != nil } }
    /// Exceptions that were used.
    package var waived: [Refusal] { refusals.filter { $0.waiver != nil } }

    private let policy: SupplierPolicy
    private let inventory: Inventory
    private let attestations: [Attestation]
    private let now: Int

    /// Decides about every model and dataset of an inventory.
    ///
    /// - Complexity: O(assets · (suppliers + statements)).
    package init(_ inventory: Inventory, policy: SupplierPolicy, attestations: [Attestation], now: Int) {
        self.policy = policy
        self.inventory = inventory
        self.attestations = attestations
        self.now = now
        assets = inventory.assets.filter { $0.kind == .model || $0.kind == .dataset }
        for asset in assets { judge(asset) }
        for problem in inventory.graph.problems where problem.kind == .contradiction || problem.kind == .cycle {
            refuse(problem.file, "contradiction", problem.message)
        }
        if assets.isEmpty { refuse(inventory.name, "gap", "there is no model or dataset to decide about") }
    }

    private mutating func refuse(_ asset: String, _ check: String, _ reason: String) {
        let waiver = policy.waivers.first { waiver in
            waiver.check == check && Pattern.matches(waiver.asset, asset)
                && (Timestamp.seconds(waiver.until) ?? 0) >= now
        }
        refusals.append(Refusal(asset: asset, check: check, reason: reason, waiver: waiver))
    }

    private mutating func judge(_ asset: InventoryAsset) {
        let edges = inventory.graph.outgoing[asset.node].map { inventory.graph.edges[$0] }
        supplier(asset, edges)
        let licences = asset.values(.licence)
        if !policy.licences.isEmpty {
            if licences.isEmpty {
                refuse(asset.name, "licence", "no licence is stated")
            } else if let bad = licences.first(where: { !policy.licences.contains($0) }) {
                refuse(asset.name, "licence", "the licence '\(PrintableText.quoting(bad, limit: 100))' is not allowed")
            }
        }
        let origins = edges.filter { $0.relation.isDerivation || $0.relation == .trainedOn }
        if asset.kind == .model, origins.isEmpty, !policy.allowsGaps {
            refuse(asset.name, "gap", "neither base model nor training data is stated")
        }
        if let least = policy.minimumGrade {
            for edge in origins where edge.grade > least {
                refuse(
                    asset.name, "grade",
                    "\(edge.relation.rawValue) \(PrintableText.quoting(inventory.graph.nodes[edge.to].name, limit: 100)) is only \(edge.grade.name)"
                )
            }
        }
        statements(asset)
    }

    private mutating func supplier(_ asset: InventoryAsset, _ edges: [ProvenanceGraph.Edge]) {
        guard !policy.suppliers.isEmpty else { return }
        let parties = edges.filter { [.suppliedBy, .builtBy, .republishedBy, .collectedBy].contains($0.relation) }
            .map { inventory.graph.nodes[$0.to].name }
        let owner = asset.owner
        let names = Set(
            (parties + [owner].compactMap { $0 } + asset.values(.supplier) + asset.values(.author)).map {
                $0.lowercased()
            })
        let signers = attestations.filter { $0.node == asset.node }.map(\.signer)
        var isUnsigned = false
        let known = policy.suppliers.filter { supplier in
            // Anybody can write a supplier's name into a card.
            let isSigned =
                supplier.identities.isEmpty
                || supplier.identities.contains { identity in
                    signers.contains { Pattern.matches(identity, $0) }
                }
            let isNamed = supplier.names.contains { names.contains($0.lowercased()) }
            let isListed = supplier.assets.contains { Pattern.matches($0, asset.name) }
            let isSupplier =
                (isNamed && supplier.assets.isEmpty) || isListed && (isNamed || names.isEmpty || owner != nil)
            if isSupplier, !isSigned { isUnsigned = true }
            return isSupplier && isSigned
        }
        if known.isEmpty {
            let shown =
                isUnsigned
                ? "none of its supplier's identities signed a statement about it"
                : names.isEmpty
                    ? "nobody is named as its supplier"
                    : "'\(names.sorted().joined(separator: "', '"))' is no supplier of it"
            refuse(asset.name, "supplier", PrintableText.quoting(shown, limit: 300))
        }
    }

    private mutating func statements(_ asset: InventoryAsset) {
        let own = attestations.filter { $0.node == asset.node }
        let fresh = own.filter { attestation in
            guard let limit = policy.maximumAge else { return true }
            guard let time = attestation.time else { return false }
            return now - time <= limit * 86_400
        }
        if asset.kind == .model {
            for wanted in policy.statements where !own.contains(where: { $0.predicate == wanted }) {
                refuse(
                    asset.name, "statement",
                    "no trusted signer stated \(PrintableText.quoting(wanted, limit: 120)) about it")
            }
            let signers = Set(fresh.filter { $0.result == "PASSED" }.map(\.signer))
            if signers.count < policy.approvals {
                refuse(asset.name, "approvals", "\(signers.count) of \(policy.approvals) approvals by trusted signers")
            }
        }
        if !own.isEmpty, fresh.isEmpty {
            refuse(
                asset.name, "age",
                "every statement is older than \(policy.maximumAge ?? 0) days, or does not say when it was made")
        }
    }

    /// The decision as the predicate of a verification summary.
    ///
    /// Source: SLSA Verification Summary Attestation v1.
    package func summary(
        verifier: String, policyURI: String, policyDigest: String, statements: [(name: String, digest: String)]
    ) -> [UInt8] {
        var json = JSONWriter(isCompact: true)
        json.object { json in
            json.object("verifier") { $0.string("id", verifier) }
            json.string("timeVerified", Timestamp.text(now))
            json.string("resourceUri", "urn:cordon:asset:\(CycloneDXWriter.escaped(inventory.name))")
            json.object("policy") { json in
                json.string("uri", policyURI)
                json.object("digest") { $0.string("sha256", policyDigest) }
                if !waived.isEmpty {
                    json.object("annotations") { json in
                        json.array("waivers") { json in
                            for refusal in waived {
                                json.object { json in
                                    json.string("asset", PrintableText.quoting(refusal.asset, limit: 300))
                                    json.string("check", refusal.check)
                                    json.string("waived", refusal.reason)
                                    json.string("reason", refusal.waiver?.reason)
                                    json.string("by", refusal.waiver?.by)
                                    json.string("until", refusal.waiver?.until)
                                }
                            }
                        }
                    }
                }
            }
            json.array("inputAttestations") { json in
                for statement in statements {
                    json.object { json in
                        json.string("uri", "urn:cordon:file:\(CycloneDXWriter.escaped(statement.name))")
                        json.object("digest") { $0.string("sha256", statement.digest) }
                    }
                }
            }
            json.string("verificationResult", isPassed ? "PASSED" : "FAILED")
            json.array("verifiedLevels") { $0.string(nil, isPassed ? "CORDON_GATE" : "FAILED") }
            json.string("slsaVersion", "1.0")
        }
        return json.bytes
    }
}

/// Patterns with `*`, which stands for anything.
enum Pattern {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false)
        var rest = text.lowercased()[...]
        guard parts.count > 1 else { return rest == parts[0] }
        guard rest.hasPrefix(parts[0]) else { return false }
        rest = rest.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1]) && rest.count >= parts[parts.count - 1].count
    }
}
