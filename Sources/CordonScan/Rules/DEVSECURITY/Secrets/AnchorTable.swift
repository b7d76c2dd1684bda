internal import CSystem

/// Three-byte anchors of everything that secrets are recognised by, in one map.
struct AnchorTable: Sendable {
    enum Target: Sendable {
        case token(Int)
        case privateKey, address, driver, webToken
        /// A word of a name.
        case name
        /// A program that takes passwords as arguments.
        case command
    }

    static let shared = AnchorTable()

    private let map: [UInt64]
    private let byHash: [UInt16: [(anchor: [UInt8], folds: Bool, target: Target)]]

    private init() {
        var map = [UInt64](repeating: 0, count: 1024)
        var byHash: [UInt16: [(anchor: [UInt8], folds: Bool, target: Target)]] = [:]
        func add(_ anchor: [UInt8], _ folds: Bool, _ target: Target) {
            if anchor.count == 2 {
                // Only hexadecimal digits follow such short prefixes.
                for digit in "0123456789abcdef".utf8 { add(anchor + [digit], folds, target) }
            }
            guard anchor.count == 3 else { return }
            let hash = cordon_anchor_hash(anchor[0], anchor[1], anchor[2])
            map[Int(hash >> 6)] |= 1 << UInt64(hash & 63)
            byHash[hash, default: []].append((anchor, folds, target))
        }
        for (index, kind) in TokenKind.all.enumerated() { add(kind.shape.anchor, false, .token(index)) }
        add(Array("-----BEGIN".utf8.prefix(3)), false, .privateKey)
        add(Array("://".utf8), false, .address)
        add(Array("eyJ".utf8), false, .webToken)
        add(Array("@tc".utf8), false, .driver)
        for word in ["pas", "pwd", "tok", "sec", "key", "aut", "cre", "bea"] { add(Array(word.utf8), true, .name) }
        for program in CommandPassword.anchors { add(Array(program.description.utf8.prefix(3)), false, .command) }
        self.map = map
        self.byHash = byHash
    }

    /// The next offset at which something may be.
    func next(_ bytes: UnsafeBufferPointer<UInt8>, from position: Int) -> Int {
        guard let base = bytes.baseAddress else { return bytes.count }
        return cordon_next_anchor(base, position, bytes.count, map)
    }

    /// What may be at an offset.
    func targets(_ bytes: TextBytes, at offset: Int) -> [Target] {
        let found = byHash[cordon_anchor_hash(bytes[offset], bytes[offset + 1], bytes[offset + 2])] ?? []
        return found.compactMap { entry in
            for index in 0..<3 {
                let byte = bytes[offset + index]
                guard (entry.folds ? TextBytes.lower(byte) : byte) == entry.anchor[index] else { return nil }
            }
            return entry.target
        }
    }
}
