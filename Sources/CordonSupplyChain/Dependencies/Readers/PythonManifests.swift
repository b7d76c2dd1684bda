internal import CordonFormats

/// `pyproject.toml`: PEP 621, PEP 735, and the tables of Poetry, PDM and uv.
enum PyProjectReader {
    static func read(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "pyproject.toml", role: .library)
        let project = root["project"]
        list(project?["dependencies"], group: nil, &file)
        for extra in project?["optional-dependencies"]?.members ?? [] { list(extra.value, group: extra.key, &file) }
        for group in root["dependency-groups"]?.members ?? [] { list(group.value, group: group.key, &file) }
        list(root["build-system"]?["requires"], group: "build", &file)
        let tool = root["tool"]
        poetry(tool?["poetry"], &file)
        for group in tool?["pdm"]?["dev-dependencies"]?.members ?? [] { list(group.value, group: group.key, &file) }
        list(tool?["uv"]?["dev-dependencies"], group: "dev", &file)
        indexes(tool, &file)
        sources(tool?["uv"]?["sources"], &file)
        return file
    }

    private static func list(_ node: DataNode?, group: String?, _ file: inout DependencyFile) {
        for element in node?.elements ?? [] {
            guard let text = element.string else { continue }
            guard var dependency = PythonRequirementLine.parse(text, line: element.line) else {
                file.problem(element.line, "not a requirement: '\(text)'")
                continue
            }
            dependency.group = group
            file.dependencies.append(dependency)
        }
    }

    private static func poetry(_ poetry: DataNode?, _ file: inout DependencyFile) {
        table(poetry?["dependencies"], group: nil, &file)
        table(poetry?["dev-dependencies"], group: "dev", &file)
        for group in poetry?["group"]?.members ?? [] { table(group.value["dependencies"], group: group.key, &file) }
    }

    private static func table(_ node: DataNode?, group: String?, _ file: inout DependencyFile) {
        for member in node?.members ?? [] where member.key != "python" {
            // Several constraints for several platforms come as a list.
            for value in member.value.isList ? member.value.elements : [member.value] {
                var dependency = PythonTable.dependency(member.key, value, group: group)
                // To Poetry a bare version is exact, and `^` and `~` are ranges.
                if let written = dependency.requirement {
                    dependency.requirement = PoetryRequirement.standard(written)
                    if PythonVersion(written) != nil { dependency.version = written }
                }
                dependency.hasMarker = ["python", "platform", "markers", "optional"].contains { value[$0] != nil }
                file.dependencies.append(dependency)
            }
        }
    }

    private static func indexes(_ tool: DataNode?, _ file: inout DependencyFile) {
        for source in tool?["poetry"]?["source"]?.elements ?? [] {
            guard let url = source["url"]?.string else { continue }
            let entry = DependencyFile.Indexes.Entry(url: url, line: source.line)
            switch source["priority"]?.string {
            case "explicit": file.indexes.explicit.append(entry)
            case "supplemental", "secondary": file.indexes.extra.append(entry)
            case "primary", "default": file.indexes.primary.append(entry)
            default:
                let isSecondary = source["secondary"]?.boolean ?? false
                if isSecondary || source["default"]?.boolean == false || !file.indexes.primary.isEmpty {
                    file.indexes.extra.append(entry)
                } else {
                    file.indexes.primary.append(entry)
                }
            }
        }
        for source in tool?["pdm"]?["source"]?.elements ?? [] {
            guard let url = source["url"]?.string else { continue }
            let entry = DependencyFile.Indexes.Entry(url: url, line: source.line)
            let isBound = source["include_packages"] != nil
            if isBound {
                file.indexes.explicit.append(entry)
            } else if source["name"]?.string == "pypi" {
                file.indexes.primary.append(entry)
            } else {
                file.indexes.extra.append(entry)
            }
            if source["verify_ssl"]?.boolean == false { file.indexes.trustedHosts.append(entry) }
        }
        for source in tool?["uv"]?["index"]?.elements ?? [] {
            guard let url = source["url"]?.string else { continue }
            let entry = DependencyFile.Indexes.Entry(url: url, line: source.line)
            if source["explicit"]?.boolean == true {
                file.indexes.explicit.append(entry)
            } else if source["default"]?.boolean == true {
                file.indexes.primary.append(entry)
            } else {
                file.indexes.extra.append(entry)
            }
        }
        for url in tool?["uv"]?["extra-index-url"]?.elements ?? [] {
            if let text = url.string { file.indexes.extra.append(.init(url: text, line: url.line)) }
        }
        if let url = tool?["uv"]?["index-url"], let text = url.string {
            file.indexes.primary.append(.init(url: text, line: url.line))
        }
        for host in tool?["uv"]?["allow-insecure-host"]?.elements ?? [] {
            if let text = host.string { file.indexes.trustedHosts.append(.init(url: text, line: host.line)) }
        }
    }

    /// `[tool.uv.sources]` says where a declared package comes from.
    private static func sources(_ node: DataNode?, _ file: inout DependencyFile) {
        for member in node?.members ?? [] {
            let key = Ecosystem.pypi.normalised(member.key)
            for source in member.value.isList ? member.value.elements : [member.value] {
                let origin = PythonTable.origin(source)
                for index in file.dependencies.indices where file.dependencies[index].key == key {
                    if let origin { file.dependencies[index].origin = origin }
                    if source["index"] != nil { file.dependencies[index].isBoundToIndex = true }
                }
            }
        }
    }
}

