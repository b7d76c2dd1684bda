import CordonCore
import CordonSigning
import TOMLKit

/// `[[trust]]` in `cordon.toml`.
enum TrustSettings {
    /// Reads the entries.
    static func read(_ value: any TOMLValueConvertible, _ path: String) throws(SettingsFailure) -> TrustPolicy {
        guard let array = value.array else { throw ScanSettings.wrong(path, "trust", "a list of [[trust]] tables") }
        var entries: [TrustPolicy.Entry] = []
        for element in array {
            guard let table = element.table else {
                throw ScanSettings.wrong(path, "trust", "a list of [[trust]] tables")
            }
            entries.append(try entry(table, path))
        }
        return TrustPolicy(entries: entries, folder: folder(path))
    }

    private static func folder(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func entry(_ table: TOMLTable, _ path: String) throws(SettingsFailure) -> TrustPolicy.Entry {
        var texts: [String: String] = [:]
        var lists: [String: [String]] = [:]
        for (key, value) in table {
            switch key {
            case "paths", "trust-root": lists[key] = try ScanSettings.strings(value, path, "trust.\(key)")
            case "public-key", "sigstore-root", "identity", "issuer", "signature":
                guard let text = value.string else { throw ScanSettings.wrong(path, "trust.\(key)", "text") }
                texts[key] = text
            default: throw ScanSettings.unknown(path, "trust.\(key)")
            }
        }
        guard let paths = lists["paths"], !paths.isEmpty else {
            throw ScanSettings.wrong(path, "trust.paths", "a list of patterns, which is required")
        }
        let signer = try signer(texts, lists["trust-root"], path)
        return TrustPolicy.Entry(paths: paths, signer: signer, signature: texts["signature"])
    }

    private static func signer(
        _ texts: [String: String], _ roots: [String]?, _ path: String
    ) throws(SettingsFailure) -> TrustPolicy.Entry.Signer {
        let kinds = [texts["public-key"] != nil, roots != nil, texts["sigstore-root"] != nil].count { $0 }
        guard kinds == 1 else {
            throw ScanSettings.wrong(
                path, "trust", "exactly one of public-key, trust-root and sigstore-root in each entry")
        }
        if let root = texts["sigstore-root"] {
            guard let identity = texts["identity"], let issuer = texts["issuer"] else {
                throw ScanSettings.wrong(path, "trust.sigstore-root", "identity and issuer beside it")
            }
            return .sigstore(root, SigstoreIdentity(identity: identity, issuer: issuer))
        }
        guard texts["issuer"] == nil else {
            throw ScanSettings.wrong(path, "trust.issuer", "a sigstore-root beside it")
        }
        if let roots { return .trustRoot(roots, identity: texts["identity"]) }
        guard texts["identity"] == nil else {
            throw ScanSettings.wrong(path, "trust.identity", "a trust-root or sigstore-root beside it")
        }
        return .publicKey(texts["public-key"] ?? "")
    }
}
