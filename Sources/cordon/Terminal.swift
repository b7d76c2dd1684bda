import ArgumentParser
import CordonCore
import CordonDataDefense
import CordonModelDefense
import CordonReport
import CordonScan
import CordonSigning
import Glibc
import Synchronization

/// Standard output, standard error and files.
enum Terminal {
    /// Colour on a terminal unless `NO_COLOR` is set or the terminal is dumb.
    static var wantsColour: Bool {
        isatty(STDOUT_FILENO) == 1 && (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb"
    }

    /// An environment variable.
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// All environment variables.
    static var environment: [String: String] {
        var (found, place): ([String: String], Int) = ([:], 0)
        while let entry = environ[place] {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { found[String(parts[0])] = String(parts[1]) }
            place += 1
        }
        return found
    }

    /// The file of this program.
    static var executable: String {
        guard let path = realpath("/proc/self/exe", nil) else { return CommandLine.arguments[0] }
        defer { free(path) }
        return String(cString: path)
    }

    /// Prints an error and gives the exit code 2.
    static func failure(_ message: String) -> ExitCode {
        write(Array("cordon: \(message)\n".utf8), STDERR_FILENO)
        return ExitCode(2)
    }

    /// Prints bytes; says whether they could be written.
    static func print(_ bytes: [UInt8]) -> Bool { write(bytes, STDOUT_FILENO) }

    /// Prints an error and ends the process with exit code 2, from any thread.
    static func abandon(_ message: String) -> Never {
        write(Array("cordon: \(message)\n".utf8), STDERR_FILENO)
        exit(2)
    }

    /// Prints one line.
    static func line(_ text: String) { write(Array((text + "\n").utf8), STDOUT_FILENO) }

    /// Runs an integrity command: a refusal ends with exit code 1, what could not be checked with 2.
    ///
    /// - Parameters:
    ///   - format: where reports are JSON, so is the reason.
    ///   - output: the report's file.
    static func integrity(
        format: ListFormat = .text, output: String? = nil, _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch let failure as IntegrityFailure {
            if format == .json { try write(IntegrityJSON.failed(failure), to: output) }
            let verdict = failure.isRefusal ? "refused: " : ""
            write(Array("cordon: \(verdict)\(failure.message)\n".utf8), STDERR_FILENO)
            throw ExitCode(failure.isRefusal ? 1 : 2)
        }
    }

    /// Writes to a file, which is replaced only when everything is written, or to standard output.
    static func write(_ bytes: [UInt8], to path: String?, option: String = "--output") throws {
        guard let path else {
            if !write(bytes, STDOUT_FILENO), errno != EPIPE { throw failure("standard output: \(reason)") }
            return
        }
        // A device or a pipe is written to; putting a file in its place would take it away from everybody.
        if FileKind.isSpecial(path) {
            let file = open(path, O_WRONLY | O_CLOEXEC)
            guard file >= 0, write(bytes, file), close(file) == 0 else {
                throw failure("cannot write '\(path)': \(reason). Choose another \(option).")
            }
            return
        }
        let temporary = path + ".cordon-\(getpid())"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("cannot write '\(path)': \(reason). Choose another \(option).") }
        let isWritten = write(bytes, file)
        guard close(file) == 0, isWritten, rename(temporary, path) == 0 else {
            let why = reason
            unlink(temporary)
            throw failure("cannot write '\(path)': \(why). Choose another \(option).")
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }

    @discardableResult
    fileprivate static func write(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            done += count
        }
        return true
    }
}

/// One line on standard error that is drawn anew; only on a terminal, only after a second, at most ten times a second.
final class StatusLine: Sendable {
    private let isOn = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    /// Draws what `text` makes; it is not called where nothing is drawn.
    private func draw(_ text: () -> String) {
        guard isOn else { return }
        let now = ContinuousClock.now
        guard start.duration(to: now) > .seconds(1) else { return }
        last.withLock { last in
            if let last, last.duration(to: now) < .milliseconds(100) { return }
            last = now
            Terminal.write(Array("\r\(text())".utf8), STDERR_FILENO)
        }
    }

    private static func bar(_ share: Int) -> String {
        String(repeating: "█", count: share) + String(repeating: "░", count: 30 - share)
    }

    /// How far a scan is.
    func update(_ progress: ScanProgress) {
        draw { "\(Self.bar(progress.done * 30 / max(1, progress.total))) \(progress.done) of \(progress.total) files" }
    }

    /// How many rows were read.
    func update(_ rows: Int) { draw { "\(rows) rows" } }

    /// What a check of a dataset does now, and how much of it is done.
    func update(_ progress: DataCheck.Progress) {
        draw {
            let (done, total) = (progress.done, progress.total)
            guard total > 0 else { return progress.step + "\u{1B}[K" }
            return "\(Self.bar(done * 30 / total)) \(done) of \(total) checks: \(progress.step)\u{1B}[K"
        }
    }

    /// What an inspection of a model does now.
    func update(_ progress: ModelInspection.Progress) {
        draw {
            let (done, total) = (progress.done, max(1, progress.total))
            return "\(Self.bar(done * 30 / total)) \(done) of \(total): \(progress.step)\u{1B}[K"
        }
    }

    /// What an experiment tries now.
    func update(trial: String, _ done: Int, _ total: Int) {
        draw { "\(Self.bar(done * 30 / max(1, total))) \(done) of \(total): \(trial)\u{1B}[K" }
    }

    /// What is done now.
    func update(step: String) { draw { step + "\u{1B}[K" } }

    /// How many bytes were read.
    func update(_ done: Int, _ total: Int) {
        draw {
            let share = total == 0 ? 30 : min(30, done / max(1, total / 30))
            return "\(Self.bar(share)) \(IntegrityText.bytes(done)) of \(IntegrityText.bytes(total))"
        }
    }

    /// Removes the line.
    func clear() {
        guard isOn, last.withLock({ $0 }) != nil else { return }
        last.withLock { $0 = nil }
        Terminal.write(Array("\r\u{1B}[K".utf8), STDERR_FILENO)
    }
}

extension Terminal {
    /// Prints one line on standard error, where it does not mix with a command's output.
    static func note(_ text: String) { write(Array((text + "\n").utf8), STDERR_FILENO) }

    /// A recorded command failed: its own exit code, and nothing recorded.
    static func abandonedRun(_ command: String, _ status: Int32) -> ExitCode {
        let reason = status == 127 ? "cannot be run" : "ended with \(status)"
        note("cordon: '\(PrintableText.quoting(command, limit: 200))' \(reason); nothing was recorded")
        return ExitCode(status)
    }
}