/// A dependency as a table: Poetry's, Pipfile's and uv's way.
enum PythonTable {
    static func dependency(_ name: String, _ value: DataNode, group: String?) -> Dependency {
        let written = value.string ?? value["version"]?.string
        var dependency = Dependency(.pypi, name, line: value.line)
        dependency.group = group
        if let written, written != "*" {
            dependency.requirement = written
            dependency.version = pin(written)
        }
        if let origin = origin(value) { dependency.origin = origin }
        dependency.isBoundToIndex = value["source"] != nil || value["index"] != nil
        dependency.hashes = value["hashes"]?.strings ?? []
        return dependency
    }

    /// `==1.2` is exact everywhere; a bare version only where the caller says so.
    private static func pin(_ text: String) -> String? { PythonRequirement(text)?.pin }

    static func origin(_ value: DataNode) -> Dependency.Origin? {
        for kind in ["git", "hg", "svn"] {
            guard let url = value[kind]?.string else { continue }
            let reference =
                value["rev"]?.string ?? value["ref"]?.string ?? value["tag"]?.string
                ?? value["branch"]?.string
            return .repository(
                url, reference: reference, isFixed: reference.map { GitReference.isCommit($0) } ?? false)
        }
        if let url = value["url"]?.string ?? value["file"]?.string, PythonRequirementLine.isURL(url) {
            return .archive(url)
        }
        if let path = value["path"]?.string ?? value["file"]?.string { return .local(path) }
        if value["workspace"]?.boolean == true { return .local(".") }
        return nil
    }
}

/// Poetry's spelling of ranges.
///
/// Source: Poetry documentation, "Dependency specification".
enum PoetryRequirement {
    /// The same range in the form of PEP 440; the text itself where there is no such form.
    static func standard(_ text: String) -> String {
        text.split(separator: ",").map { clause($0.trimmingWhitespace) }.joined(separator: ",")
    }

    private static func clause(_ text: Substring) -> String {
        if text.first?.isNumber ?? false { return "==" + text }
        guard let first = text.first, first == "^" || (first == "~" && !text.hasPrefix("~=")) else {
            return String(text)
        }
        let version = text.dropFirst().trimmingWhitespace
        var numbers = version.split(separator: ".").prefix { $0.utf8.allSatisfy(VersionScanner.isDigit) }
            .map { Int($0.prefix(9)) ?? 0 }
        guard !numbers.isEmpty else { return String(text) }
        let index =
            first == "^" ? numbers.firstIndex { $0 != 0 } ?? numbers.count - 1 : min(1, numbers.count - 1)
        numbers = Array(numbers.prefix(index + 1))
        numbers[index] += 1
        return ">=\(version),<\(numbers.map(String.init).joined(separator: "."))"
    }
}

/// `setup.cfg`, `Pipfile`, and conda's environment files.
enum PythonFileReaders {
    /// Source: setuptools documentation, "Configuring setuptools using setup.cfg files".
    static func setupConfiguration(_ bytes: [UInt8]) -> DependencyFile {
        var file = DependencyFile(format: "setup.cfg", role: .library)
        var section = ""
        var key = ""
        for (index, raw) in String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        {
            var text = raw.trimmingWhitespace
            if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") { continue }
            if text.hasPrefix("["), text.hasSuffix("]") {
                (section, key) = (String(text.dropFirst().dropLast()), "")
                continue
            }
            if !(raw.first == " " || raw.first == "\t") {
                guard let equals = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else { continue }
                key = text[..<equals].trimmingWhitespace.lowercased()
                text = text[text.index(after: equals)...].trimmingWhitespace
            }
            let isExtra = section == "options.extras_require"
            let isMain = section == "options" && ["install_requires", "setup_requires", "tests_require"].contains(key)
            guard isExtra || isMain else { continue }
            for part in text.split(separator: key == "install_requires" || isExtra ? "\u{0}" : ";") where !part.isEmpty
            {
                let requirement = part.prefix { $0 != "#" }.trimmingWhitespace
                if requirement.isEmpty || requirement.hasPrefix("file:") { continue }
                guard var dependency = PythonRequirementLine.parse(requirement, line: index + 1) else {
                    file.problem(index + 1, "not a requirement: '\(requirement)'")
                    continue
                }
                dependency.group = isExtra ? key : key == "install_requires" ? nil : key
                file.dependencies.append(dependency)
            }
        }
        return file
    }

