internal import CordonCore

/// Rules about Python pickles, wherever they are found.
extension Rules {
    static let pickle: [Rule] = [
        pickleDangerousCall, pickleDangerousReference, pickleLibraryCall, pickleUnknownImport, pickleUnexpectedUse,
        pickleComputed, pickleReach, pickleExtension, picklePersistentID, pickleBroken, pickleFrame, pickleTrailing,
        pickleHidden, pickleResource, pickleCode, picklePatch,
    ]

    static let pickleDangerousCall = Rule(
        id: "CORDON-PKL-001", title: "Pickle calls a dangerous function", severity: .critical,
        why: "Whatever loads these bytes runs this call with the rights of whoever loads them.",
        remedy: "Do not load it; delete it, tell its supplier, and ask for a format that cannot hold code.",
        limits: "A call made inside an allow-listed library function with the arguments it was given.", cwe: [502, 94],
        atlas: ["AML.T0011.000", "AML.T0018.002"])
    static let pickleDangerousReference = Rule(
        id: "CORDON-PKL-002", title: "Pickle imports a dangerous function", severity: .high,
        why: "The function is kept as a value, where code that uses the loaded object can call it.",
        remedy: "Do not load it before somebody has explained why a model needs this import.",
        limits: "What later code does with the loaded object.", cwe: [502])
    static let pickleLibraryCall = Rule(
        id: "CORDON-PKL-003", title: "Pickle calls a library function that no model needs", severity: .high,
        why:
            "The call is not one that model libraries write; functions like it have been used to run code or reach files.",
        remedy:
            "Do not load it; ask the supplier for safetensors or ONNX, or have somebody check what the function does.",
        limits: "Whether this very function is harmful: it is refused because it is not known to be harmless.",
        cwe: [502, 184])
    static let pickleUnknownImport = Rule(
        id: "CORDON-PKL-004", title: "Pickle needs code that Cordon does not know", severity: .medium,
        why:
            "Loading the file imports this module and may call into it; whoever controls the module controls the load.",
        remedy: "Make sure that the package is yours or one you trust, or ask for weights without code.",
        limits: "What the unknown module does.", cwe: [502, 829])
    static let pickleUnexpectedUse = Rule(
        id: "CORDON-PKL-005", title: "Pickle uses a harmless import in an unusual way", severity: .medium,
        why: "Libraries only ever use this import differently; unusual use is how allow-lists are bypassed.",
        remedy: "Do not load it before somebody has explained the use; re-save it with the library's own function.",
        limits: "Unusual arguments of functions that Cordon does not model.", cwe: [502])
    static let pickleComputed = Rule(
        id: "CORDON-PKL-006", title: "Pickle hides what it imports or calls", severity: .high,
        why: "The name or the function is computed while loading, so nobody can tell beforehand what will run.",
        remedy: "Do not load it; honest picklers write names as plain strings.",
        limits: "The value that the computation would give.", cwe: [502, 506])
    static let pickleReach = Rule(
        id: "CORDON-PKL-007", title: "Pickle reaches a dangerous function by a detour", severity: .critical,
        why:
            "An attribute path leads from a harmless module to one that runs code; scanners that compare names miss it.",
        remedy: "Do not load it; delete it and tell its supplier.",
        limits: "Paths through attributes that Cordon has no name for.", cwe: [502, 470])
    static let pickleExtension = Rule(
        id: "CORDON-PKL-008", title: "Pickle imports by number", severity: .medium,
        why: "The import is looked up in a registry outside the file; what runs depends on the loading program.",
        remedy: "Ask for a file without extension codes; model libraries do not use them.",
        limits: "What the registry holds.", cwe: [502, 829])
    static let picklePersistentID = Rule(
        id: "CORDON-PKL-009", title: "Pickle refers to objects outside the file", severity: .low,
        why: "The loading program decides what a persistent id means; outside PyTorch files this is unusual.",
        remedy: "Find out which program wrote it and load it only with that.",
        limits: "What the loading program does with the id.", cwe: [829])
    static let pickleBroken = Rule(
        id: "CORDON-PKL-010", title: "Pickle breaks off after it has imported something", severity: .medium,
        why:
            "Everything before the break has run by the time loading fails; scanners that stop at the error see nothing.",
        remedy: "Do not load it; get a whole copy and compare its digest with the supplier's.",
        limits: "What stood in the missing part.", cwe: [502, 228])
    static let pickleFrame = Rule(
        id: "CORDON-PKL-011", title: "Pickle frames lie about their length", severity: .medium,
        why: "Unpicklers disagree about such frames, so one may run what another does not see.",
        remedy: "Re-save the object with Python's own pickle module, or refuse the file.",
        limits: "Which unpickler will load it.", cwe: [436])
    static let pickleTrailing = Rule(
        id: "CORDON-PKL-012", title: "Data after the end of the pickle", severity: .low,
        why: "Python stops reading there; other programs may not, and data can hide in it.",
        remedy: "Find out what the data is; cut it off if nobody knows.",
        limits: "Meaning of the data, unless it is itself a format that Cordon opens.", cwe: [1284])
    static let pickleHidden = Rule(
        id: "CORDON-PKL-013", title: "A pickle is hidden inside other data", severity: .high,
        why: "A program that seeks to it and loads it runs its imports; nothing else shows that it is there.",
        remedy: "Do not use the file; compare it with the supplier's original.",
        limits: "Pickles that are encrypted, or lie beyond the searched part of a large file.", cwe: [502, 506])
    static let pickleResource = Rule(
        id: "CORDON-PKL-014", title: "Pickle is made to exhaust memory or time", severity: .high,
        why: "Loading or comparing the object needs far more memory or time than the file is worth.",
        remedy: "Do not load it; ask the supplier for a file written by the library itself.",
        limits: "Slow constructors of allow-listed classes.", cwe: [409, 400])
    static let pickleCode = Rule(
        id: "CORDON-PKL-015", title: "Pickle carries Python code", severity: .high,
        why: "cloudpickle and dill store functions as bytecode, which runs as soon as the object is used or loaded.",
        remedy: "Load it only if you trust its author as much as your own code; ask for data without functions.",
        limits: "What the bytecode does: it is not decompiled.", cwe: [502, 94])
    static let picklePatch = Rule(
        id: "CORDON-PKL-016", title: "Pickle changes an imported object", severity: .high,
        why: "State is stored on a module's own class or function, which changes how the rest of the program behaves.",
        remedy: "Do not load it; no library writes such files.",
        limits: "Changes made by an object's own state method.", cwe: [502, 915])
}
