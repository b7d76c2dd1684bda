internal import CordonCore

/// Rules about configuration files that make programs load or run something.
extension Rules {
    static let configs: [Rule] = [
        huggingFaceRemote, huggingFaceLocal, huggingFaceTrust, adapterBase, hydraDangerous, hydraUnknown, yamlObject,
        yamlReference, configMalformed, configPath, pipelineModule,
    ]

    static let huggingFaceRemote = Rule(
        id: "CORDON-CFG-001", title: "Configuration loads code from another repository", severity: .high,
        why: "With trust_remote_code the loader downloads and runs Python from there, whatever it is by then.",
        remedy: "Load without trust_remote_code, or pin the revision and read the code first.",
        limits: "The code in the other repository.", cwe: [829, 494])
    static let huggingFaceLocal = Rule(
        id: "CORDON-CFG-002", title: "Configuration loads code that comes with the model", severity: .medium,
        why: "With trust_remote_code the loader runs the Python files beside the weights.",
        remedy: "Read those files before you set trust_remote_code, or use the library's own class.",
        limits: "What the code does.", cwe: [829])
    static let huggingFaceTrust = Rule(
        id: "CORDON-CFG-003", title: "Configuration asks to trust remote code", severity: .medium,
        why: "The setting turns off the question that protects people from running a stranger's code.",
        remedy: "Remove the setting; decide for each load.", limits: "Programs that ignore the setting.", cwe: [1188])
    static let adapterBase = Rule(
        id: "CORDON-CFG-004", title: "Adapter's base model is a path or address elsewhere", severity: .medium,
        why: "Loading the adapter loads whatever lies there as the base model.",
        remedy: "Set the base model to the repository you mean, with a revision.",
        limits: "Whether a named repository is the right one.", cwe: [73, 829])
    static let hydraDangerous = Rule(
        id: "CORDON-CFG-005", title: "Configuration calls a dangerous function", severity: .critical,
        why: "Hydra and frameworks like it import the target and call it with the values beside it.",
        remedy: "Do not run anything with this configuration; delete the entry.",
        limits: "Targets built by interpolation.",
        cwe: [470, 94])
    static let hydraUnknown = Rule(
        id: "CORDON-CFG-006", title: "Configuration chooses what is called", severity: .info,
        why: "Whoever can change the configuration can call any function that is installed.",
        remedy: "Nothing, if you trust whoever wrote the configuration; review it like code otherwise.",
        limits: "Whether the target is harmful.",
        cwe: [470])
    static let yamlObject = Rule(
        id: "CORDON-CFG-007", title: "YAML makes Python objects", severity: .critical,
        why: "An unsafe YAML loader calls the named function as soon as the file is read.",
        remedy: "Remove the tag; load YAML with safe_load only.", limits: "Tags that a program defines itself.",
        cwe: [502, 94])
    static let yamlReference = Rule(
        id: "CORDON-CFG-008", title: "YAML names Python objects", severity: .medium,
        why: "An unsafe YAML loader imports the named module.",
        remedy: "Remove the tag; load YAML with safe_load only.",
        limits: "Tags that a program defines itself.", cwe: [502])
    static let configPath = Rule(
        id: "CORDON-CFG-010", title: "Configuration names a file outside the model", severity: .medium,
        why: "Loading the model reads that file from the machine of whoever loads it.",
        remedy: "Point the setting to a file of the model.", limits: "Absolute paths that look like a cache.",
        cwe: [22, 73])
    static let pipelineModule = Rule(
        id: "CORDON-CFG-011", title: "Pipeline takes a part from a module of its own", severity: .medium,
        why: "Loading the pipeline imports a module outside the known libraries, from the repository or the machine.",
        remedy: "Read that code first, or use the library's own classes.", limits: "What the code does.", cwe: [829])
    static let configMalformed = Rule(
        id: "CORDON-CFG-009", title: "Configuration has the same key twice", severity: .low,
        why: "Parsers choose differently, so what was reviewed need not be what is used.",
        remedy: "Remove one of the two.", limits: "Keys other than those that choose code.", cwe: [694])
}
