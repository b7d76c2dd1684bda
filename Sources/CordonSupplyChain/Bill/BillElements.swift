/// Elements that a bill of materials for AI should have, and whether one has them.
///
/// Sources: G7 Cybersecurity Working Group, "SBOM for AI – minimum elements" (2026; the numbers are those of the openregtech
/// transcription, not the G7's); Regulation (EU) 2024/1689, Annexes XI and XII. The names are ours, shortened.
package enum BillElements {
    /// Where the elements come from.
    package enum Framework: String, Sendable, CaseIterable {
        case g7 = "G7 minimum elements for AI"
        case annexXI = "EU AI Act, Annex XI"
        case annexXII = "EU AI Act, Annex XII"
    }
    /// What an element is about.
    package enum Scope: Sendable { case document, models, datasets, packages }
    /// How well a bill has an element.
    package enum Outcome: Sendable, Equatable {
        /// Everywhere it belongs.
        case present
        /// Only for some of the components; the names of those without.
        case partial(missing: [String])
        /// Nowhere.
        case missing
        /// There is nothing that it could be about.
        case notApplicable
        /// A bill cannot evidence it.
        case outside
    }
    /// One element.
    package struct Element: Sendable {
        /// Its number.
        package let id: String
        /// Where it comes from.
        package let framework: Framework
        /// Its name.
        package let name: String
        let scope: Scope
        /// Any of these is enough; none at all: a bill cannot evidence it.
        let topics: [BillView.Topic]
    }

    /// All elements.
    package static let all: [Element] = g7 + annexXI + annexXII

    private static func make(
        _ framework: Framework, _ rows: [(String, String, Scope, [BillView.Topic])]
    ) -> [Element] {
        rows.map { Element(id: $0.0, framework: framework, name: $0.1, scope: $0.2, topics: $0.3) }
    }

    private static let g7 = make(
        .g7,
        [
            ("MD-01", "author of the bill", .document, [.author]),
            ("MD-02", "version of the bill", .document, [.issue]),
            ("MD-03", "format", .document, [.format]), ("MD-04", "format version", .document, [.formatVersion]),
            ("MD-05", "author's signature", .document, [.signature]), ("MD-06", "tool", .document, [.tool]),
            ("MD-07", "tool version", .document, [.toolVersion]),
            ("MD-08", "generation context", .document, [.context]),
            ("MD-09", "timestamp", .document, [.timestamp]),
            ("MD-10", "dependency relations", .document, [.dependencies]),
            ("SLP-01", "system name", .document, [.systemName]),
            ("SLP-02", "system components", .document, [.packages, .services, .dependencies]),
            ("SLP-03", "system producer", .document, [.systemProducer]),
            ("SLP-04", "system version", .document, [.systemVersion]),
            ("SLP-05", "system timestamp", .document, []), ("SLP-06", "data flow", .document, [.dataFlow]),
            ("SLP-07", "data usage", .document, [.dataUsage]),
            ("SLP-08", "input and output of the system", .models, [.inputOutput, .task]),
            ("SLP-09", "intended application area", .models, [.use]), ("MDL-01", "model name", .models, [.name]),
            ("MDL-02", "model identifier", .models, [.identifier]), ("MDL-03", "model version", .models, [.version]),
            ("MDL-04", "model timestamp", .models, [.released]), ("MDL-05", "model producer", .models, [.supplier]),
            ("MDL-06", "model description", .models, [.description]), ("MDL-07", "model hash", .models, [.hash]),
            ("MDL-08", "model hash algorithm", .models, [.hash]),
            ("MDL-09", "model properties", .models, [.architecture, .parameters]),
            ("MDL-10", "model input and output", .models, [.inputOutput]),
            ("MDL-11", "training properties", .models, [.training, .trainingData]),
            ("MDL-12", "model licence", .models, [.licence]), ("MDL-13", "model references", .models, [.references]),
            ("DP-01", "dataset name", .datasets, [.name]), ("DP-02", "dataset description", .datasets, [.description]),
            ("DP-03", "dataset content", .datasets, [.content]),
            ("DP-04", "dataset identifier", .datasets, [.identifier]),
            ("DP-05", "dataset hash", .datasets, [.hash]), ("DP-06", "dataset provenance", .datasets, [.provenance]),
            ("DP-07", "dataset statistics", .datasets, [.statistics]),
            ("DP-08", "dataset sensitivity", .datasets, [.sensitivity]),
            ("DP-09", "which model uses which dataset", .models, [.trainingData]),
            ("DP-10", "dataset licence", .datasets, [.licence]),
            ("INF-01", "infrastructure software", .document, [.packages]),
            ("INF-02", "infrastructure hardware", .document, [.hardware]),
            ("SP-01", "security controls", .document, [.controls]),
            ("SP-02", "security compliance", .document, [.compliance]),
            ("SP-03", "security policy and contact", .document, [.policy]),
            ("SP-04", "known vulnerabilities", .document, [.vulnerabilities]),
            ("KPI-01", "security metrics", .models, [.securityMetrics]),
            ("KPI-02", "operational metrics", .models, [.metrics]),
        ])

    private static let annexXI = make(
        .annexXI,
        [
            ("1.1(a)", "intended tasks", .models, [.task, .use]),
            ("1.1(b)", "acceptable use policy", .models, [.licence]),
            ("1.1(c)", "release date and distribution", .models, [.released]),
            ("1.1(d)", "architecture and parameters", .models, [.parameters]),
            ("1.1(e)", "modality and formats", .models, [.inputOutput, .task]),
            ("1.1(f)", "licence", .models, [.licence]),
            ("1.2(a)", "means to integrate", .document, [.packages]),
            ("1.2(b)", "design and training process", .models, [.training]),
            ("1.2(c)", "data for training and testing", .models, [.trainingData]),
            ("1.2(d)", "computing resources", .models, [.compute]),
            ("1.2(e)", "energy", .models, [.energy]), ("2.1", "evaluation results", .models, [.metrics]),
            ("2.2", "adversarial testing", .models, [.testing]),
            ("2.3", "system architecture", .document, [.dependencies]),
        ])

    private static let annexXII = make(
        .annexXII,
        [
            ("1(a)", "intended tasks", .models, [.task, .use]), ("1(b)", "acceptable use policy", .models, [.licence]),
            ("1(c)", "release date and distribution", .models, [.released]),
            ("1(d)", "interaction with outside software", .document, [.services, .dependencies]),
            ("1(e)", "versions of software", .packages, [.version]),
            ("1(f)", "architecture and parameters", .models, [.parameters]),
            ("1(g)", "modality and formats", .models, [.inputOutput, .task]), ("1(h)", "licence", .models, [.licence]),
            ("2(a)", "means to integrate", .document, [.packages]),
            ("2(b)", "largest input", .models, [.contextLength]),
            ("2(c)", "data used", .models, [.trainingData]),
        ])

    /// Whether a bill has an element. Components that are only named as origins of others do not count.
    package static func outcome(_ element: Element, _ bill: BillView) -> Outcome {
        guard !element.topics.isEmpty else { return .outside }
        let components: [BillView.Component]
        switch element.scope {
        case .document: return bill.topics.isDisjoint(with: element.topics) ? .missing : .present
        case .models: components = bill.components.filter { $0.kind == .model && !$0.isOutside }
        case .datasets: components = bill.components.filter { $0.kind == .dataset && !$0.isOutside }
        case .packages: components = bill.components.filter { $0.kind == .package }
        }
        guard !components.isEmpty else { return .notApplicable }
        let missing = components.filter { $0.topics.isDisjoint(with: element.topics) }.map(\.name)
        if missing.isEmpty { return .present }
        return missing.count == components.count ? .missing : .partial(missing: missing)
    }

    /// Elements that are there of those that could be: partly there counts by its share.
    package static func score(_ framework: Framework, _ bill: BillView) -> (have: Double, of: Int) {
        var have = 0.0
        var total = 0
        for element in all where element.framework == framework {
            switch outcome(element, bill) {
            case .present:
                have += 1
                total += 1
            case .partial: (have, total) = (have + 0.5, total + 1)
            case .missing: total += 1
            case .notApplicable, .outside: continue
            }
        }
        return (have, total)
    }
}
