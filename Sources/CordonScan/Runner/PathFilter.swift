internal import CordonCore
internal import Glibc

/// `--include` and `--exclude`: shell patterns (`fnmatch`), where `*` also crosses folders.
struct PathFilter {
    let include: [String]
    let exclude: [String]

    /// Whether a path is to be scanned.
    func allows(_ path: AssetPath) -> Bool {
        if exclude.contains(where: { matches($0, path) }) { return false }
        return include.isEmpty || include.contains { matches($0, path) }
    }

    /// The whole path, its last component, or a folder above it.
    private func matches(_ pattern: String, _ path: AssetPath) -> Bool {
        let folder = Array(pattern.utf8) + (pattern.hasSuffix("/") ? [] : [UInt8(ascii: "/")])
        if path.bytes.starts(with: folder) { return true }
        return [path.bytes, path.name.bytes].contains { bytes in
            (bytes + [0]).withUnsafeBytes { fnmatch(pattern, $0.bindMemory(to: CChar.self).baseAddress!, 0) == 0 }
        }
    }
}
