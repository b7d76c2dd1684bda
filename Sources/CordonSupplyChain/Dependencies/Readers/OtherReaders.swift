internal import CordonFormats

/// Manifests and lock files of Swift, Go, Rust, Java, Ruby and R.
enum OtherReaders {
    /// `Package.resolved`, versions 1 to 3.
    static func packageResolved(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "Package.resolved", role: .lock)
        for pin in root["pins"]?.elements ?? root["object"]?["pins"]?.elements ?? [] {
            guard let url = pin["location"]?.string ?? pin["repositoryURL"]?.string ?? pin["identity"]?.string else {
                file.problem(pin.line, "a pin without a location")
                continue
            }
            let state = pin["state"]
            var dependency = Dependency(.swift, url, version: state?["version"]?.string, line: pin.line)
            if pin["kind"]?.string != "registry" {
                let revision = state?["revision"]?.string
                dependency.origin = .repository(
                    url, reference: revision, isFixed: revision.map { GitReference.isCommit($0) } ?? false)
                if let revision, GitReference.isCommit(revision) { dependency.hashes = ["git:\(revision)"] }
            }
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `go.mod`. The module mirror and `go.sum` fix the content, so requirements are exact.
    static func goModule(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "go.mod", role: .lock)
        var block: String?
        var replaced: [String: (String, String?)] = [:]
        for (index, raw) in lines(bytes) {
            let text = raw.firstRange(of: "//").map { raw[..<$0.lowerBound] } ?? raw
            var words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard let first = words.first else { continue }
            if block != nil, first == ")" {
                block = nil
                continue
            }
            if block == nil {
                words.removeFirst()
                if words == ["("] {
                    block = first
                    continue
                }
            }
            switch block ?? first {
            case "require":
                guard words.count >= 2 else {
                    file.problem(index, "'require' without a version")
                    continue
                }
                var dependency = Dependency(.go, words[0].trimmingCharacters("\""), version: words[1], line: index)
                if raw.contains("// indirect") { dependency.group = "indirect" }
                file.dependencies.append(dependency)
            case "replace":
                guard let arrow = words.firstIndex(of: "=>"), arrow + 1 < words.count else { continue }
                replaced[words[0]] = (words[arrow + 1], arrow + 2 < words.count ? words[arrow + 2] : nil)
            default: break
            }
        }
        for index in file.dependencies.indices {
            guard let (target, version) = replaced[file.dependencies[index].name] else { continue }
            if let version {
                file.dependencies[index].name = target
                file.dependencies[index].version = version
            } else {
                file.dependencies[index].origin = .local(target)
            }
        }
        return file
    }

    private static func lines(_ bytes: [UInt8]) -> [(Int, Substring)] {
        String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated().map { ($0 + 1, $1[...]) }
    }

    /// `Cargo.lock`. Packages without a source are the workspace's own.
    static func cargoLock(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "Cargo.lock", role: .lock)
        let checksums = root["metadata"]?.index
        for package in root["package"]?.elements ?? [] {
            guard let name = package["name"]?.string else {
                file.problem(package.line, "a package without a name")
                continue
            }
            let version = package["version"]?.string
            var dependency = Dependency(.crates, name, version: version, line: package.line)
            let old = "checksum \(name) \(version ?? "") (\(package["source"]?.string ?? ""))"
            if let sum = package["checksum"]?.string ?? checksums?[old]?.string {
                dependency.hashes = ["sha256:\(sum)"]
            }
            switch package["source"]?.string {
            case nil: dependency.origin = .local(".")
            case let source? where source.hasPrefix("git+"):
                let commit = source.split(separator: "#").dropFirst().first.map(String.init)
                dependency.origin = .repository(
                    source, reference: commit, isFixed: commit.map { GitReference.isCommit($0) } ?? false)
            case let source?:
                dependency.origin = .registry(source)
                dependency.isBoundToIndex = true
            }
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `Cargo.toml`.
    static func cargoManifest(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "Cargo.toml", role: .library)
        let tables = [
            ("dependencies", nil), ("dev-dependencies", "dev"), ("build-dependencies", "build"),
        ]
        for (key, group) in tables {
            for member in root[key]?.members ?? root["workspace"]?[key]?.members ?? [] {
                let value = member.value
                var dependency = Dependency(
                    .crates, value["package"]?.string ?? member.key,
                    requirement: value.string ?? value["version"]?.string, line: value.line)
                dependency.version = dependency.requirement.flatMap { requirement in
                    SemanticRequirement(requirement, dialect: .cargo)?.pin.map { _ in
                        requirement.trimmingCharacters("= ")
                    }
                }
                if let git = value["git"]?.string {
                    let reference = value["rev"]?.string ?? value["tag"]?.string ?? value["branch"]?.string
                    dependency.origin = .repository(
                        git, reference: reference, isFixed: value["rev"]?.string.map { $0.utf8.count >= 40 } ?? false)
                } else if let path = value["path"]?.string {
                    dependency.origin = .local(path)
                } else if value["workspace"]?.boolean == true {
                    dependency.origin = .local(".")
                }
                dependency.group = group
                file.dependencies.append(dependency)
            }
        }
        return file
    }

