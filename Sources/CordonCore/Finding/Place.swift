/// Where inside an asset something was seen.
public struct Place: Hashable, Sendable {
    /// Path of nested members from the outer file inward, joined by `!/`, for example `model.tar!/archive/data.pkl`.
    public var member: String?
    /// Byte offset within the innermost member (or the file), counted from 0.
    public var offset: Int?
    /// Line within the innermost member, counted from 1.
    public var line: Int?
    /// Cell of a notebook, counted from 1.
    public var cell: Int?
    /// Key, tensor, node or field, in the words of the format.
    public var element: String?

    /// Makes a place; everything unknown stays `nil`.
    public init(member: String? = nil, offset: Int? = nil, line: Int? = nil, cell: Int? = nil, element: String? = nil) {
        self.member = member
        self.offset = offset
        self.line = line
        self.cell = cell
        self.element = element
    }
}
