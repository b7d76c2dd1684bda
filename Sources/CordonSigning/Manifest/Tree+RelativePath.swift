internal import Glibc

extension Tree {
    /// Where a file lies in the tree, links resolved; `nil` when it lies elsewhere. The file need not exist.
    package func relativePath(of file: String) -> [UInt8]? {
        guard single == nil, let root = Self.resolved(path) else { return nil }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let parent = file.contains("/") ? String(file.dropLast(name.count)) : "."
        guard let folder = Self.resolved(parent.isEmpty ? "/" : parent) else { return nil }
        if folder == root { return Array(name.utf8) }
        let prefix = root == "/" ? root : root + "/"
        guard folder.hasPrefix(prefix) else { return nil }
        return Array((folder.dropFirst(prefix.count) + "/" + name).utf8)
    }

    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
