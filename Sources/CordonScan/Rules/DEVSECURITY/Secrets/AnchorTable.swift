/// Three-byte anchors of everything that secrets are recognised by, in one map.
enum AnchorTable {
    enum Target: Sendable {
        case token(Int)
        case privateKey, address, driver, webToken
        /// A word of a name.
        case name
        /// A program that takes passwords as arguments.
        case command
        /// A list of accounts and passwords.
        case accounts
    }

    static let shared: AnchorMap<Target> = {
        var entries: [AnchorMap<Target>.Entry] = []
        func add(_ anchor: some Sequence<UInt8>, _ target: Target, foldsCase: Bool = false) {
            let anchor = Array(anchor.prefix(3))
            if anchor.count == 2 {
                // Only hexadecimal digits follow such short prefixes.
                for digit in "0123456789abcdef".utf8 { add(anchor + [digit], target, foldsCase: foldsCase) }
            }
            entries.append(.init(word: anchor, foldsCase: foldsCase, target: target))
        }
        for (index, kind) in TokenKind.all.enumerated() { add(kind.shape.anchor, .token(index)) }
        add("-----BEGIN".utf8, .privateKey)
        add("://".utf8, .address)
        add("eyJ".utf8, .webToken)
        add("@tc".utf8, .driver)
        add("chp".utf8, .accounts)
        for word in ["pas", "pwd", "tok", "sec", "key", "aut", "cre", "bea"] { add(word.utf8, .name, foldsCase: true) }
        for program in CommandPassword.anchors { add(program.description.utf8, .command) }
        return AnchorMap(entries)
    }()
}
