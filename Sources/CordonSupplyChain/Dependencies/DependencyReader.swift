internal import CordonFormats

/// Finds the reader for a file by its name, and reads it.
///
/// - Note: Not read: `setup.py`, `Package.swift`, `build.gradle` and other manifests that are programs; binary lock
///   files (`bun.lockb`).
package enum DependencyReader {
    /// Most bytes of a manifest or lock file.
    package static let byteLimit = 64 << 20

    private typealias Reader = @Sendable ([UInt8]) throws(DataFailure) -> DependencyFile

    /// Whether a file of that name says something about dependencies.
    ///
    /// - Parameters:
    ///   - name: the last component of its path.
    ///   - folder: the component before it; empty at the top.
    package static func reads(name: String, folder: String) -> Bool { reader(name, folder) != nil }

    /// Reads a file; what cannot be read becomes a problem of the result. `nil` when no reader fits the name.
    ///
    /// - Complexity: O(n).
    package static func read(_ bytes: [UInt8], name: String, folder: String) -> DependencyFile? {
        guard let reader = reader(name, folder) else { return nil }
        guard bytes.count <= byteLimit else {
            var file = DependencyFile(format: name, role: .lock)
            file.problem(0, "has \(bytes.count) bytes; at most \(byteLimit) are read")
            return file
        }
        do throws(DataFailure) {
            return try reader(bytes)
        } catch {
            var file = DependencyFile(format: name, role: .lock)
            file.problem(error.line, error.reason)
            return file
        }
    }

    private static func reader(_ name: String, _ folder: String) -> Reader? {
        if let reader = byName[name] { return reader }
        let lower = name.lowercased()
        if lower.hasSuffix(".txt") || lower.hasSuffix(".in") {
            if lower.contains("requirements") || lower.hasPrefix("constraints") || folder == "requirements" {
                return { RequirementsReader.read($0) }
            }
            if lower.hasSuffix("conda-linux-64.txt") || lower.hasPrefix("conda-lock") || lower == "explicit.txt"
                || lower.hasPrefix("spec-file")
            {
                return { PythonLocks.condaExplicit($0) }
            }
            return nil
        }
        if lower.hasSuffix(".ipynb") {
            return { bytes throws(DataFailure) in InstallCommands.notebook(try .json(bytes)) }
        }
        if lower == "dockerfile" || lower == "containerfile" || lower.hasPrefix("dockerfile.")
            || lower.hasSuffix(".dockerfile")
        {
            return { InstallCommands.containerFile($0) }
        }
        if name.hasPrefix("pylock."), name.hasSuffix(".toml") {
            return { bytes throws(DataFailure) in PythonLocks.pylock(try TOMLReader.parse(bytes)) }
        }
        let isYAML = lower.hasSuffix(".yml") || lower.hasSuffix(".yaml")
        if isYAML,
            lower.hasPrefix("environment") || lower.hasPrefix("conda-env") || lower.hasSuffix("environment.yml")
                || lower.hasSuffix("environment.yaml")
        {
            return { bytes throws(DataFailure) in PythonFileReaders.condaEnvironment(try .yaml(bytes)) }
        }
        if isYAML, lower.hasSuffix("conda-lock.yml") || lower.hasSuffix("conda-lock.yaml") {
            return { bytes throws(DataFailure) in PythonLocks.condaLock(try .yaml(bytes)) }
        }
        return nil
    }

    private static let byName: [String: Reader] = [
        "pyproject.toml": { bytes throws(DataFailure) in PyProjectReader.read(try TOMLReader.parse(bytes)) },
        "setup.cfg": { PythonFileReaders.setupConfiguration($0) },
        "Pipfile": { bytes throws(DataFailure) in PythonFileReaders.pipfile(try TOMLReader.parse(bytes)) },
        "Pipfile.lock": { bytes throws(DataFailure) in PythonFileReaders.pipfileLock(try .json(bytes)) },
        "poetry.lock": { bytes throws(DataFailure) in PythonLocks.poetry(try TOMLReader.parse(bytes)) },
        "pdm.lock": { bytes throws(DataFailure) in PythonLocks.pdm(try TOMLReader.parse(bytes)) },
        "uv.lock": { bytes throws(DataFailure) in PythonLocks.uv(try TOMLReader.parse(bytes)) },
        "pixi.lock": { bytes throws(DataFailure) in PythonLocks.pixi(try .yaml(bytes)) },
        "package.json": { bytes throws(DataFailure) in NodeReaders.manifest(try .json(bytes)) },
        "package-lock.json": { bytes throws(DataFailure) in NodeReaders.packageLock(try .json(bytes)) },
        "npm-shrinkwrap.json": { bytes throws(DataFailure) in NodeReaders.packageLock(try .json(bytes)) },
        "yarn.lock": { bytes throws(DataFailure) in
            let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
            return head.contains("__metadata:")
                ? NodeReaders.yarnBerry(try .yaml(bytes)) : NodeReaders.yarnClassic(bytes)
        },
        "pnpm-lock.yaml": { bytes throws(DataFailure) in NodeReaders.pnpm(try .yaml(bytes)) },
        "Package.resolved": { bytes throws(DataFailure) in OtherReaders.packageResolved(try .json(bytes)) },
        "go.mod": { OtherReaders.goModule($0) },
        "Cargo.lock": { bytes throws(DataFailure) in OtherReaders.cargoLock(try TOMLReader.parse(bytes)) },
        "Cargo.toml": { bytes throws(DataFailure) in OtherReaders.cargoManifest(try TOMLReader.parse(bytes)) },
        "pom.xml": { bytes throws(DataFailure) in try OtherReaders.maven(bytes) },
        "gradle.lockfile": { OtherReaders.gradleLock($0) },
        "Gemfile.lock": { OtherReaders.gemfileLock($0) },
        "Gemfile": { OtherReaders.gemfile($0) },
        "renv.lock": { bytes throws(DataFailure) in OtherReaders.renv(try .json(bytes)) },
        "DESCRIPTION": { OtherReaders.description($0) },
    ]
}

