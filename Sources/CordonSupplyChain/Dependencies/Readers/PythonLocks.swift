internal import CordonFormats

/// Lock files of Python's tools.
enum PythonLocks {
    /// `poetry.lock`, versions 1 and 2. Hashes stand beside the package, or, before 1.5, in `[metadata.files]`.
    static func poetry(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "poetry.lock", role: .lock)
        let files = root["metadata"]?["files"]?.index
        for package in root["package"]?.elements ?? [] {
            guard var dependency = named(package, &file) else { continue }
            dependency.hashes = hashes(package["files"]) + hashes(files?[dependency.name])
            let source = package["source"]
            let reference = source?["resolved_reference"]?.string ?? source?["reference"]?.string
            switch source?["type"]?.string {
            case "git":
                dependency.origin = .repository(
                    source?["url"]?.string ?? "", reference: reference,
                    isFixed: reference.map { GitReference.isCommit($0) } ?? false)
            case "url": dependency.origin = .archive(source?["url"]?.string ?? "")
            case "directory", "file": dependency.origin = .local(source?["url"]?.string ?? "")
            case "legacy":
                dependency.origin = .registry(source?["url"]?.string)
                dependency.isBoundToIndex = true
            default: break
            }
            let groups = package["groups"]?.strings ?? package["category"]?.strings ?? ["main"]
            if !groups.contains("main"), let group = groups.first { dependency.group = group }
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `pdm.lock`.
    static func pdm(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "pdm.lock", role: .lock)
        for package in root["package"]?.elements ?? [] {
            guard var dependency = named(package, &file) else { continue }
            dependency.hashes = hashes(package["files"])
            if let url = package["git"]?.string {
                let reference = package["revision"]?.string ?? package["ref"]?.string
                dependency.origin = .repository(
                    url, reference: reference, isFixed: reference.map { GitReference.isCommit($0) } ?? false)
            } else if let url = package["url"]?.string {
                dependency.origin = .archive(url)
            } else if let path = package["path"]?.string {
                dependency.origin = .local(path)
            }
            let groups = package["groups"]?.strings ?? ["default"]
            if !groups.contains("default"), let group = groups.first { dependency.group = group }
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `uv.lock`.
    static func uv(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "uv.lock", role: .lock)
        for package in root["package"]?.elements ?? [] {
            guard var dependency = named(package, &file) else { continue }
            let files = (package["wheels"]?.elements ?? []) + [package["sdist"]].compactMap { $0 }
            dependency.hashes = files.compactMap { $0["hash"]?.string }
            dependency.files = files.compactMap { $0["url"]?.string }
            let source = package["source"]
            if let url = source?["git"]?.string {
                let commit = url.split(separator: "#", maxSplits: 1).dropFirst().first.map(String.init)
                dependency.origin = .repository(
                    url, reference: commit, isFixed: commit.map { GitReference.isCommit($0) } ?? false)
            } else if let url = source?["url"]?.string {
                dependency.origin = .archive(url)
            } else if let url = source?["registry"]?.string {
                dependency.origin = PythonRequirementLine.isURL(url) ? .registry(url) : .local(url)
                dependency.isBoundToIndex = true
            } else if let source {
                dependency.origin = .local(source.members.first?.value.string ?? ".")
            }
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `pylock.toml`. Source: PyPA "pylock.toml specification" (PEP 751).
    static func pylock(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "pylock.toml", role: .lock)
        if root["lock-version"]?.string == nil { file.problem(1, "'lock-version' is missing") }
        for package in root["packages"]?.elements ?? [] {
            guard var dependency = named(package, &file) else { continue }
            let files =
                (package["wheels"]?.elements ?? [])
                + [package["sdist"], package["archive"]].compactMap { $0 }
            dependency.hashes = files.flatMap { $0["hashes"]?.members ?? [] }.compactMap { member in
                member.value.string.map { "\(member.key):\($0)" }
            }
            dependency.files = files.compactMap { $0["url"]?.string }
            if let index = package["index"]?.string {
                dependency.origin = .registry(index)
                dependency.isBoundToIndex = true
            }
            if let control = package["vcs"] {
                let commit = control["commit-id"]?.string
                dependency.origin = .repository(
                    control["url"]?.string ?? control["path"]?.string ?? "", reference: commit,
                    isFixed: commit.map { GitReference.isCommit($0) } ?? false)
            } else if let archive = package["archive"] {
                dependency.origin = archive["url"]?.string.map { .archive($0) } ?? .local(archive["path"]?.string ?? "")
            } else if let directory = package["directory"] {
                dependency.origin = .local(directory["path"]?.string ?? "")
            }
            let yanked = (files + [package]).lazy.compactMap { $0["yanked"] ?? $0["is-yanked"] }.first
            if let yanked, yanked.boolean != false { dependency.deprecation = yanked.string ?? "yanked" }
            file.dependencies.append(dependency)
        }
        return file
    }

    private static func named(_ package: DataNode, _ file: inout DependencyFile) -> Dependency? {
        guard let name = package["name"]?.string, !name.isEmpty else {
            file.problem(package.line, "a package without a name")
            return nil
        }
        return Dependency(.pypi, name, version: package["version"]?.string, line: package.line)
    }

    private static func hashes(_ files: DataNode?) -> [String] {
        files?.elements.compactMap { $0["hash"]?.string } ?? []
    }

    /// `conda-lock.yml` (version 1), `pixi.lock`, and explicit lists.
    static func condaLock(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "conda-lock", role: .lock)
        for package in root["package"]?.elements ?? [] {
            guard let name = package["name"]?.string else {
                file.problem(package.line, "a package without a name")
                continue
            }
            let isPip = package["manager"]?.string == "pip"
            var dependency = Dependency(
                isPip ? .pypi : .conda, name, version: package["version"]?.string, line: package.line)
            dependency.hashes = (package["hash"]?.members ?? []).compactMap { member in
                member.value.string.map { "\(member.key):\($0)" }
            }
            dependency.origin = .registry(package["url"]?.string)
            dependency.isBoundToIndex = true
            let category = package["category"]?.string ?? "main"
            if category != "main" { dependency.group = category }
            file.dependencies.append(dependency)
        }
        return file
    }

    static func pixi(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "pixi.lock", role: .lock)
        for package in root["packages"]?.elements ?? [] {
            let url = package["conda"]?.string ?? package["url"]?.string ?? package["pypi"]?.string ?? ""
            let isPip = package["pypi"] != nil || package["kind"]?.string == "pypi"
            var name = package["name"]?.string
            var version = package["version"]?.string
            if name == nil || version == nil, let (base, found) = condaArchive(url) {
                name = name ?? base
                version = version ?? found
            }
            guard let name else {
                file.problem(package.line, "a package without a name")
                continue
            }
            var dependency = Dependency(isPip ? .pypi : .conda, name, version: version, line: package.line)
            for algorithm in ["sha256", "md5"] {
                if let value = package[algorithm]?.string { dependency.hashes.append("\(algorithm):\(value)") }
            }
            dependency.origin = .registry(url)
            dependency.isBoundToIndex = true
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `@EXPLICIT` lists: one URL a line, `#md5` or `#sha256:…` behind it.
    static func condaExplicit(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "conda explicit list", role: .lock)
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, raw) in lines.enumerated() {
            let line = raw.trimmingWhitespace
            if line.isEmpty || line.hasPrefix("#") || line == "@EXPLICIT" { continue }
            let parts = line.split(separator: "#", maxSplits: 1)
            guard let (name, version) = condaArchive(String(parts[0])) else {
                file.problem(index + 1, "not the URL of a conda package")
                continue
            }
            var dependency = Dependency(.conda, name, version: version, line: index + 1)
            if parts.count == 2 {
                dependency.hashes = [parts[1].contains(":") ? String(parts[1]) : "md5:\(parts[1])"]
            }
            dependency.origin = .archive(String(parts[0]))
            dependency.isBoundToIndex = true
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `name-version-build.conda`.
    private static func condaArchive(_ url: String) -> (String, String)? {
        guard let file = url.split(separator: "/").last else { return nil }
        var base = String(file)
        for ending in [".conda", ".tar.bz2"] where base.hasSuffix(ending) { base.removeLast(ending.count) }
        let parts = base.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, base.count < file.count else { return nil }
        return (parts.dropLast(2).joined(separator: "-"), String(parts[parts.count - 2]))
    }
}
