public import CordonCore

/// One way in which a tree is not what was signed.
public struct Difference: Sendable, Hashable {
    /// The kind of change.
    public enum Kind: String, Sendable, CaseIterable {
        /// The content is another one.
        case changed
        /// The content is that of another signed file, whose place it took.
        case swapped
        /// A signed file is not there.
        case missing
        /// A file is there that was not signed.
        case added
        /// A signed file is there under a name that differs in upper and lower case only.
        case caseRenamed = "case-renamed"
        /// A signed file is there under another name.
        case moved
        /// A symbolic link stands there.
        case link
        /// A FIFO, socket or device stands there.
        case special
        /// A folder stands where a file was signed.
        case folder
        /// It could not be read, so it was not checked.
        case unreadable
    }
    /// The kind of change.
    public let kind: Kind
    /// Where, relative to the tree.
    public let path: AssetPath
    /// What exactly.
    public let detail: String
    /// Elements of the file that changed, when it was signed element by element.
    public var elements: [String] = []
}

/// What a comparison found.
public struct TreeComparison: Sendable {
    /// Everything that is not as signed, in byte order of the paths.
    public var differences: [Difference] = []
    /// Files that are as signed.
    public var matchedCount = 0
    /// Bytes in those.
    public var byteCount = 0
    /// Files among those that had not changed since they were last read, and were not read again.
    public var unreadCount = 0

    /// Paths that are there and that the signature leaves out, so that they were not looked at.
    public var leftOut: [String] = []

    /// Whether everything was looked at and is as signed.
    public var isMatch: Bool { differences.isEmpty }
    /// Whether something was looked at and is wrong.
    public var hasRefusals: Bool { differences.contains { $0.kind != .unreadable } }
}
