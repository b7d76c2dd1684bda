internal import CordonCore
internal import CordonFormats
internal import Glibc

/// Whether installed Python packages are what their installer recorded.
///
/// Source: PyPA, "Recording installed projects": `*.dist-info/RECORD`, SHA-256 in URL-safe base64.
/// - Note: Who can change a package can change its record: this finds accidents, and tampering that forgot the record.
enum InstalledPackages {
    /// Endings that Python imports or runs by itself.
    private static let imported: Set<String> = ["py", "so", "pth", "pyd", "pyc"]

    /// `site-packages` of virtual environments at the top of a tree.
    static func environments(in top: String) -> [String] {
        var found: [String] = []
        for name in [".venv", "venv", "env"] {
            let lib = top + "/" + name + "/lib"
            guard FileStatus(path: top + "/" + name + "/pyvenv.cfg", follow: false) != nil, let stream = opendir(lib)
            else {
                continue
            }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let version = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                let packages = lib + "/" + version + "/site-packages"
                if version.hasPrefix("python"), FileStatus(path: packages, follow: false) != nil {
                    found.append(packages)
                }
            }
        }
        return found
    }

    private struct State {
        var recorded: Set<[UInt8]> = []
        var details: [String] = []
        var packageCount = 0
        var fileCount = 0
    }

    static func check(_ folder: String) -> SourceCheck {
        let shown = PrintableText.quoting(folder, limit: 200)
        do throws(IntegrityFailure) {
            let tree = try Tree(folder)
            let entries = try tree.entries(TreeRules(followsLinks: true))
            var state = State()
            for entry in entries where entry.kind == .regular && isRecord(entry.path) { check(entry, tree, &state) }
            for entry in entries {
                switch entry.kind {
                case .regular, .link: continue
                case .refusedLink(let reason), .special(let reason), .unreadable(let reason):
                    state.details.append("\(AssetPath(bytes: entry.path).display): \(reason)")
                }
            }
            for entry in entries where isImported(entry.path) && !state.recorded.contains(entry.path) {
                state.details.append(
                    "\(AssetPath(bytes: entry.path).display): no package recorded it, and Python would run it")
            }
            guard state.packageCount > 0 else {
                return SourceCheck("packages", .notEvaluated, "'\(shown)' holds no record of an installed package")
            }
            return SourceCheck(
                "packages", state.details.isEmpty ? .passed : .failed,
                "\(state.packageCount) packages, \(state.fileCount) files compared with their records in '\(shown)'",
                details: state.details)
        } catch {
            return SourceCheck("packages", .notEvaluated, error.message)
        }
    }

    private static func isRecord(_ path: [UInt8]) -> Bool {
        let parts = path.split(separator: UInt8(ascii: "/"))
        return parts.count == 2 && parts[0].suffix(10) == Array(".dist-info".utf8)[...]
            && parts[1] == Array("RECORD".utf8)[...]
    }

    private static func isImported(_ path: [UInt8]) -> Bool {
        let path = AssetPath(bytes: path)
        // A `.pth` file counts at the top only.
        if path.pathExtension == "pth" { return !path.bytes.contains(UInt8(ascii: "/")) }
        // What an interpreter compiled beside a recorded source is not recorded; anything compiled elsewhere is imported.
        if path.pathExtension == "pyc", path.display.contains("__pycache__/") { return false }
        return imported.contains(path.pathExtension)
    }

    private static func check(_ record: TreeEntry, _ tree: Tree, _ state: inout State) {
        let shown = AssetPath(bytes: record.path).display
        guard
            let bytes = SmallFile.read(tree.path + "/" + String(decoding: record.path, as: UTF8.self), limit: 64 << 20)
        else {
            state.details.append("\(shown): cannot be read")
            return
        }
        state.packageCount += 1
        var reader = CSVReader(ByteView(copying: bytes))
        while true {
            let fields: [[UInt8]]?
            do { fields = try reader.next() } catch {
                state.details.append("\(shown), line \(error.line): \(error.reason)")
                return
            }
            guard let fields else { return }
            guard let path = fields.first, !path.isEmpty else { continue }
            state.recorded.insert(path)
            guard fields.count > 1, !fields[1].isEmpty else { continue }
            if let problem = compare(path, fields[1], tree) {
                state.details.append("\(AssetPath(bytes: path).display): \(problem)")
            }
            state.fileCount += 1
        }
    }

    private static func compare(_ path: [UInt8], _ hash: [UInt8], _ tree: Tree) -> String? {
        let text = String(decoding: hash, as: UTF8.self)
        guard text.hasPrefix("sha256="), let expected = Base64.decode(Array(text.utf8.dropFirst(7))),
            expected.count == 32
        else { return "its record has no SHA-256" }
        // Scripts lie in the environment's bin folder: three levels up, and no further.
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let up = parts.prefix { $0 == Array("..".utf8)[...] }.count
        guard path.first != UInt8(ascii: "/"), up <= 3, !parts.dropFirst(up).contains(Array("..".utf8)[...]) else {
            return "its record leads out of the environment"
        }
        guard let status = FileStatus(folder: tree.descriptor, path, follow: false) else {
            return "recorded, and not there"
        }
        guard status.kind == .regular || status.kind == .link else { return "not a file any more" }
        let file = openat(tree.descriptor, String(decoding: path, as: UTF8.self), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return "cannot be read: \(String(cString: strerror(errno)))" }
        defer { close(file) }
        guard let opened = FileStatus(descriptor: file), opened.kind == .regular,
            let storage = try? ByteStorage.file(descriptor: file, byteCount: opened.identity.byteCount)
        else { return "cannot be read" }
        var digest: [UInt8] = []
        let hasShrunk = storage.guarded {
            digest = ByteView(storage).withSpan { span in span.withUnsafeBytes { HashAlgorithm.sha256.digest(of: $0) } }
        }
        return hasShrunk || digest != expected ? "differs from its record" : nil
    }
}