    static func pipfile(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "Pipfile", role: .application)
        for source in root["source"]?.elements ?? [] {
            guard let url = source["url"]?.string else { continue }
            let entry = DependencyFile.Indexes.Entry(url: url, line: source.line)
            if file.indexes.primary.isEmpty {
                file.indexes.primary.append(entry)
            } else {
                file.indexes.extra.append(entry)
            }
            if source["verify_ssl"]?.boolean == false { file.indexes.trustedHosts.append(entry) }
        }
        let fixed: Set<String> = ["source", "requires", "scripts", "pipenv"]
        for group in root.members where !fixed.contains(group.key) {
            for member in group.value.members {
                file.dependencies.append(
                    PythonTable.dependency(
                        member.key, member.value, group: group.key == "packages" ? nil : group.key))
            }
        }
        return file
    }

    static func pipfileLock(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "Pipfile.lock", role: .lock)
        for source in root["_meta"]?["sources"]?.elements ?? [] {
            guard let url = source["url"]?.string else { continue }
            let entry = DependencyFile.Indexes.Entry(url: url, line: source.line)
            if file.indexes.primary.isEmpty {
                file.indexes.primary.append(entry)
            } else {
                file.indexes.explicit.append(entry)
            }
            if source["verify_ssl"]?.boolean == false { file.indexes.trustedHosts.append(entry) }
        }
        for group in root.members where group.key != "_meta" {
            for member in group.value.members {
                file.dependencies.append(
                    PythonTable.dependency(
                        member.key, member.value, group: group.key == "default" ? nil : group.key))
            }
        }
        return file
    }

    /// Source: conda documentation, "Creating an environment file manually".
    static func condaEnvironment(_ root: DataNode) -> DependencyFile {
        var file = DependencyFile(format: "conda environment", role: .application)
        for channel in root["channels"]?.elements ?? [] {
            guard let text = channel.string, PythonRequirementLine.isURL(text) else { continue }
            file.indexes.explicit.append(.init(url: text, line: channel.line))
        }
        for element in root["dependencies"]?.elements ?? [] {
            if let text = element.string {
                file.dependencies.append(condaDependency(text, line: element.line))
                continue
            }
            for line in element["pip"]?.elements ?? [] {
                guard let text = line.string else { continue }
                RequirementsReader.read(text, line.line, &file)
            }
        }
        return file
    }

    /// `channel::name=1.2=build`, `name ==1.2`, `name>=1.2`.
    static func condaDependency(_ text: String, line: Int) -> Dependency {
        var rest = text[...]
        var hasChannel = false
        if let channel = rest.firstRange(of: "::") {
            rest = rest[channel.upperBound...]
            hasChannel = true
        }
        if let bracket = rest.firstIndex(of: "[") { rest = rest[..<bracket] }
        let name = rest.prefix { !"=<>!~ ".contains($0) }
        let requirement = rest.dropFirst(name.count).trimmingWhitespace
        var dependency = Dependency(
            .conda, String(name), requirement: requirement.isEmpty ? nil : String(requirement), line: line)
        dependency.isBoundToIndex = hasChannel
        // `=1.2` and `=1.2=build` fix the version up to what follows it; two equal signs fix it whole.
        let parts = requirement.split(separator: "=", omittingEmptySubsequences: true)
        let isRange = requirement.contains { "<>!~*|,".contains($0) }
        if !isRange, let version = parts.first, requirement.hasPrefix("==") || parts.count == 2 || isFull(version) {
            dependency.version = String(version.trimmingWhitespace)
        }
        return dependency
    }

    /// A version of three parts or more: people who write `=1.24.3` mean that release.
    private static func isFull(_ version: Substring) -> Bool { version.split(separator: ".").count >= 3 }
}
