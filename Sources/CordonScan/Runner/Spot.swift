internal import CordonCore

/// Where an inspector works: which member, how deep, and what to add to its offsets.
struct Spot {
    /// Members from the outer file inward, joined by `!/`; `nil` in the file itself.
    var member: String?
    /// Nesting of containers.
    var depth = 0
    /// Added to offsets when a view begins inside its member.
    var base = 0
    /// What the member is called, for rules that compare name and content.
    var name: AssetPath?

    /// The place of an offset.
    func offset(_ offset: Int) -> Place { Place(member: member, offset: base + offset) }

    /// The place of a line.
    func line(_ line: Int) -> Place { Place(member: member, line: line) }

    /// The place of a field or tensor.
    func element(_ element: String, offset: Int? = nil) -> Place {
        Place(member: member, offset: offset.map { base + $0 }, element: PrintableText.quoting(element, limit: 160))
    }

    /// A member of this one.
    func inside(_ name: String) -> Spot {
        let text = PrintableText.quoting(name, limit: 200)
        return Spot(member: member.map { $0 + "!/" + text } ?? text, depth: depth + 1, base: 0, name: AssetPath(name))
    }

    /// The same member, further on.
    func shifted(_ offset: Int) -> Spot {
        var copy = self
        copy.base += offset
        return copy
    }

    /// For reasons: the member and a colon, or nothing.
    var prefix: String { member.map { $0 + ": " } ?? "" }
}
