internal import CordonFormats

/// Where packages come from, by the names that OSV uses.
///
/// Source: OSV schema 1.7, "Defined ecosystems". `conda`, `GitHub Actions` and model hubs are beside it: OSV has no
/// name for them or uses another case.
package enum Ecosystem: String, Sendable, CaseIterable, Comparable {
    case pypi = "PyPI"
    case npm = "npm"
    case crates = "crates.io"
    case go = "Go"
    case maven = "Maven"
    case rubygems = "RubyGems"
    case cran = "CRAN"
    case swift = "SwiftURL"
    case nuget = "NuGet"
    case packagist = "Packagist"
    case hex = "Hex"
    case pub = "Pub"
    case debian = "Debian"
    case conda = "conda"
    /// Models and datasets on the Hugging Face hub.
    case huggingface = "huggingface"
    /// Container images.
    case docker = "docker"

    /// Reads OSV's name; what follows a colon is a release of a distribution. `nil` for an ecosystem that Cordon does
    /// not match.
    package init?(osv name: String) {
        let base = name.prefix { $0 != ":" }.lowercased()
        guard let match = Self.allCases.first(where: { $0.rawValue.lowercased() == base }) else {
            switch base {
            case "hugging face", "huggingface hub": self = .huggingface
            case "bioconductor": self = .cran
            default: return nil
            }
            return
        }
        self = match
    }

    package static func < (a: Ecosystem, b: Ecosystem) -> Bool { a.rawValue < b.rawValue }

    /// How its versions are ordered.
    package var order: VersionOrder {
        switch self {
        case .pypi: .python
        case .npm, .crates, .go, .swift, .nuget, .hex, .pub, .packagist: .semantic
        case .maven: .maven
        case .debian: .debian
        case .rubygems: .ruby
        case .cran, .conda, .huggingface, .docker: .numeric
        }
    }

    /// The name under which two spellings are the same package.
    package func normalised(_ name: String) -> String {
        switch self {
        case .pypi: return Self.normalisedPython(name)
        case .npm, .conda, .nuget, .packagist, .hex, .huggingface: return name.lowercased()
        case .crates: return name.lowercased().replacing("_", with: "-")
        case .swift:
            var text = name.lowercased()
            for prefix in ["https://", "http://", "ssh://git@", "git@"] where text.hasPrefix(prefix) {
                text.removeFirst(prefix.count)
            }
            if text.hasSuffix("/") { text.removeLast() }
            if text.hasSuffix(".git") { text.removeLast(4) }
            return text.replacing(":", with: "/")
        default: return name
        }
    }

    /// PEP 503: runs of `-`, `_` and `.` are one hyphen.
    private static func normalisedPython(_ name: String) -> String {
        var result: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                if result.last != UInt8(ascii: "-") { result.append(UInt8(ascii: "-")) }
            case 0x41...0x5A: result.append(byte | 0x20)
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The package URL's type.
    package var purlType: String {
        switch self {
        case .pypi: "pypi"
        case .npm: "npm"
        case .crates: "cargo"
        case .go: "golang"
        case .maven: "maven"
        case .rubygems: "gem"
        case .cran: "cran"
        case .swift: "swift"
        case .nuget: "nuget"
        case .packagist: "composer"
        case .hex: "hex"
        case .pub: "pub"
        case .debian: "deb"
        case .conda: "conda"
        case .huggingface: "huggingface"
        case .docker: "docker"
        }
    }

    /// A package URL (package-url/purl-spec).
    package func purl(_ name: String, version: String?) -> String {
        var path: String
        switch self {
        case .pypi: path = Self.normalisedPython(name)
        case .maven: path = name.replacing(":", with: "/")
        case .swift: path = normalised(name)
        case .debian: path = "debian/" + name
        case .npm, .huggingface, .docker: path = name
        default: path = name
        }
        path = path.split(separator: "/").map { Self.escaped($0) }.joined(separator: "/")
        guard let version, !version.isEmpty else { return "pkg:\(purlType)/\(path)" }
        return "pkg:\(purlType)/\(path)@\(Self.escaped(version[...]))"
    }

    /// RFC 3986 unreserved characters and the colon stay.
    private static func escaped(_ text: Substring) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x3A:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF")
                result += "%" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
            }
        }
        return result
    }
}
