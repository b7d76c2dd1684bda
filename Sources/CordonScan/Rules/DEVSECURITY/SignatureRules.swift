internal import CordonCore

/// Rules about signatures, for what a `[[trust]]` entry of `cordon.toml` says must be signed.
extension Rules {
    static let signatures: [Rule] = [signatureMissing, signatureInvalid]

    static let signatureMissing = Rule(
        id: "CORDON-SIG-001", title: "Model is not signed", severity: .low, threat: .devmodelpoison,
        control: .devsecurity, why: "Nothing says that this is what its owner made, so a change would not be noticed.",
        remedy: "Have its owner sign it with 'cordon sign', and keep the signature beside it.",
        limits: "Models that no [[trust]] entry of cordon.toml names.", cwe: [353], atlas: ["AML.T0018"])
    static let signatureInvalid = Rule(
        id: "CORDON-SIG-002", title: "Signature does not fit", severity: .critical, threat: .devmodelpoison,
        control: .devsecurity,
        why: "The model is not what an allowed signer signed: it was changed, or somebody else signed it.",
        remedy: "Do not use it; 'cordon verify' names every difference. Get the model from its owner again.",
        limits: "Whether the change is harmful.", cwe: [345, 347], atlas: ["AML.T0018"])
}
