package import CordonCore
internal import Glibc

/// Where passphrases and PINs come from; never the command line.
package enum Passphrase {
    /// The first line of a file.
    package static func file(_ path: String) throws(IntegrityFailure) -> SecretBytes {
        var bytes = try SmallFile.contents(path, what: "passphrase file", limit: 4096)
        defer { bytes.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } } }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard let secret = SecretBytes(copying: line) else {
            throw IntegrityFailure(.keyUnusable, "there is no memory left for the passphrase")
        }
        return secret
    }

    /// Asks on the terminal, without echo; `nil` when there is no terminal.
    package static func prompt(_ text: String) -> SecretBytes? {
        guard isatty(STDIN_FILENO) == 1, let answer = getpass(text) else { return nil }
        let count = strlen(answer)
        defer { explicit_bzero(answer, count) }
        return answer.withMemoryRebound(to: UInt8.self, capacity: count) {
            SecretBytes(copying: UnsafeBufferPointer(start: $0, count: count))
        }
    }
}
