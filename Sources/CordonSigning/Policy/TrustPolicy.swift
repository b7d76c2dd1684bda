internal import Glibc

/// Who may sign what: the `[[trust]]` entries of `cordon.toml`.
package struct TrustPolicy: Sendable {
    /// One entry.
    package struct Entry: Sendable {
        /// How signers are recognised.
        package enum Signer: Sendable, Hashable {
            /// A PEM public key.
            case publicKey(String)
            /// PEM certificates of roots, and the only subject or alternative name that is accepted, if one is named.
            case trustRoot([String], identity: String?)
            /// A Sigstore trusted root with the only identity and issuer that are accepted.
            case sigstore(String, SigstoreIdentity)
        }
        /// Patterns of paths (`fnmatch`; `*` crosses folders), relative to the configuration file's folder.
        package var paths: [String]
        /// Who may sign those.
        package var signer: Signer
        /// Where the signature lies: a name in the model's folder, or an ending for a model that is a file.
        package var signature: String?

        /// Makes an entry.
        package init(paths: [String], signer: Signer, signature: String? = nil) {
            self.paths = paths
            self.signer = signer
            self.signature = signature
        }
    }
    /// All entries; an asset that several match may be signed by any of their signers.
    package var entries: [Entry]
    /// The folder that paths are relative to.
    package var folder: String

    /// Makes a policy.
    package init(entries: [Entry], folder: String) {
        self.entries = entries
        self.folder = folder
    }

    /// The entries that say who may sign an asset. A policy that lies in the asset itself says nothing about it:
    /// whoever made the asset made the policy.
    ///
    /// - Parameter path: as it was named; links are resolved.
    package func entries(for path: String) -> [Entry] {
        guard let relative = relative(path) else { return [] }
        return entries.filter { entry in entry.paths.contains { Self.matches($0, relative) } }
    }

    /// What a signer must prove to satisfy an entry.
    package func requirement(_ entry: Entry) throws(IntegrityFailure) -> SignerRequirement {
        switch entry.signer {
        case .publicKey(let path): return .key(try VerificationKey(pemFile: inFolder(path)))
        case .trustRoot(let paths, let identity):
            var roots: [TrustAnchor] = []
            for path in paths { roots += try CertificateFile.anchors(inFolder(path)) }
            return .certificate(roots: roots, identity: identity)
        case .sigstore(let path, let identity): return .sigstore(try TrustedRoot(file: inFolder(path)), identity)
        }
    }

    /// Where the signature of an asset is looked for, most likely first.
    package static func signatures(of path: String, isFolder: Bool, named: String?) -> [String] {
        let base = path.hasSuffix("/") ? String(path.dropLast()) : path
        let inside = isFolder ? ["model.sig", ".model.sig"].map { "\(base)/\($0)" } : []
        let beside = [".sig", ".sigstore.json", ".sigstore"].map { base + $0 }
        guard let named else { return inside + beside }
        return isFolder ? ["\(base)/\(named)", base + named] : [base + named]
    }

    private func inFolder(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }

    private func relative(_ path: String) -> String? {
        guard let real = Self.resolved(path), let root = Self.resolved(folder) else { return nil }
        let prefix = root == "/" ? root : root + "/"
        return real.hasPrefix(prefix) ? String(real.dropFirst(prefix.count)) : nil
    }

    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func matches(_ pattern: String, _ path: String) -> Bool {
        pattern == path || fnmatch(pattern, path, 0) == 0
            || (pattern.hasSuffix("/**") && String(pattern.dropLast(3)) == path)
    }
}