/// A Python package as it is installed: `METADATA` and `direct_url.json` of its `.dist-info` folder.
///
/// Source: PyPA "Core metadata specifications" and "Recording the direct URL origin of installed distributions".
package enum InstalledPackage {
    /// Reads `METADATA` (or `PKG-INFO`). `nil` when name or version is missing. The header ends at the first empty line.
    package static func read(_ bytes: [UInt8]) -> Dependency? {
        var fields: [String: (String, Int)] = [:]
        let head = bytes.prefix(65_536)
        var line = 0
        for raw in head.split(separator: 0x0A, omittingEmptySubsequences: false) {
            line += 1
            let text = String(decoding: raw, as: UTF8.self).trimmingWhitespace
            if text.isEmpty { break }
            guard let colon = text.firstIndex(of: ":") else { continue }
            let key = text[..<colon].lowercased()
            guard ["name", "version", "license", "license-expression"].contains(key), fields[key] == nil else {
                continue
            }
            fields[key] = (String(text[text.index(after: colon)...].trimmingWhitespace), line)
        }
        guard let name = fields["name"], let version = fields["version"], !name.0.isEmpty else { return nil }
        var dependency = Dependency(.pypi, name.0, version: version.0, line: name.1)
        dependency.licence = fields["license-expression"]?.0 ?? fields["license"]?.0
        return dependency
    }

    /// Where a package that was not installed from an index came from.
    package static func origin(_ bytes: [UInt8]) -> (origin: Dependency.Origin, hashes: [String])? {
        guard let root = try? DataNode.json(bytes), let url = root["url"]?.string else { return nil }
        if let control = root["vcs_info"] {
            let commit = control["commit_id"]?.string
            return (
                .repository(url, reference: commit, isFixed: commit.map { GitReference.isCommit($0) } ?? false), []
            )
        }
        if root["dir_info"] != nil || url.hasPrefix("file:") { return (.local(url), []) }
        let hashes = (root["archive_info"]?["hashes"]?.members ?? []).compactMap { member in
            member.value.string.map { "\(member.key):\($0)" }
        }
        let old = root["archive_info"]?["hash"]?.string?.replacing("=", with: ":", maxReplacements: 1)
        return (.archive(url), hashes + [old].compactMap { $0.map { String($0) } })
    }
}
