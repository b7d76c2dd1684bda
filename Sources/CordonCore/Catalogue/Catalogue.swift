/// A clause of a standard that a threat or control corresponds to.
public struct StandardReference: Hashable, Sendable {
    /// The standard, for example `ISO/IEC 27002`.
    public let standard: String
    /// The clause or identifier within it; `nil` when the standard as a whole is meant.
    public let id: String?
    /// What the clause is about.
    public let name: String
    /// Where to read it, when it has an address.
    public let url: String?
}

/// A technique or mitigation of MITRE ATLAS.
public struct ATLASReference: Hashable, Sendable {
    /// For example `AML.T0010.003` or `AML.M0014`.
    public let id: String
    /// Its name in ATLAS.
    public let name: String
}

/// One entry of the OWASP AI Exchange, section 3 (development-time threats and controls).
public struct CatalogueEntry: Hashable, Sendable {
    /// The last part of the permalink, for example `supplychainmanage`.
    public let slug: String
    /// The name in the AI Exchange.
    public let name: String
    /// One sentence in our words.
    public let summary: String
    /// Where the AI Exchange describes it.
    public let permalink: String
    /// Corresponding clauses of standards.
    public let standards: [StandardReference]
    /// ATLAS techniques (threats) or mitigations (controls).
    public let atlas: [ATLASReference]
    /// For a threat the slugs of its controls, for a control the slugs of the threats it mitigates.
    public let related: [String]
}

/// A development-time threat, by its OWASP AI Exchange permalink.
public enum Threat: String, CaseIterable, Sendable {
    case datapoison, devmodelpoison, supplymodelpoison, devdataleak, devmodelleak, devcodeleak

    /// The catalogue's facts about the threat.
    public var entry: CatalogueEntry {
        switch self {
        case .datapoison: Section3.datapoison
        case .devmodelpoison: Section3.devmodelpoison
        case .supplymodelpoison: Section3.supplymodelpoison
        case .devdataleak: Section3.devdataleak
        case .devmodelleak: Section3.devmodelleak
        case .devcodeleak: Section3.devcodeleak
        }
    }
}

/// A development-time control, by its OWASP AI Exchange permalink.
public enum Control: String, CaseIterable, Sendable {
    case devsecurity, segregatedata, confcompute, federatedlearning, supplychainmanage, modelensemble, moretraindata
    case dataqualitycontrol, traindatadistortion, poisonrobustmodel, trainadversarial

    /// The catalogue's facts about the control.
    public var entry: CatalogueEntry {
        switch self {
        case .devsecurity: Section3.devsecurity
        case .segregatedata: Section3.segregatedata
        case .confcompute: Section3.confcompute
        case .federatedlearning: Section3.federatedlearning
        case .supplychainmanage: Section3.supplychainmanage
        case .modelensemble: Section3.modelensemble
        case .moretraindata: Section3.moretraindata
        case .dataqualitycontrol: Section3.dataqualitycontrol
        case .traindatadistortion: Section3.traindatadistortion
        case .poisonrobustmodel: Section3.poisonrobustmodel
        case .trainadversarial: Section3.trainadversarial
        }
    }
}

/// A heading of section 3 that groups threats or controls.
public enum CatalogueGroup: String, CaseIterable, Sendable {
    case developmenttime, modelpoison, devleak

    /// The catalogue's facts about the group.
    public var entry: CatalogueEntry {
        switch self {
        case .developmenttime: Section3.developmenttime
        case .modelpoison: Section3.modelpoison
        case .devleak: Section3.devleak
        }
    }
}
