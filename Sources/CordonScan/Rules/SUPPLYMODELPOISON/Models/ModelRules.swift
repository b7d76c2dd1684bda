internal import CordonCore

/// Rules about model and array files other than pickles.
extension Rules {
    static let models: [Rule] = [
        torchScriptOperation, torchPackage, numpyObjects, numpyMalformed, safetensorsHeader, safetensorsOverlap,
        safetensorsHidden, safetensorsDuplicate, safetensorsSize, onnxExternal, onnxCustom, onnxScript, onnxSize,
        onnxShadow, onnxMalformed, onnxExternalSettings, ggufStructure, ggufTrailing, kerasLambda, kerasModule,
        kerasCustom, kerasGadget,
        hdf5External, hdf5Malformed, tensorflowPython, tensorflowFile, tensorflowNetwork,
        tensorflowForeign, tfliteCustom, tfliteMalformed,
    ]

    static let torchScriptOperation = Rule(
        id: "CORDON-PTS-001", title: "TorchScript code uses files or foreign operators", severity: .high,
        why: "The operator runs when the model does and reads or writes files, or comes from a library of its own.",
        remedy: "Do not run the model before somebody has read the code member.",
        limits: "What the scripted code computes otherwise.", cwe: [829, 73])
    static let torchPackage = Rule(
        id: "CORDON-PTS-002", title: "torch.package brings its own Python code", severity: .high,
        why: "Loading the package imports the sources in it.",
        remedy: "Read the sources first, or ask for a state dict.",
        limits: "What the sources do.", cwe: [829, 94])
    static let numpyObjects = Rule(
        id: "CORDON-NPY-001", title: "NumPy file holds Python objects", severity: .info,
        why: "Object arrays are pickles; loading them needs allow_pickle=True.",
        remedy: "Prefer arrays of numbers or text; the pickle itself has been inspected.",
        limits: "Nothing beyond the pickle rules.", cwe: [502])
    static let numpyMalformed = Rule(
        id: "CORDON-NPY-002", title: "NumPy header does not fit its data", severity: .medium,
        why: "Readers disagree about such files; data can hide behind the array.", remedy: "Get the file again.",
        limits: "Structured types, whose size is not computed.", cwe: [1284])
    static let safetensorsHeader = Rule(
        id: "CORDON-STN-001", title: "Safetensors header is malformed", severity: .medium,
        why: "The header contradicts the file, as after an interrupted download or a manipulation.",
        remedy: "Get the file again; compare its digest with the supplier's.",
        limits: "Values of the tensors.", cwe: [20])
    static let safetensorsOverlap = Rule(
        id: "CORDON-STN-002", title: "Safetensors tensors share bytes", severity: .high,
        why: "The format forbids it; one tensor changes with another, and loaders disagree.",
        remedy: "Do not load it; ask for a file written by the library.", limits: "Values of the tensors.", cwe: [436])
    static let safetensorsHidden = Rule(
        id: "CORDON-STN-003", title: "Safetensors file hides bytes", severity: .medium,
        why:
            "The format allows no bytes that belong to no tensor; something is hidden or the file was joined with another.",
        remedy: "Do not use it; compare its digest with the supplier's and fetch it again.",
        limits: "Data hidden in the tensors' values.", cwe: [506])
    static let safetensorsDuplicate = Rule(
        id: "CORDON-STN-004", title: "Safetensors header has a key twice", severity: .high,
        why: "Parsers choose differently, so the tensor that was checked need not be the one that is loaded.",
        remedy: "Do not load it.", limits: "Nothing known.", cwe: [694])
    static let safetensorsSize = Rule(
        id: "CORDON-STN-005", title: "Safetensors tensor does not fit its bytes", severity: .medium,
        why: "Type, shape and offsets contradict each other; careless loaders read other memory.",
        remedy: "Do not load it; get the file again.", limits: "Values of the tensors.", cwe: [131, 125])
    static let onnxExternal = Rule(
        id: "CORDON-ONX-001", title: "ONNX model reads a file outside its folder", severity: .high,
        why: "Loading the model reads that file's content into the model, where it can be taken out again.",
        remedy: "Do not load it; external data belongs beside the model.",
        limits: "Whether a named file in the same folder is the right one.", cwe: [22, 200])
    static let onnxCustom = Rule(
        id: "CORDON-ONX-002", title: "ONNX model needs foreign operators", severity: .medium,
        why: "Operators outside the known domains need a library that somebody has to install and trust.",
        remedy: "Find out which library provides them and whether you trust it.",
        limits: "What the library does.", cwe: [829])
    static let onnxScript = Rule(
        id: "CORDON-ONX-003", title: "ONNX model runs Python or names a library", severity: .critical,
        why: "The operator calls back into Python or loads compiled code when the model runs.",
        remedy: "Do not run it; ask for a model with standard operators only.", limits: "What the code does.",
        cwe: [94, 829])
    static let onnxSize = Rule(
        id: "CORDON-ONX-004", title: "ONNX tensor does not fit its data", severity: .medium,
        why: "Dimensions and data contradict each other; careless runtimes read other memory.",
        remedy: "Do not load it; export the model again.", limits: "Tensors with typed instead of raw data.",
        cwe: [131, 125])
    static let onnxShadow = Rule(
        id: "CORDON-ONX-005", title: "ONNX function replaces a standard operator", severity: .medium,
        why: "A function of the model has the name of a standard operator, so the graph does not do what it shows.",
        remedy: "Inspect the function; export the model again without it.",
        limits: "What the function computes.", cwe: [471])
    static let onnxMalformed = Rule(
        id: "CORDON-ONX-006", title: "ONNX structure is malformed", severity: .medium,
        why: "Part of the model could not be read.", remedy: "Get the file again.", limits: "The unreadable part.",
        cwe: [20])
    static let onnxExternalSettings = Rule(
        id: "CORDON-ONX-007", title: "ONNX external data has impossible settings", severity: .medium,
        why: "Unknown keys and impossible offsets have been used to change a loader's own state or read other memory.",
        remedy: "Do not load it; export the model again.", limits: "Whether the external file is long enough.",
        cwe: [915, 125])
    static let ggufStructure = Rule(
        id: "CORDON-GGU-001", title: "GGUF structure contradicts itself", severity: .medium,
        why: "Counts, lengths or offsets cannot be true; such files have crashed and taken over native loaders.",
        remedy: "Do not load it; get the file again.", limits: "Values of the tensors.", cwe: [1284, 190, 122])
    static let ggufTrailing = Rule(
        id: "CORDON-GGU-002", title: "Data after the last GGUF tensor", severity: .low,
        why: "No tensor owns it; data can hide there.", remedy: "Find out what the data is.",
        limits: "Models with tensor types newer than Cordon knows.", cwe: [506])
    static let kerasLambda = Rule(
        id: "CORDON-KER-001", title: "Keras model contains Python code", severity: .critical,
        why: "Lambda layers store bytecode that runs when the model is loaded or used; old loaders run it unasked.",
        remedy: "Do not load it; ask for the model with named layers instead of Lambda.",
        limits: "What the bytecode does: it is not decompiled.", cwe: [94, 502])
    static let kerasModule = Rule(
        id: "CORDON-KER-002", title: "Keras configuration names something outside Keras", severity: .high,
        why: "Loading imports the named module and calls what it finds there.",
        remedy: "Do not load it unless the module is yours.", limits: "What the module does.", cwe: [470, 829])
    static let kerasCustom = Rule(
        id: "CORDON-KER-003", title: "Keras model needs custom objects", severity: .low,
        why: "Somebody has to register code under these names before the model loads.",
        remedy: "Get that code from someone you trust.", limits: "What the code does.", cwe: [829])
    static let kerasGadget = Rule(
        id: "CORDON-KER-004", title: "Keras configuration misuses a Keras function or path", severity: .high,
        why: "The configuration calls a helper that fetches, unpacks, reads or evaluates, or names a file elsewhere.",
        remedy: "Do not load it; delete it and tell its supplier.", limits: "Helpers that Cordon has no name for.",
        cwe: [470, 73, 918])
    static let hdf5External = Rule(
        id: "CORDON-H5F-001", title: "HDF5 file reads other files", severity: .high,
        why: "External links and storage read files that do not belong to the model.",
        remedy: "Do not load it; ask for a file without external links.", limits: "Links in dense storage.",
        cwe: [73, 200])
    static let hdf5Malformed = Rule(
        id: "CORDON-H5F-002", title: "HDF5 structure is malformed", severity: .low,
        why: "Part of the file could not be read; the native library has had many faults with such files.",
        remedy: "Get the file again.", limits: "The unreadable part.", cwe: [20])
    static let tensorflowPython = Rule(
        id: "CORDON-TFG-001", title: "TensorFlow graph calls Python", severity: .critical,
        why: "The operation runs a Python function in the process that runs the model.",
        remedy: "Do not run it; ask for a graph with TensorFlow's own operations only.",
        limits: "What the function does.", cwe: [94])
    static let tensorflowFile = Rule(
        id: "CORDON-TFG-002", title: "TensorFlow graph reads or writes files", severity: .high,
        why: "The operation takes data from the machine, or puts data on it, when the model runs.",
        remedy: "Do not run it before somebody has explained why the model needs the file.",
        limits: "Ordinary checkpoint operations, which every SavedModel has.", cwe: [73, 200])
    static let tensorflowNetwork = Rule(
        id: "CORDON-TFG-003", title: "TensorFlow graph reaches the network or debugger", severity: .high,
        why: "The operation sends data elsewhere when the model runs.", remedy: "Do not run it.",
        limits: "Connections opened by file systems such as gs://.", cwe: [918, 200])
    static let tensorflowForeign = Rule(
        id: "CORDON-TFG-004", title: "TensorFlow graph needs a foreign library", severity: .medium,
        why: "The operation is not one of TensorFlow's; somebody has to load a native library that provides it.",
        remedy: "Find out which library provides it and whether you trust it.", limits: "What the library does.",
        cwe: [829])
    static let tfliteCustom = Rule(
        id: "CORDON-TFL-001", title: "TensorFlow Lite model needs custom operators", severity: .medium,
        why: "Custom operators are native code from elsewhere; Flex operators run full TensorFlow operations.",
        remedy: "Find out which library provides them and whether you trust it.", limits: "What the operators do.",
        cwe: [829])
    static let tfliteMalformed = Rule(
        id: "CORDON-TFL-002", title: "TensorFlow Lite structure is malformed", severity: .medium,
        why: "Offsets lead outside the file; such files have crashed interpreters.", remedy: "Get the file again.",
        limits: "Buffers and tensors.", cwe: [125])
}