    /// `pom.xml`: dependencies with their properties resolved. Source: Apache Maven, "POM Reference".
    static func maven(_ bytes: [UInt8]) throws(DataFailure) -> DependencyFile {
        let project = try XMLElement.parse(bytes)
        var file = DependencyFile(format: "pom.xml", role: .library)
        guard project.name == "project" else {
            file.problem(project.line, "the outermost element is '\(project.name)', not 'project'")
            return file
        }
        var properties: [String: String] = [:]
        for property in project["properties"]?.children ?? [] { properties[property.name] = property.trimmed }
        for (key, value) in [
            ("project.version", project["version"]?.trimmed ?? project["parent"]?["version"]?.trimmed),
            ("project.groupId", project["groupId"]?.trimmed ?? project["parent"]?["groupId"]?.trimmed),
        ] { if let value { properties[key] = value } }
        func resolved(_ text: String?) -> String? {
            guard var text else { return nil }
            for _ in 0..<8 {
                guard let open = text.firstRange(of: "${"), let close = text[open.upperBound...].firstIndex(of: "}"),
                    let value = properties[String(text[open.upperBound..<close])]
                else { break }
                text.replaceSubrange(open.lowerBound...close, with: value)
                if text.utf8.count > 4096 { break }
            }
            return text
        }
        func name(_ element: XMLElement) -> String {
            "\(resolved(element["groupId"]?.trimmed) ?? ""):\(resolved(element["artifactId"]?.trimmed) ?? "")"
        }
        let management = project["dependencyManagement"]?["dependencies"]?.all("dependency") ?? []
        let managed = Dictionary(
            management.map { (name($0), resolved($0["version"]?.trimmed)) }, uniquingKeysWith: { first, _ in first })
        let declared = project["dependencies"]?.all("dependency") ?? []
        let plugins = project["build"]?["plugins"]?.all("plugin") ?? []
        for element in declared + plugins.filter({ $0["version"] != nil }) {
            let name = name(element)
            let version = resolved(element["version"]?.trimmed) ?? managed[name].flatMap { $0 }
            var dependency = Dependency(.maven, name, requirement: version, line: element.line)
            if let version, !version.isEmpty, !version.contains("$"), !"[(".contains(version.first ?? "[") {
                dependency.version = version
            }
            if let version, version.hasPrefix("["), version.hasSuffix("]"), !version.contains(",") {
                dependency.version = String(version.dropFirst().dropLast())
            }
            dependency.group = element.name == "plugin" ? "plugin" : element["scope"]?.trimmed
            file.dependencies.append(dependency)
        }
        for repository in project["repositories"]?.all("repository") ?? [] {
            guard let url = resolved(repository["url"]?.trimmed) else { continue }
            file.indexes.explicit.append(.init(url: url, line: repository.line))
        }
        return file
    }

