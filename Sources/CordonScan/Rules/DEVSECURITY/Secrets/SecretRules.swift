internal import CordonCore

/// Rules about secrets that should not be in a project.
extension Rules {
    static let secrets: [Rule] = [secretToken, secretPrivateKey, secretAddress, secretWebToken, secretAssigned]

    static let secretToken = Rule(
        id: "CORDON-SEC-001", title: "Token of a provider", severity: .high, threat: .devcodeleak,
        control: .devsecurity,
        why:
            "Whoever reads the file can act in its owner's name: fetch private models and data, push changed ones, spend money.",
        remedy:
            "Revoke the token at its provider, then take it out of the file and its history; keep tokens in a secret store.",
        limits:
            "Tokens of providers that give them no form, tokens that are put together from parts, and whether a token still works.",
        cwe: [798, 312], atlas: ["AML.T0055"])
    static let secretPrivateKey = Rule(
        id: "CORDON-SEC-002", title: "Private key", severity: .high, threat: .devcodeleak, control: .devsecurity,
        why: "Whoever has the key can sign, log in or decrypt as its owner.",
        remedy: "Replace the key wherever it is trusted, then take it out of the file and its history.",
        limits: "Keys in binary forms, and what a key is for.", cwe: [321, 312], atlas: ["AML.T0055"])
    static let secretAddress = Rule(
        id: "CORDON-SEC-003", title: "Password in an address", severity: .high, threat: .devcodeleak,
        control: .devsecurity,
        why: "The address opens the database or service to whoever reads the file.",
        remedy: "Change the password, and let the program read the address from its environment.",
        limits: "Addresses that are put together from parts; accounts that need no password.", cwe: [798, 522],
        atlas: ["AML.T0055"])
    static let secretWebToken = Rule(
        id: "CORDON-SEC-004", title: "JSON Web Token", severity: .medium, threat: .devcodeleak, control: .devsecurity,
        why: "Until it expires the token is accepted instead of a log-in.",
        remedy: "Find out what issued it and end the session or key; take it out of the file.",
        limits: "Whether the token has expired, and what it allows.", cwe: [522], atlas: ["AML.T0055"])
    static let secretAssigned = Rule(
        id: "CORDON-SEC-005", title: "Value that is called a secret", severity: .medium, threat: .devcodeleak,
        control: .devsecurity,
        why: "Its name says that it is secret and its form that nobody chose it to be read.",
        remedy:
            "If it opens anything, change it and keep the new one outside of the project; if not, name it for what it is.",
        limits: "Values of words, values without such a name, names in other languages than English.", cwe: [798],
        atlas: ["AML.T0055"])
}
