import CordonFormats
import CordonTestSupport
import Foundation

/// What a command printed and how it ended.
struct Run {
    let output: String
    let errors: String
    let status: Int32
}

/// The binary that was built beside the tests.
let binary: URL = {
    var folder = Bundle.main.bundleURL
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
        folder = bundle.bundleURL.deletingLastPathComponent()
    }
    let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "cordon")
    return FileManager.default.fileExists(atPath: beside.path) ? beside : folder.appending(path: "cordon")
}()

/// The folder of the project.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Runs `cordon` as a user would, without a terminal.
func cordon(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], input: String? = nil
) throws -> Run {
    try run(binary.path, arguments, in: folder, environment: environment, input: input)
}

/// Runs any program and waits for it.
///
/// - Parameter input: what it reads from standard input, no more than a pipe holds; `nil` leaves it as it is.
func run(
    _ program: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:],
    input: String? = nil
) throws -> Run {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(filePath: folder) }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    if let input {
        let pipe = Pipe()
        process.standardInput = pipe
        try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try pipe.fileHandleForWriting.close()
    }
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let problems = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Run(
        output: String(decoding: text, as: UTF8.self), errors: String(decoding: problems, as: UTF8.self),
        status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus)
}

/// What a published schema has against a text.
func schemaErrors(_ text: String, _ name: String) throws -> [String] {
    let file = repository.appending(path: "docs/schemas/\(name)-1.0.schema.json")
    let schema = try JSONSchema([UInt8](Data(contentsOf: file)))
    return schema.errors(in: try JSONDocument.parse(ByteView(copying: Array(text.utf8))).root)
}