    /// `gradle.lockfile`: `group:name:version=configurations`.
    static func gradleLock(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "gradle.lockfile", role: .lock)
        for (index, line) in lines(bytes) where !line.hasPrefix("#") && !line.hasPrefix("empty=") {
            let parts = line.prefix { $0 != "=" }.split(separator: ":")
            if parts.count == 3 {
                file.dependencies.append(
                    Dependency(.maven, "\(parts[0]):\(parts[1])", version: String(parts[2]), line: index))
            }
        }
        return file
    }

    /// `Gemfile.lock`.
    static func gemfileLock(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "Gemfile.lock", role: .lock)
        var section = ""
        var remote = ""
        var revision: String?
        var sums: [String: String] = [:]
        for (index, line) in lines(bytes) {
            if line.isEmpty { continue }
            if line.first != " " {
                (section, remote, revision) = (String(line), "", nil)
                continue
            }
            let text = line.trimmingWhitespace
            let indent = line.prefix { $0 == " " }.count
            if text.hasPrefix("remote:") { remote = String(text.dropFirst(7).trimmingWhitespace) }
            if text.hasPrefix("revision:") { revision = String(text.dropFirst(9).trimmingWhitespace) }
            if section == "GEM", text.hasPrefix("remote:") {
                file.indexes.explicit.append(.init(url: remote, line: index))
            }
            guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else {
                continue
            }
            let name = String(text[..<open].trimmingWhitespace)
            let version = String(text[text.index(after: open)..<close])
            if section == "CHECKSUMS" {
                sums[name + " " + version] = String(text[text.index(after: close)...].trimmingWhitespace)
                continue
            }
            guard indent == 4, ["GEM", "GIT", "PATH"].contains(section) else { continue }
            // A platform stands behind a hyphen.
            let bare = version.split(separator: "-").first.map(String.init) ?? version
            var dependency = Dependency(.rubygems, name, version: bare, requirement: version, line: index)
            switch section {
            case "GIT":
                dependency.origin = .repository(
                    remote, reference: revision, isFixed: revision.map { GitReference.isCommit($0) } ?? false)
            case "PATH": dependency.origin = .local(remote)
            default: dependency.origin = .registry(remote)
            }
            file.dependencies.append(dependency)
        }
        for index in file.dependencies.indices {
            let dependency = file.dependencies[index]
            guard let sum = sums["\(dependency.name) \(dependency.requirement ?? "")"], sum.hasPrefix("sha256=") else {
                continue
            }
            file.dependencies[index].hashes = ["sha256:\(sum.dropFirst(7))"]
        }
        return file
    }

    /// `Gemfile`, as far as it is declarations: it is Ruby, and is not run.
    static func gemfile(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "Gemfile", role: .library)
        for (index, line) in lines(bytes) {
            let text = line.trimmingWhitespace
            if text.hasPrefix("source") {
                let words = ShellWords.split(text.dropFirst(6))
                if let url = words.first?.trimmingCharacters("(),"), PythonRequirementLine.isURL(url) {
                    let entry = DependencyFile.Indexes.Entry(url: url, line: index)
                    let isBlock = text.hasSuffix("do")
                    if isBlock {
                        file.indexes.explicit.append(entry)
                    } else if file.indexes.primary.isEmpty {
                        file.indexes.primary.append(entry)
                    } else {
                        file.indexes.extra.append(entry)
                    }
                }
            }
            guard text.hasPrefix("gem ") || text.hasPrefix("gem(") else { continue }
            let parts = text.dropFirst(4).split(separator: ",").map { $0.trimmingWhitespace }
            guard let name = parts.first.map({ String($0).trimmingCharacters("'\"() ") }), !name.isEmpty else {
                continue
            }
            var dependency = Dependency(.rubygems, name, line: index)
            if parts.count > 1, let first = parts[1].first, first == "'" || first == "\"" {
                let requirement = String(parts[1]).trimmingCharacters("'\") ")
                dependency.requirement = requirement
                if requirement.first?.isNumber ?? false { dependency.version = requirement }
                if requirement.hasPrefix("= ") { dependency.version = String(requirement.dropFirst(2)) }
            }
            for part in parts.dropFirst() {
                if part.hasPrefix("git:") || part.hasPrefix("github:") || part.contains(":git =>") {
                    let reference = parts.first { $0.hasPrefix("ref:") }.map {
                        String($0.dropFirst(4)).trimmingCharacters(" '\"")
                    }
                    dependency.origin = .repository(
                        String(part.split(separator: " ").last ?? "").trimmingCharacters("'\""), reference: reference,
                        isFixed: reference.map { GitReference.isCommit($0) } ?? false)
                }
                if part.hasPrefix("path:") { dependency.origin = .local(String(part.dropFirst(5))) }
            }
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `renv.lock`.
    static func renv(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "renv.lock", role: .lock)
        for repository in root["R"]?["Repositories"]?.elements ?? [] {
            if let url = repository["URL"]?.string {
                file.indexes.explicit.append(.init(url: url, line: repository.line))
            }
        }
        for member in root["Packages"]?.members ?? [] {
            let name = member.value["Package"]?.string ?? member.key
            var dependency = Dependency(.cran, name, version: member.value["Version"]?.string, line: member.value.line)
            if let hash = member.value["Hash"]?.string { dependency.hashes = ["md5:\(hash)"] }
            if let commit = member.value["RemoteSha"]?.string, member.value["RemoteType"]?.string != "standard",
                member.value["Source"]?.string != "Repository"
            {
                let host = member.value["RemoteHost"]?.string ?? ""
                let owner = member.value["RemoteUsername"]?.string ?? ""
                dependency.origin = .repository(
                    "\(host)/\(owner)/\(member.value["RemoteRepo"]?.string ?? name)", reference: commit,
                    isFixed: GitReference.isCommit(commit))
            }
            file.dependencies.append(dependency)
        }
        return file
    }

    /// `DESCRIPTION` of an R package, when it is one.
    static func description(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "DESCRIPTION", role: .library)
        var field = ""
        for (index, line) in lines(bytes) {
            var rest = line
            if let first = line.first, first != " ", first != "\t" {
                guard let colon = line.firstIndex(of: ":") else { continue }
                field = String(line[..<colon])
                rest = line[line.index(after: colon)...]
            }
            guard ["Depends", "Imports", "LinkingTo", "Suggests"].contains(field) else { continue }
            for part in rest.split(separator: ",") {
                let text = part.trimmingWhitespace
                let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
                guard !name.isEmpty, name != "R" else { continue }
                let requirement = text.dropFirst(name.count).trimmingWhitespace
                var dependency = Dependency(
                    .cran, String(name), requirement: requirement.isEmpty ? nil : String(requirement), line: index)
                if field == "Suggests" { dependency.group = "suggests" }
                file.dependencies.append(dependency)
            }
        }
        return file
    }
}
