/// One argument of a call.
package struct PythonArgument: Hashable, Sendable {
    /// What kind of expression it is, as far as that is followed.
    package enum Value: Hashable, Sendable {
        /// A text without anything put into it; its content, cut after 256 bytes.
        case text(String)
        /// A list of texts.
        case texts([String])
        /// A text that other values are put into: a formatted text, a sum, `%` or `.format`.
        case composed
        /// `True`, `False` or `None`.
        case constant(String)
        /// A name with imports resolved, for example `yaml.SafeLoader`.
        case name(String)
        /// Anything else.
        case other
    }

    /// The keyword; `nil` for a positional argument.
    package let keyword: String?
    /// The expression.
    package let value: Value
    /// Counted from 1.
    package let line: Int
    /// What the value was made from, through variables and calls.
    package let origins: Set<String>
    /// The first item of a list, where that is a text: of a command, its program.
    package var program: String?
}

/// A call in Python source.
package struct PythonCall: Hashable, Sendable {
    /// The dotted name with imports resolved, for example `os.system` for `from os import system as s; s()`.
    package let name: String
    /// Counted from 1.
    package let line: Int
    /// All calls of the same statement, this one included.
    package let statement: Set<String>
    /// Positional arguments and keywords in order, at most 64.
    package let arguments: [PythonArgument]
    /// Whether it stands in a function or under `if __name__ == …`, so that an import does not run it.
    package let isDeferred: Bool
    /// The classes and functions that it stands in, outermost first; a class with its bases: `class Build(install)`.
    package let context: [String]
    /// The part of the source that it stands in, as it was given to ``PythonSource/read(_:part:)``.
    package let part: Int

    /// The argument of a keyword.
    package func argument(_ keyword: String) -> PythonArgument? { arguments.first { $0.keyword == keyword } }

    /// Whether a keyword is `True`.
    package func isTrue(_ keyword: String) -> Bool { argument(keyword)?.value == .constant("True") }

    /// Whether a keyword is `False`.
    package func isFalse(_ keyword: String) -> Bool { argument(keyword)?.value == .constant("False") }

    /// The positional arguments.
    package var positional: [PythonArgument] { arguments.filter { $0.keyword == nil } }

    /// What all arguments were made from.
    package var origins: Set<String> { arguments.reduce(into: []) { $0.formUnion($1.origins) } }
}

/// A setting in Python source: a keyword, a key of a dictionary, or an attribute or variable that gets a constant.
package struct PythonSetting: Hashable, Sendable {
    /// The keyword, the key, or the dotted name with imports resolved.
    package let name: String
    /// Its value.
    package let value: PythonArgument.Value
    /// Counted from 1.
    package let line: Int
    /// As for ``PythonCall/part``.
    package let part: Int
    /// Whether it is an attribute, a variable or an entry, rather than a keyword of a call.
    package let isAssigned: Bool
}
