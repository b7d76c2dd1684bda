internal import CordonFormats
internal import CordonCore
internal import Glibc

/// What surrounds a deployed model: configuration files, container files, Kubernetes manifests, names of environment
/// variables. Values of variables are never kept: they may be secrets.
package struct DeployedEnvironment: Sendable, Equatable {
    /// One configuration file.
    package struct File: Sendable, Equatable {
        /// What the file describes.
        package enum Kind: String, Sendable {
            /// Anything.
            case file
            /// A Dockerfile or Containerfile.
            case container
            /// Kubernetes objects in YAML.
            case kubernetes
        }
        /// As it was named.
        package var path: String
        /// What it describes.
        package var kind: Kind
        /// SHA-256 in hexadecimal.
        package var digest: String
        /// What it says that matters: images, users, commands, names of variables.
        package var facts: [String]
    }
    /// Configuration files.
    package var files: [File]
    /// Names of environment variables that the deployment sets.
    package var variableNames: [String]

    /// Makes a record.
    package init(files: [File] = [], variableNames: [String] = []) {
        self.files = files
        self.variableNames = variableNames
    }

    /// Reads the named files as they are now.
    package init(paths: [String], variableNames: [String]) throws(IntegrityFailure) {
        var files: [File] = []
        for path in paths.sorted() { files.append(try Self.file(path)) }
        self.init(files: files, variableNames: Set(variableNames).sorted())
    }

    private static func file(_ path: String) throws(IntegrityFailure) -> File {
        let bytes = try SmallFile.contents(path, what: "configuration file", limit: 16 << 20)
        let name = AssetPath(path).name.display.lowercased()
        var (kind, facts) = (File.Kind.file, [String]())
        if name.hasPrefix("dockerfile") || name.hasPrefix("containerfile") || name.hasSuffix(".dockerfile") {
            (kind, facts) = (.container, containerFacts(bytes))
        } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml"), let found = kubernetesFacts(bytes) {
            (kind, facts) = (.kubernetes, found)
        }
        let digest = Hexadecimal.encode(HashAlgorithm.sha256.digest(of: bytes))
        return File(path: path, kind: kind, digest: digest, facts: facts)
    }

    // MARK: What files say

    /// Instructions that decide what runs; of `ENV` and `ARG` the names only.
    private static func containerFacts(_ bytes: [UInt8]) -> [String] {
        let text = String(decoding: bytes, as: UTF8.self)
        var facts: [String] = []
        var line = ""
        for part in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if part.hasPrefix("#") { continue }
            guard !part.hasSuffix("\\") else {
                line += part.dropLast() + " "
                continue
            }
            line += part
            facts += containerFacts(line: line)
            line = ""
        }
        return facts
    }

    private static func containerFacts(line: String) -> [String] {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard let first = words.first else { return [] }
        let instruction = first.uppercased()
        switch instruction {
        case "FROM", "USER", "ENTRYPOINT", "CMD", "ADD", "COPY", "EXPOSE", "VOLUME", "RUN":
            return [PrintableText.quoting(instruction + " " + words.dropFirst().joined(separator: " "), limit: 300)]
        case "ENV", "ARG":
            let pairs = words.dropFirst()
            let names = pairs.first?.contains("=") == true ? pairs.filter { $0.contains("=") } : Array(pairs.prefix(1))
            return names.map { "\(instruction) \($0.prefix { $0 != "=" })" }
        default: return []
        }
    }

    /// Keys of Kubernetes objects whose values decide what runs and with which rights.
    private static let kubernetesKeys: Set<String> = [
        "image", "command", "args", "privileged", "runAsUser", "runAsNonRoot", "hostNetwork", "hostPID", "hostPath",
        "serviceAccountName", "allowPrivilegeEscalation", "readOnlyRootFilesystem", "mountPath", "add",
    ]

    private static func kubernetesFacts(_ bytes: [UInt8]) -> [String]? {
        let yaml = bytes.withUnsafeBytes { YAMLReader.read($0.bytes) }
        guard yaml.scalars.contains(where: { $0.path.last == "apiVersion" }),
            yaml.scalars.contains(where: { $0.path.last == "kind" })
        else { return nil }
        var facts: [String] = []
        for scalar in yaml.scalars {
            let keys = scalar.path.filter { Int($0) == nil }
            if keys.suffix(2) == ["env", "name"] { facts.append("env \(scalar.value)") }
            if let key = keys.last, kubernetesKeys.contains(key) || keys.dropLast().last == "hostPath" {
                facts.append(PrintableText.quoting("\(keys.joined(separator: ".")) = \(scalar.value)", limit: 300))
            }
        }
        return facts
    }

    /// Names of variables in a process's environment.
    ///
    /// - Throws: when the process belongs to somebody else, or is gone.
    package static func variableNames(ofProcess process: Int32) throws(IntegrityFailure) -> [String] {
        let file = open("/proc/\(process)/environ", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw IntegrityFailure(
                .cannotRead, "the environment of process \(process) cannot be read: \(String(cString: strerror(errno)))"
            )
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0, bytes.count < 16 << 20 else { break }
            bytes += buffer[..<count]
        }
        let names = bytes.split(separator: 0).map {
            String(decoding: $0.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
        }
        return Set(names).sorted()
    }

    // MARK: Drift

    /// One way in which the environment is not what was recorded.
    package struct Drift: Sendable, Equatable {
        /// The file, or `environment`.
        package let place: String
        /// What is different.
        package let detail: String
    }

    /// Compares the files with what they are now, and names with those of a running process.
    ///
    /// - Parameter processNames: names in the process's environment; `nil` when none is looked at.
    package func drift(processNames: [String]?) -> [Drift] {
        var drifts: [Drift] = []
        for file in files {
            guard let now = try? Self.file(file.path) else {
                drifts.append(Drift(place: file.path, detail: "it cannot be read any more"))
                continue
            }
            guard now.digest != file.digest else { continue }
            let (gone, new) = (Set(file.facts).subtracting(now.facts), Set(now.facts).subtracting(file.facts))
            drifts += new.sorted().map { Drift(place: file.path, detail: "now says: \($0)") }
            drifts += gone.sorted().map { Drift(place: file.path, detail: "no longer says: \($0)") }
            if gone.isEmpty, new.isEmpty { drifts.append(Drift(place: file.path, detail: "its content changed")) }
        }
        guard let processNames else { return drifts }
        let (known, found) = (Set(variableNames), Set(processNames))
        drifts += found.subtracting(known).sorted().map {
            Drift(
                place: "environment", detail: "'\(PrintableText.quoting($0, limit: 100))' is set, and was not recorded")
        }
        drifts += known.subtracting(found).sorted().map {
            Drift(
                place: "environment", detail: "'\(PrintableText.quoting($0, limit: 100))' was recorded, and is not set")
        }
        return drifts
    }

    // MARK: JSON

    func write(_ json: inout JSONWriter) {
        json.array("files") { list in
            for file in files {
                list.object { entry in
                    entry.string("path", file.path)
                    entry.string("kind", file.kind.rawValue)
                    entry.string("sha256", file.digest)
                    entry.array("facts") { facts in for fact in file.facts { facts.string(nil, fact) } }
                }
            }
        }
        json.array("variableNames") { list in for name in variableNames { list.string(nil, name) } }
    }

    init(_ json: JSONValue) throws(IntegrityFailure) {
        files = (json["files"]?.array ?? []).compactMap { entry in
            guard let path = entry["path"]?.string, let digest = entry["sha256"]?.string else { return nil }
            return File(
                path: path, kind: entry["kind"]?.string.flatMap(File.Kind.init) ?? .file, digest: digest,
                facts: (entry["facts"]?.array ?? []).compactMap(\.string))
        }
        variableNames = (json["variableNames"]?.array ?? []).compactMap(\.string)
    }
}
