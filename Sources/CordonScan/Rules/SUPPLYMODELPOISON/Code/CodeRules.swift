internal import CordonCore

/// Rules about Python source and install scripts.
extension Rules {
    static let code: [Rule] = [
        pythonHiddenCode, pythonProgram, pythonLoad, pythonTorchLoad, pythonRemoteCode, pythonYAML, pythonNumPy,
        pythonUnpinned, pythonShell,
        pythonTLS, pythonInput, installHook, scriptFetches, pythonLeak,
    ]

    static let pythonHiddenCode = Rule(
        id: "CORDON-PYS-001", title: "Code that is decoded or fetched is run", severity: .high,
        why: "What runs is not in the file: whoever wrote the text or answers the request decides.",
        remedy: "Do not run or import it; decode it somewhere safe if you have to know what it does.",
        limits: "Names that are computed, values that go through parameters, containers or other files.",
        cwe: [506, 94])
    static let pythonLeak = Rule(
        id: "CORDON-PYS-014", title: "Code sends secrets away", severity: .high, threat: .devcodeleak,
        control: .devsecurity,
        why: "The environment of a build or a training job holds its tokens and passwords.",
        remedy: "Find out who put the line there and who got the data; replace every secret that was in reach.",
        limits: "Single variables, files with secrets, and data that goes through other functions.", cwe: [200, 506],
        atlas: ["AML.T0024"])
    static let pythonProgram = Rule(
        id: "CORDON-PYS-002", title: "Python file runs a program when imported", severity: .medium,
        why: "Importing the file, or letting a loader that trusts remote code do it, starts the program.",
        remedy: "Read the line; build scripts do this honestly, model code has no reason to.",
        limits: "Code in functions, and programs started by other libraries.", cwe: [829, 78])
    static let pythonLoad = Rule(
        id: "CORDON-PYS-003", title: "Load that runs code in the file", severity: .medium,
        why: "Pickles and their kin are programs: whoever can change the file runs code here.",
        remedy:
            "Use safetensors, ONNX, JSON or NumPy without pickles; until then verify the file's signature before it is loaded.",
        limits: "Loads by libraries, loaders under other names, and whether others can change the file.", cwe: [502])
    static let pythonTorchLoad = Rule(
        id: "CORDON-PYS-004", title: "torch.load without weights_only", severity: .medium,
        why:
            "Before PyTorch 2.6 the default runs whatever the checkpoint says; weights_only=False does so in every version.",
        remedy: "Pass weights_only=True, or keep weights as safetensors.",
        limits: "Loads by libraries, and which PyTorch is installed.", cwe: [502])
    static let pythonRemoteCode = Rule(
        id: "CORDON-PYS-005", title: "Code that comes with a model is trusted", severity: .medium,
        why: "Whoever can push to the repository runs code wherever the model is loaded.",
        remedy: "Use a model whose code is in the library, or read the code and pin the commit.",
        limits: "Settings that are computed or read from a file.", cwe: [829, 494])
    static let pythonYAML = Rule(
        id: "CORDON-PYS-006", title: "YAML is loaded with any Python object", severity: .medium,
        why: "Tags in the file make objects and call functions.",
        remedy: "Use yaml.safe_load or Loader=yaml.SafeLoader.",
        limits: "Loaders under other names.", cwe: [502])
    static let pythonNumPy = Rule(
        id: "CORDON-PYS-007", title: "NumPy file is loaded with pickles", severity: .medium,
        why: "An array of objects is a pickle, which runs code when it is loaded.",
        remedy: "Leave allow_pickle out, and save arrays of numbers or text.", limits: "A setting that is computed.",
        cwe: [502])
    static let pythonUnpinned = Rule(
        id: "CORDON-PYS-008", title: "Download that is not pinned", severity: .low,
        why: "What comes tomorrow may be something else than what was tried today.",
        remedy: "Name a commit as revision, or compare a hash before the file is used.",
        limits: "Names that are computed, and hashes that are compared later on.", cwe: [494])
    static let pythonShell = Rule(
        id: "CORDON-PYS-009", title: "Values are put into a shell's command", severity: .medium,
        why: "A value with a semicolon or a backquote is a command of its own.",
        remedy: "Give the program and its arguments as a list, without a shell.",
        limits: "Commands that are put together elsewhere; whether the values come from others.", cwe: [78])
    static let pythonTLS = Rule(
        id: "CORDON-PYS-010", title: "Nobody checks who answers", severity: .medium,
        why: "Whoever is on the way can read and change what is fetched: data, models, code.",
        remedy: "Leave the check on; trust a private authority by its certificate instead.",
        limits: "Settings of other libraries and of the system.", cwe: [295])
    static let pythonInput = Rule(
        id: "CORDON-PYS-011", title: "Input is run as code", severity: .medium,
        why: "Whoever gives the input runs code.",
        remedy: "Parse the input, for example with ast.literal_eval or json.loads.",
        limits: "Input that goes through parameters or containers.", cwe: [95])
    static let installHook = Rule(
        id: "CORDON-PYS-012", title: "Code that runs at install or start", severity: .medium,
        why: "It runs before anybody has used the package, with the rights of whoever installs it.",
        remedy: "Read it; install with --only-binary, --ignore-scripts or in a sandbox while you do not trust it.",
        limits: "Hooks of other package managers, and code that hooks call in other files.", cwe: [506, 829])
}
