internal import CordonFormats

/// One requirement in the form of PEP 508, with what pip adds to it.
///
/// Source: PyPA "Dependency specifiers"; pip documentation, "Requirements File Format" and "VCS Support".
enum PythonRequirementLine {
    /// Reads `name[extra] >=1,<2 ; marker`, `name @ url`, a bare URL or a path. `nil` when it is none of them.
    ///
    /// - Parameter text: without comments and options.
    static func parse(_ text: some StringProtocol, line: Int) -> Dependency? {
        let text = String(text.trimmingWhitespace)
        if text.isEmpty { return nil }
        if isURL(text) || text.hasPrefix("git+") { return fromURL(text, name: nil, line: line) }
        if text.hasPrefix(".") || text.hasPrefix("/") || text.hasPrefix("file:") {
            var dependency = Dependency(.pypi, fileName(text), line: line)
            dependency.origin = .local(text)
            return dependency
        }
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) || !$0.isASCII }
        guard !name.isEmpty else { return nil }
        var rest = text.dropFirst(name.count).trimmingWhitespace
        if rest.hasPrefix("[") {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            rest = rest[rest.index(after: close)...].trimmingWhitespace
        }
        if rest.hasPrefix("@") {
            let url = rest.dropFirst().trimmingWhitespace
            return fromURL(String(url.prefix { $0 != " " && $0 != ";" }), name: String(name), line: line)
        }
        let semicolon = rest.firstIndex(of: ";")
        if let semicolon { rest = rest[..<semicolon].trimmingWhitespace }
        if rest.hasPrefix("("), rest.hasSuffix(")") { rest = rest.dropFirst().dropLast().trimmingWhitespace }
        guard let requirement = PythonRequirement(rest) else { return nil }
        if rest.isEmpty, name.contains("/") || name.hasSuffix(".whl") { return nil }
        let written = rest.isEmpty ? nil : String(rest)
        var dependency = Dependency(
            .pypi, String(name), version: requirement.pin, requirement: written, line: line)
        dependency.hasMarker = semicolon != nil
        return dependency
    }

    static func isURL(_ text: some StringProtocol) -> Bool {
        guard let colon = text.firstRange(of: "://") else { return false }
        return text[..<colon.lowerBound].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    /// A package at a URL: `git+https://…@ref#egg=name`, or an archive whose name tells name and version.
    static func fromURL(_ url: String, name: String?, line: Int) -> Dependency? {
        let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let base = String(parts[0])
        var fragment: [String: String] = [:]
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1)
            if sides.count == 2 { fragment[String(sides[0])] = String(sides[1]) }
        }
        let named = name ?? fragment["egg"].map { String($0.prefix { $0 != "[" }) }
        if ["git+", "hg+", "svn+", "bzr+", "git://", "ssh://"].contains(where: { base.hasPrefix($0) }) {
            var dependency = Dependency(.pypi, named ?? fileName(repositoryPath(base)), line: line)
            let reference = reference(base)
            dependency.origin = .repository(
                base, reference: reference, isFixed: reference.map { GitReference.isCommit($0) } ?? false)
            return dependency
        }
        let file = fileName(base)
        let wheel = file.split(separator: "-")
        var dependency = Dependency(
            .pypi, named ?? (wheel.first.map(String.init) ?? file),
            version: file.hasSuffix(".whl") && wheel.count >= 5 ? String(wheel[1]) : nil, line: line)
        dependency.origin = base.hasPrefix("file:") ? .local(base) : .archive(base)
        for algorithm in ["sha256", "sha384", "sha512", "sha1", "md5"] {
            if let value = fragment[algorithm], !value.isEmpty { dependency.hashes.append("\(algorithm):\(value)") }
        }
        return dependency
    }

    /// What stands behind the last `@` of the path.
    private static func reference(_ url: String) -> String? {
        let path = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        guard let slash = path.firstIndex(of: "/"), let at = path[slash...].lastIndex(of: "@") else { return nil }
        let reference = path[path.index(after: at)...]
        return reference.isEmpty ? nil : String(reference)
    }

    private static func repositoryPath(_ url: String) -> String {
        guard let reference = reference(url), url.hasSuffix("@" + reference) else { return url }
        return String(url.dropLast(reference.count + 1))
    }

    private static func fileName(_ path: String) -> String {
        var name = path.split(separator: "/").last.map(String.init) ?? path
        if let question = name.firstIndex(of: "?") { name = String(name[..<question]) }
        return name.hasSuffix(".git") ? String(name.dropLast(4)) : name
    }
}

/// References into git repositories.
enum GitReference {
    /// Whether a reference is a full commit (SHA-1 or SHA-256), which nobody can move.
    static func isCommit(_ text: some StringProtocol) -> Bool {
        (text.utf8.count == 40 || text.utf8.count == 64)
            && text.utf8.allSatisfy { VersionScanner.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }
}
