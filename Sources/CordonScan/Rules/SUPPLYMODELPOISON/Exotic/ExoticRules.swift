internal import CordonCore

/// Rules about the less common model formats.
extension Rules {
    static let exotic: [Rule] = [
        rPromise, rCall, rHook, exoticMalformed, exoticOutside, exoticCode, exoticNative, exoticClass, exoticEntities,
        archiveSealed,
    ]

    static let rPromise = Rule(
        id: "CORDON-RDS-001", title: "R object that runs code when it is looked at", severity: .critical,
        why:
            "R evaluates a promise, or an active binding's function, as soon as anybody touches the value (CVE-2024-27322).",
        remedy: "Do not load it; ask for the model in a format without expressions.",
        limits: "Promises that are arguments of saved functions and call nothing dangerous.", cwe: [502])
    static let rCall = Rule(
        id: "CORDON-RDS-002", title: "R object with a dangerous call", severity: .medium,
        why: "Printing, updating or predicting with the object may evaluate the call.",
        remedy: "Read the expression before anybody loads the object.", limits: "Names that are computed.", cwe: [94])
    static let rHook = Rule(
        id: "CORDON-RDS-003", title: "R workspace brings a function that runs by itself", severity: .high,
        why: "R calls it at start or end, or in place of its own function of that name.",
        remedy: "Load the workspace into an environment of its own, and look at the function first.",
        limits: "Methods of classes of the object's own.",
        cwe: [427])
    static let exoticMalformed = Rule(
        id: "CORDON-EXO-001", title: "Model file contradicts itself", severity: .medium,
        why:
            "Offsets, counts or sizes do not fit the file, as after an interrupted download or a manipulation; native loaders read or write out of bounds.",
        remedy: "Get the file again; compare its digest with the supplier's.", limits: "Values of the weights.",
        cwe: [20, 125])
    static let exoticOutside = Rule(
        id: "CORDON-EXO-002", title: "Model reaches outside of itself", severity: .high,
        why: "Loading or running it reads or writes files elsewhere, or talks to the network.",
        remedy: "Do not load it before somebody has explained the reference.",
        limits: "References that a program puts together itself.", cwe: [73, 918])
    static let exoticCode = Rule(
        id: "CORDON-EXO-003", title: "Model names code to run", severity: .high,
        why: "The loader imports or calls what the file names.",
        remedy: "Do not load it before somebody has read that code.",
        limits: "What the code does.", cwe: [470, 829])
    static let exoticNative = Rule(
        id: "CORDON-EXO-004", title: "Native code inside of a model", severity: .high,
        why: "A program or library for the machine's processor lies in the weights; some loaders run it.",
        remedy: "Do not load it; ask its maker why it is there.",
        limits: "Code that is compressed or encrypted; code for accelerators.", cwe: [506])
    static let exoticClass = Rule(
        id: "CORDON-EXO-005", title: "Serialized object names a dangerous class", severity: .high,
        why: "Deserialising makes objects of any class that is installed; these are known to lead to commands.",
        remedy: "Do not load it; use a format without objects.", limits: "Classes that are not known to be dangerous.",
        cwe: [502])
    static let exoticEntities = Rule(
        id: "CORDON-EXO-006", title: "XML model declares a document type", severity: .high,
        why: "Entities read files and addresses, or grow until memory is full.",
        remedy: "Remove the declaration; refuse such files in your parser.",
        limits: "Whether your parser expands entities.", cwe: [611, 776])
    static let archiveSealed = Rule(
        id: "CORDON-EXO-007", title: "Archive that cannot be looked into", severity: .medium,
        why: "Encrypted or unusual archives are how files get past scanners.", remedy: "Ask for the files as they are.",
        limits: "What is inside.",
        cwe: [311])
}
