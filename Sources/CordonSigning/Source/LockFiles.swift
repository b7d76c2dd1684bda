internal import CordonCore
internal import CordonFormats
internal import Glibc

/// Whether a project's dependencies are locked to hashes.
///
/// Looks at the files at the top of the tree and one folder below; the text of each lock file is read as its tool
/// writes it. What the hashes are worth is not checked here.
enum LockFiles {
    /// Entries, and those without a hash.
    private struct Content {
        var count = 0
        var missing: [String] = []
    }
    private static let readers: [String: @Sendable ([UInt8]) -> Content?] = [
        "uv.lock": { packages($0, hash: "sha256:") }, "poetry.lock": { packages($0, hash: "sha256:") },
        "pdm.lock": { packages($0, hash: "sha256:") },
        "pylock.toml": { packages($0, hash: "sha256 =", header: "[[packages]]") },
        "Cargo.lock": { packages($0, hash: "checksum =") }, "Pipfile.lock": { pipfile($0) },
        "package-lock.json": { npm($0) },
        "npm-shrinkwrap.json": { npm($0) },
    ]
    /// Files that name dependencies without locking them.
    private static let manifests: Set<String> = [
        "pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "package.json", "Cargo.toml", "environment.yml",
    ]

    static func check(_ top: String) -> SourceCheck {
        var (locked, details, unlocked): (Int, [String], [String]) = (0, [], [])
        var hasLock = false
        for path in candidates(top) {
            let name = String(path.split(separator: "/").last ?? "")
            let isRequirements = name.hasPrefix("requirements") && name.hasSuffix(".txt")
            guard readers[name] != nil || isRequirements else {
                if manifests.contains(name) { unlocked.append(path) }
                continue
            }
            hasLock = true
            guard let bytes = SmallFile.read(top + "/" + path, limit: 256 << 20) else {
                details.append("\(path): cannot be read")
                continue
            }
            guard let content = isRequirements ? requirements(bytes) : readers[name]?(bytes) else {
                details.append("\(path): is not the lock file it should be")
                continue
            }
            locked += content.count - content.missing.count
            details += content.missing.prefix(20).map {
                "\(path): '\(PrintableText.quoting($0, limit: 100))' has no hash"
            }
            if content.missing.count > 20 {
                details.append("\(path): and \(content.missing.count - 20) more without a hash")
            }
        }
        if !hasLock {
            return unlocked.isEmpty
                ? SourceCheck("locks", .passed, "the project names no dependencies")
                : SourceCheck(
                    "locks", .failed, "dependencies are named and not locked: \(unlocked.joined(separator: ", "))")
        }
        return SourceCheck(
            "locks", details.isEmpty ? .passed : .failed, "\(locked) dependencies are locked to a hash",
            details: details)
    }

    private static func candidates(_ top: String) -> [String] {
        var paths: [String] = []
        for name in names(top) {
            paths.append(name)
            guard !name.hasPrefix("."), name != "node_modules",
                FileStatus(path: top + "/" + name, follow: false)?.kind == .folder
            else { continue }
            paths += names(top + "/" + name).map { name + "/" + $0 }
        }
        return paths.filter { FileStatus(path: top + "/" + $0, follow: false)?.kind == .regular }.sorted()
    }

    private static func names(_ folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream), names.count < 10_000 {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// pip's format: `name==version --hash=sha256:…`, lines continued with a backslash.
    private static func requirements(_ bytes: [UInt8]) -> Content? {
        var content = Content()
        var line = ""
        let text = String(decoding: bytes, as: UTF8.self)
        for part in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if part.hasSuffix("\\") {
                line += part.dropLast() + " "
                continue
            }
            line += part
            let text = line.prefix { $0 != "#" }.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
            line = ""
            if text.isEmpty || isHarmlessOption(text) { continue }
            content.count += 1
            if !text.contains("--hash=") { content.missing.append(String(text.prefix { $0 != " " && $0 != ";" })) }
        }
        return content
    }

    /// Options that bring nothing in: others name packages, files that are not looked at, or other indexes.
    private static func isHarmlessOption(_ line: Substring) -> Bool {
        if ["-r", "--requirement", "-c", "--constraint"].contains(where: { line.hasPrefix($0) }) {
            // Looked at by itself when it is named so.
            let name = line.split { $0 == " " || $0 == "=" || $0 == "/" }.last ?? ""
            return name.hasPrefix("requirements") && name.hasSuffix(".txt")
        }
        return ["--require-hashes", "--only-binary", "--no-binary", "--prefer-binary", "--pre", "--use-feature"]
            .contains { line.hasPrefix($0) }
    }

    /// TOML lock files: one table a package. Packages of the project itself have nothing to hash.
    private static func packages(_ bytes: [UInt8], hash: String, header: String = "[[package]]") -> Content? {
        let text = String(decoding: bytes, as: UTF8.self)
        var blocks: [[Substring]] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix(header) { blocks.append([]) }
            if !blocks.isEmpty { blocks[blocks.count - 1].append(line) }
        }
        var content = Content()
        for block in blocks {
            let isOwn = block.contains {
                ($0.contains("editable =") || $0.contains("virtual =") || $0.contains("directory ="))
                    && $0.hasPrefix("source")
            }
            let isCargo = hash.hasPrefix("checksum")
            if isOwn || (isCargo && !block.contains { $0.hasPrefix("source = \"registry+") }) { continue }
            content.count += 1
            if !block.contains(where: { $0.contains(hash) }) {
                let name = block.first { $0.hasPrefix("name") }?.split(separator: "\"").dropFirst().first
                content.missing.append(String(name ?? "a package"))
            }
        }
        return content
    }

    private static func pipfile(_ bytes: [UInt8]) -> Content? {
        guard let json = try? StrictJSON.parse(bytes, what: "the lock file"), json.isObject else { return nil }
        var content = Content()
        for group in ["default", "develop"] {
            json[group]?.forEachMember { name, package in
                if package["path"] != nil { return true }
                content.count += 1
                if package["hashes"]?.array?.isEmpty ?? true { content.missing.append(name) }
                return true
            }
        }
        return content
    }

    private static func npm(_ bytes: [UInt8]) -> Content? {
        guard let json = try? StrictJSON.parse(bytes, what: "the lock file"), json.isObject else { return nil }
        var content = Content()
        json["packages"]?.forEachMember { name, package in
            if name.isEmpty || package["link"]?.boolean == true || !name.contains("node_modules/") { return true }
            content.count += 1
            if package["integrity"]?.string == nil { content.missing.append(name) }
            return true
        }
        return content
    }
}
