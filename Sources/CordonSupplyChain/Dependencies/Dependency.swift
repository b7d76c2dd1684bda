/// One package that a file declares, locks, installs or has installed.
package struct Dependency: Sendable {
    /// Where the package's bytes come from.
    package enum Origin: Sendable, Hashable {
        /// A registry; the URL when the file names one for this package.
        case registry(String?)
        /// A version-control repository. `isFixed`: a full commit is named.
        case repository(String, reference: String?, isFixed: Bool)
        /// A file at a URL.
        case archive(String)
        /// A folder or file beside the project.
        case local(String)
    }
    /// Where the package comes from.
    package var ecosystem: Ecosystem
    /// The name as written.
    package var name: String
    /// The one version that is meant or installed; `nil` for a range.
    package var version: String?
    /// The requirement as written; `nil` when there is none.
    package var requirement: String?
    /// Where its bytes come from.
    package var origin: Origin = .registry(nil)
    /// `algorithm:value`, as the file spells the value.
    package var hashes: [String] = []
    /// An extra, group or scope such as `dev`; `nil` for what always is installed.
    package var group: String?
    /// Addresses that the file's archives are fetched from.
    package var files: [String] = []
    /// Whether the file binds the package to one index by name.
    package var isBoundToIndex = false
    /// Why the registry advises against it, as the file says.
    package var deprecation: String?
    /// Whether the file says that code runs when it is installed.
    package var hasInstallScript = false
    /// Whether it is wanted only on some platforms or Python versions.
    package var hasMarker = false
    /// Licence as installed metadata or the lock file states it.
    package var licence: String?
    /// Line in the file, counted from 1.
    package var line: Int

    /// Makes a dependency.
    package init(
        _ ecosystem: Ecosystem, _ name: String, version: String? = nil, requirement: String? = nil, line: Int
    ) {
        self.ecosystem = ecosystem
        // Addresses may carry passwords; nothing of them may reach a finding or a bill.
        self.name = Redaction.text(name)
        self.version = version.map(Redaction.text)
        self.requirement = requirement.map(Redaction.text)
        self.line = line
    }

    /// The name under which spellings agree.
    package var key: String { ecosystem.normalised(name) }
    /// The package URL.
    package var purl: String { ecosystem.purl(name, version: version) }
}

/// What one file says about dependencies.
package struct DependencyFile: Sendable {
    /// What a file is to its tool.
    package enum Role: Sendable, Hashable {
        /// Ranges for a library: pinning is the lock's or the application's work.
        case library
        /// Requirements that are installed as they stand.
        case application
        /// Exact versions that a tool resolved.
        case lock
        /// Packages that are installed.
        case installed
    }
    /// The format, as its tool calls it.
    package let format: String
    /// What the file is to its tool.
    package var role: Role
    /// Packages in the order of the file.
    package var dependencies: [Dependency] = []
    /// Files that this one includes, relative to its folder.
    package var includes: [Include] = []
    /// Package indexes and what weakens them.
    package var indexes = Indexes()
    /// Packages of the project itself that a lock file lists: members of a workspace.
    package var ownPackages: Set<String> = []
    /// Whether `--require-hashes` is in force.
    package var requiresHashes = false
    /// What could not be understood.
    package var problems: [Problem] = []

    /// A file that another one includes.
    package struct Include: Sendable {
        /// As written.
        package let path: String
        /// Line in the file.
        package let line: Int
        /// Whether it only restricts versions.
        package let isConstraint: Bool
    }
    /// Something that could not be understood, or contradicts itself.
    package struct Problem: Sendable {
        /// Line in the file; 0 when none can be named.
        package let line: Int
        /// What is wrong.
        package let reason: String
    }
    /// Where packages are looked for.
    package struct Indexes: Sendable {
        /// A URL with its line.
        package struct Entry: Sendable {
            /// As written.
            package let url: String
            /// Line in the file.
            package let line: Int
        }
        /// Replaces the default index.
        package var primary: [Entry] = []
        /// Looked at beside the others.
        package var extra: [Entry] = []
        /// Used only by packages that name them.
        package var explicit: [Entry] = []
        /// Hosts whose certificates are not checked.
        package var trustedHosts: [Entry] = []
        /// `--no-binary` and its like: code of the package runs at install time.
        package var sourceBuilds: [Entry] = []
    }

    /// Makes a file's content.
    package init(format: String, role: Role) {
        self.format = format
        self.role = role
    }

    /// Adds a problem.
    mutating func problem(_ line: Int, _ reason: String) {
        if problems.count < 100 { problems.append(Problem(line: line, reason: Redaction.text(reason))) }
    }
}
