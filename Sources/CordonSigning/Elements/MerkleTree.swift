internal import Crypto

/// Merkle tree hashes (RFC 9162, section 2.1) over SHA-256.
package enum MerkleTree {
    /// The hash of one element.
    package static func leafHash(_ data: some Collection<UInt8>) -> [UInt8] {
        var hasher = StreamHasher(.sha256)
        withUnsafeBytes(of: UInt8(0)) { hasher.update($0) }
        if data.withContiguousStorageIfAvailable({ hasher.update(UnsafeRawBufferPointer($0)) }) == nil {
            Array(data).withUnsafeBytes { hasher.update($0) }
        }
        return hasher.finalize()
    }

    /// The hash of two subtrees.
    package static func nodeHash(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: [1] + left + right))
    }

    /// The root over leaf hashes; the hash of nothing for none. O(n) time, O(log n) memory.
    package static func root(_ leaves: some Sequence<[UInt8]>) -> [UInt8] {
        // One entry for every complete subtree, largest first.
        var stack: [(hash: [UInt8], count: Int)] = []
        for leaf in leaves {
            stack.append((leaf, 1))
            while stack.count > 1, stack[stack.count - 1].count == stack[stack.count - 2].count {
                let right = stack.removeLast()
                let left = stack.removeLast()
                stack.append((nodeHash(left.hash, right.hash), left.count + right.count))
            }
        }
        guard var root = stack.popLast()?.hash else { return Array(SHA256.hash(data: [UInt8]())) }
        while let left = stack.popLast() { root = nodeHash(left.hash, root) }
        return root
    }

    /// The audit path of the leaf at `index` (section 2.1.3.1). O(n).
    package static func path(_ leaves: ArraySlice<[UInt8]>, index: Int) -> [[UInt8]] {
        guard leaves.count > 1 else { return [] }
        var half = 1
        while half * 2 < leaves.count { half *= 2 }
        let left = leaves.prefix(half)
        let right = leaves.dropFirst(half)
        return index < half
            ? path(left, index: index) + [root(right)] : path(right, index: index - half) + [root(left)]
    }

    /// The root that an audit path leads to (section 2.1.3.2), or `nil` when its length does not fit.
    package static func root(leaf: [UInt8], index: Int, count: Int, path: [[UInt8]]) -> [UInt8]? {
        guard index >= 0, index < count else { return nil }
        var (first, last) = (index, count - 1)
        var hash = leaf
        for sibling in path {
            guard last > 0 else { return nil }
            if first & 1 == 1 || first == last {
                hash = nodeHash(sibling, hash)
                while first & 1 == 0, first != 0 {
                    first >>= 1
                    last >>= 1
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            first >>= 1
            last >>= 1
        }
        return last == 0 ? hash : nil
    }
}
