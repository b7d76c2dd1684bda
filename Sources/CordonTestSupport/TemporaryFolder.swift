internal import Glibc

/// A folder that is removed when the last reference goes.
package final class TemporaryFolder: Sendable {
    /// Its absolute path.
    package let path: String

    /// Makes an empty folder.
    package init() {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/cordon-test-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no temporary folder: a test cannot go on") }
        path = String(cString: made)
    }

    deinit { Self.remove(path) }

    /// Writes a file, folders above it included, and returns its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) -> String {
        let full = path + "/" + name
        makeFolders(above: name)
        guard let file = fopen(full, "w") else { preconditionFailure("cannot write \(full)") }
        defer { fclose(file) }
        if !bytes.isEmpty { fwrite(bytes, 1, bytes.count, file) }
        return full
    }

    private func makeFolders(above name: String) {
        var current = path
        for part in name.split(separator: "/").dropLast() {
            current += "/" + part
            mkdir(current, 0o755)
        }
    }

    /// Removes a folder and everything in it, without following links.
    private static func remove(_ path: String) {
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name == "." || name == ".." { continue }
                let child = path + "/" + name
                if entry.pointee.d_type == UInt8(DT_DIR) {
                    remove(child)
                } else {
                    unlink(child)
                }
            }
            closedir(stream)
        }
        rmdir(path)
    }
}
