internal import CordonCore

/// Rules about where models and datasets come from.
extension Rules {
    static let lineage: [Rule] = [lineageCycle, lineageGap, lineageContradiction, lineageStatement]

    private static let provenance = ["AML.T0010.002", "AML.T0010.003"]

    static let lineageCycle = Rule(
        id: "CORDON-PRV-001", title: "Lineage runs in a circle", severity: .medium,
        why: "Nothing can come from itself: at least one statement is wrong.",
        remedy: "Ask the owners of the named assets which of the statements is right, and have it corrected.",
        limits: "Circles that nobody wrote down.", cwe: [345], atlas: provenance)
    static let lineageGap = Rule(
        id: "CORDON-PRV-002", title: "Lineage is not known", severity: .low,
        why: "Nobody can say whether a bad supplier or dataset is part of it.",
        remedy:
            "Have its supplier state base model and training data in the model card or, better, in a signed statement.",
        limits: "Whether what is stated is all.", cwe: [1357], atlas: provenance)
    static let lineageContradiction = Rule(
        id: "CORDON-PRV-003", title: "Statements about lineage contradict each other", severity: .high,
        why: "One of them is wrong, by accident or on purpose, and decisions rest on it.",
        remedy:
            "Do not use the asset until its supplier has explained; 'cordon model compare' tells what the weights say.",
        limits: "Lies that are told everywhere alike.", cwe: [345, 451], atlas: provenance)
    static let lineageStatement = Rule(
        id: "CORDON-PRV-004", title: "Statement cannot be used", severity: .medium,
        why: "What it says was left out, so the picture has a hole.",
        remedy: "Get the statement again from whoever made it.", limits: "Statements that were never sent.",
        cwe: [345], atlas: provenance)
}
