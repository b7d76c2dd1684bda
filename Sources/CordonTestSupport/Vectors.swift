internal import Glibc

/// Published test vectors outside the project; tests that read them are skipped, saying so, where they are absent.
package enum Vectors {
    /// The folder `shared/vectors` beside the project, or `nil`.
    package static let folder: String? = {
        let project = String(#filePath).split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(project)/../shared/vectors"
        return access(path, R_OK) == 0 ? path : nil
    }()

    /// Whether a set of vectors is there.
    package static func has(_ name: String) -> Bool { folder.map { access($0 + "/" + name, R_OK) == 0 } ?? false }

    /// The production trusted root of Sigstore, which `make deps` takes out of the PyPI package `sigstore`.
    package static let sigstoreRoot: String? = {
        let project = String(#filePath).split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(project)/.deps/sigstore/trusted_root.json"
        return access(path, R_OK) == 0 ? path : nil
    }()

    /// Names in a folder, in order.
    package static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
