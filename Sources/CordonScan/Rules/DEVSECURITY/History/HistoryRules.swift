internal import CordonCore

extension Rules {
    static let history: [Rule] = [historyModel]

    static let historyModel = Rule(
        id: "CORDON-GIT-001", title: "Model in the history", severity: .low, threat: .devmodelleak,
        control: .devsecurity,
        why: "The file is gone from the working tree, but everybody who clones the repository still gets it.",
        remedy:
            "If nobody should have it, rewrite the history (for example with git filter-repo) and tell those who have clones; keep models in a store of their own.",
        limits: "Copies in forks, clones and caches; objects that no branch, tag or stash reaches.", cwe: [200],
        atlas: ["AML.T0035"])
}
