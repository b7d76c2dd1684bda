internal import CordonFormats

/// Manifests and lock files of JavaScript's tools.
enum NodeReaders {
    /// `package.json`. Source: npm documentation, "package.json".
    static func manifest(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "package.json", role: .application)
        let groups = [
            ("dependencies", nil), ("devDependencies", "dev"), ("optionalDependencies", "optional"),
            ("peerDependencies", "peer"),
            ("overrides", "override"), ("resolutions", "override"),
        ]
        for (key, group) in groups {
            for member in root[key]?.members ?? [] {
                guard let text = member.value.string else { continue }
                var dependency = requirement(member.key, text, line: member.value.line)
                dependency.group = group
                file.dependencies.append(dependency)
            }
        }
        return file
    }

    /// `^1.2`, a tag, a URL, `github:owner/name#ref`, `file:…`, `npm:other@1.2`.
    private static func requirement(_ name: String, _ text: String, line: Int) -> Dependency {
        var dependency = Dependency(.npm, name, requirement: text, line: line)
        var range = text
        if text.hasPrefix("npm:") {
            let target = text.dropFirst(4)
            if let at = target.dropFirst().lastIndex(of: "@") {
                dependency.name = String(target[..<at])
                range = String(target[target.index(after: at)...])
            } else {
                dependency.name = String(target)
                range = "*"
            }
        }
        if let origin = origin(text) {
            dependency.origin = origin
        } else {
            dependency.version = SemanticRequirement(range, dialect: .npm)?.pin.map { _ in
                String(range.drop { $0 == "=" || $0 == "v" || $0 == " " })
            }
        }
        return dependency
    }

    /// Where a specifier points, when it is no range.
    static func origin(_ text: String) -> Dependency.Origin? {
        if ["file:", "link:", "workspace:", "portal:", "./", "../", "/"].contains(where: { text.hasPrefix($0) }) {
            return .local(text)
        }
        let hosts = ["git+", "git://", "git@", "github:", "gitlab:", "bitbucket:", "gist:"]
        let parts = text.split(separator: "#", maxSplits: 1)
        let isShort =
            !text.hasPrefix("@") && text.split(separator: "/").count == 2 && !text.contains(" ")
            && !text.contains(":") && SemanticRequirement(text, dialect: .npm) == nil
        let isRepository =
            hosts.contains { text.hasPrefix($0) } || isShort
            || (PythonRequirementLine.isURL(text) && (parts.first?.hasSuffix(".git") ?? false))
        if isRepository {
            let reference = parts.count == 2 ? String(parts[1]) : nil
            return .repository(
                String(parts.first ?? ""), reference: reference,
                isFixed: reference.map { GitReference.isCommit($0) } ?? false)
        }
        return PythonRequirementLine.isURL(text) ? .archive(text) : nil
    }

    /// `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
    static func packageLock(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "package-lock.json", role: .lock)
        guard let packages = root["packages"] else {
            versionOne(root["dependencies"], depth: 0, &file)
            return file
        }
        for member in packages.members where !member.key.isEmpty {
            guard let marker = member.key.ranges(of: "node_modules/").last else { continue }
            let name = member.value["name"]?.string ?? String(member.key[marker.upperBound...])
            if member.value["link"]?.boolean == true {
                file.ownPackages.insert(Ecosystem.npm.normalised(name))
                continue
            }
            file.dependencies.append(locked(name, member.value))
        }
        return file
    }

    private static func versionOne(_ node: DataNode?, depth: Int, _ file: inout DependencyFile) {
        guard depth < 64 else { return file.problem(node?.line ?? 0, "nested deeper than 64") }
        for member in node?.members ?? [] {
            file.dependencies.append(locked(member.key, member.value))
            versionOne(member.value["dependencies"], depth: depth + 1, &file)
        }
    }

    private static func locked(_ name: String, _ node: DataNode) -> Dependency {
        var dependency = Dependency(.npm, name, line: node.line)
        let version = node["version"]?.string
        let resolved = node["resolved"]?.string
        if let version, SemanticVersion(version) != nil {
            dependency.version = version
        } else if let version, version.hasPrefix("npm:"), let at = version.dropFirst(5).lastIndex(of: "@") {
            dependency.name = String(version.dropFirst(4)[..<at])
            dependency.version = String(version[version.index(after: at)...])
        }
        dependency.hashes = integrity(node["integrity"]?.string)
        // What comes inside another package has no archive of its own.
        if node["inBundle"]?.boolean == true || node["bundled"]?.boolean == true {
            dependency.origin = .local("bundle")
        }
        dependency.files = [resolved].compactMap { $0 }
        if let resolved, let origin = origin(resolved) {
            if case .archive(let url) = origin {
                dependency.origin = isRegistry(url) ? .registry(url) : .archive(url)
            } else {
                dependency.origin = origin
            }
        } else if let version, dependency.version == nil, let origin = origin(version) {
            dependency.origin = origin
        }
        dependency.hasInstallScript = node["hasInstallScript"]?.boolean ?? false
        dependency.deprecation = node["deprecated"]?.string
        dependency.licence = node["license"]?.string
        if node["dev"]?.boolean == true { dependency.group = "dev" }
        if node["optional"]?.boolean == true { dependency.group = "optional" }
        return dependency
    }

    /// A registry's archive lies at `…/NAME/-/NAME-VERSION.tgz`.
    private static func isRegistry(_ url: String) -> Bool { url.contains("/-/") }

    private static func integrity(_ text: String?) -> [String] {
        text?.split(separator: " ").map { $0.replacing("-", with: ":", maxReplacements: 1) }.map { String($0) } ?? []
    }

    /// `yarn.lock` of yarn 1: not quite YAML.
    static func yarnClassic(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "yarn.lock", role: .lock)
        var current: Dependency?
        func finish() { if let done = current { file.dependencies.append(done) } }
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, raw) in lines.enumerated() {
            let text = raw.trimmingWhitespace
            if text.isEmpty || text.hasPrefix("#") { continue }
            if raw.first != " " {
                finish()
                let first = text.split(separator: ",").first.map(String.init) ?? ""
                guard text.hasSuffix(":"), let name = name(aliased(first.trimmingCharacters("\":"))) else {
                    current = nil
                    file.problem(index + 1, "not an entry of a yarn lock file")
                    continue
                }
                current = Dependency(.npm, name, line: index + 1)
                continue
            }
            guard raw.prefix(3).last != " " || raw.prefix(2) != "  " else { continue }
            let words = ShellWords.split(text)
            guard words.count == 2 else { continue }
            switch words[0] {
            case "version": current?.version = words[1]
            case "integrity": current?.hashes += integrity(words[1])
            case "resolved":
                let parts = words[1].split(separator: "#", maxSplits: 1)
                if let origin = origin(words[1]) {
                    if case .archive(let url) = origin {
                        current?.origin = isRegistry(url) ? .registry(url) : .archive(url)
                    } else {
                        current?.origin = origin
                    }
                }
                // Yarn 1 writes the SHA-1 of an archive behind a `#`.
                if parts.count == 2, parts[1].utf8.count == 40, current?.hashes.isEmpty ?? false,
                    !(parts[0].hasSuffix(".git"))
                {
                    current?.hashes.append("sha1:\(parts[1])")
                }
            default: break
            }
        }
        finish()
        return file
    }

    /// `alias@npm:name@range` without the alias: the package that is installed is the other.
    private static func aliased(_ text: String) -> String {
        text.firstRange(of: "@npm:").map { String(text[$0.upperBound...]) } ?? text
    }

    /// `@scope/name@range` without the range.
    private static func name(_ text: String) -> String? {
        guard let at = text.dropFirst().firstIndex(of: "@") else { return nil }
        return String(text[..<at])
    }

    /// `yarn.lock` of yarn 2 and later.
    static func yarnBerry(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "yarn.lock", role: .lock)
        for member in root.members where member.key != "__metadata" {
            let resolution = member.value["resolution"]?.string ?? member.key
            guard let name = name(resolution) else {
                file.problem(member.value.line, "not an entry of a yarn lock file")
                continue
            }
            let target = resolution.dropFirst(name.count + 1)
            if target.hasPrefix("workspace:") { continue }
            var dependency = Dependency(.npm, name, version: member.value["version"]?.string, line: member.value.line)
            if let checksum = member.value["checksum"]?.string {
                dependency.hashes = ["sha512:\(checksum.split(separator: "/").last ?? "")"]
            }
            if !target.hasPrefix("npm:") {
                dependency.origin =
                    target.contains("#commit=")
                    ? .repository(
                        String(target), reference: String(target.split(separator: "=").last ?? ""),
                        isFixed: GitReference.isCommit(target.split(separator: "=").last ?? ""))
                    : origin(String(target)) ?? .registry(nil)
            }
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `pnpm-lock.yaml`: keys are `/name/1.0.0` (5), `/name@1.0.0(peer)` (6) and `name@1.0.0` (9).
    static func pnpm(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "pnpm-lock.yaml", role: .lock)
        let version = Int(root["lockfileVersion"]?.string?.prefix { $0 != "." } ?? "") ?? 0
        if version == 0 { file.problem(1, "'lockfileVersion' is missing or not a number") }
        for member in root["packages"]?.members ?? [] {
            var key = member.key.prefix { $0 != "(" }
            if key.hasPrefix("/") { key = key.dropFirst() }
            let name: String
            var found: String?
            if version <= 5, let slash = key.lastIndex(of: "/") {
                name = String(key[..<slash])
                found = String(key[key.index(after: slash)...].prefix { $0 != "_" })
            } else if let at = key.dropFirst().lastIndex(of: "@") {
                name = String(key[..<at])
                found = String(key[key.index(after: at)...])
            } else {
                name = member.value["name"]?.string ?? String(key)
            }
            var dependency = Dependency(.npm, member.value["name"]?.string ?? name, line: member.value.line)
            dependency.version =
                found.flatMap { SemanticVersion($0) == nil ? nil : $0 }
                ?? member.value["version"]?.string
            let resolution = member.value["resolution"]
            dependency.hashes = integrity(resolution?["integrity"]?.string)
            if let commit = resolution?["commit"]?.string {
                dependency.origin = .repository(
                    resolution?["repo"]?.string ?? "", reference: commit, isFixed: GitReference.isCommit(commit))
            } else if let archive = resolution?["tarball"]?.string {
                dependency.origin = isRegistry(archive) ? .registry(archive) : .archive(archive)
            } else if resolution?["directory"] != nil {
                dependency.origin = .local(resolution?["directory"]?.string ?? "")
            }
            dependency.hasInstallScript = member.value["requiresBuild"]?.boolean ?? false
            dependency.deprecation = member.value["deprecated"]?.string
            if member.value["dev"]?.boolean == true { dependency.group = "dev" }
            file.dependencies.append(dependency)
        }
        return file
    }
}

extension String {
    /// Without the given characters at both ends.
    func trimmingCharacters(_ set: String) -> String {
        let rest = drop { set.contains($0) }
        guard let last = rest.lastIndex(where: { !set.contains($0) }) else { return "" }
        return String(rest[...last])
    }
}
