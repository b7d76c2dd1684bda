internal import CSystem
internal import CordonCore
internal import Glibc

/// Runs a program without a shell, with an environment of its own.
package enum Program {
    /// What it printed on both outputs, and its exit status; -1 when it was killed.
    ///
    /// - Parameter input: file that becomes standard input.
    package static func run(
        _ arguments: [String], environment: [String: String], input: String? = nil, outputLimit: Int = 256 << 20
    ) throws(IntegrityFailure) -> (output: [UInt8], status: Int32) {
        var words = arguments.map { strdup($0) }
        var settings = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for word in words + settings { free(word) } }
        words.append(nil)
        settings.append(nil)
        var output: UnsafeMutablePointer<UInt8>?
        var length = 0
        let status = cordon_run_program(words, settings, input ?? "/dev/null", outputLimit, &output, &length)
        defer { free(output) }
        if status == -1, length == 0 {
            throw IntegrityFailure(
                .toolMissing, "'\(arguments.first ?? "")' cannot be run: \(String(cString: strerror(errno)))")
        }
        return (Array(UnsafeBufferPointer(start: output, count: length)), status)
    }
}

/// A command that has the terminal to itself.
package enum ForegroundProgram {
    /// Its exit status; 128 and the signal's number when one ended it, 127 when it cannot be run.
    package static func run(_ command: [String], folder: String) -> Int32 {
        var words = command.map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        return cordon_run_foreground(words, folder)
    }
}
