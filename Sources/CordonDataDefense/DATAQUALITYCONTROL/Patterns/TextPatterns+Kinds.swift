internal import CordonCore
internal import Glibc

extension TextPatterns {
    private static let peersEach = 3
    /// Classes that a peer may be of where those of the nearest are used up.
    private static let peerKinds = 4

    /// Texts with a trigger come from all over other classes; texts about one thing share more than its name.
    ///
    /// Each carrier has three peers: texts of the other class that it looks most like. A classifier that does not see the features,
    /// nor what most carriers have, nor pairs with such words, learns to tell carriers from peers and is asked about those that
    /// it did not see. Where it can tell, they are a kind of text. A trigger of one class only has peers of that class.
    func areOneKind(_ carriers: [Int], label: Int, without features: [Int], seed: UInt64) -> Bool {
        let apart = masked(carriers, features)
        let peers = peers(of: carriers, label: label, without: apart, seed: seed)
        guard peers.count * 2 >= carriers.count, carriers.count >= UnsupportedPatternSearch<Self>.fewestCarriers
        else { return false }
        func text(_ row: Int) -> [Int32] { self.features[row].filter { !apart.contains($0) } }
        return KindOfRow.isOne(carriers.map(text), peers: peers.map(text), margin: 0.2)
    }

    /// The features, what more than half of the carriers have, and pairs with a word of these.
    private func masked(_ carriers: [Int], _ features: [Int]) -> Set<Int32> {
        var counts: [Int32: Int] = [:]
        for row in carriers { for feature in self.features[row] { counts[feature, default: 0] += 1 } }
        var apart = Set(features.map(Int32.init))
        for (feature, count) in counts where 2 * count > carriers.count { apart.insert(feature) }
        let words = Set(apart.flatMap { names[Int($0)].split(separator: " ") })
        for feature in counts.keys where names[Int(feature)].split(separator: " ").contains(where: words.contains) {
            apart.insert(feature)
        }
        return apart
    }

    /// For each carrier texts of the class that it looks most like, the label's own left aside.
    private func peers(of carriers: [Int], label: Int, without apart: Set<Int32>, seed: UInt64) -> [Int] {
        var random = SplitMix(state: seed &+ 41)
        var pools: [Int: [Int]] = [:]
        for (row, own) in labels.enumerated() where own >= 0 && Int(own) != label {
            pools[Int(own), default: []].append(row)
        }
        var used: Set<Int> = []
        return carriers.flatMap { row in
            let scores = (0..<classCount).map { kind -> Double in
                guard kind != label, classSizes[kind] > 0 else { return -.infinity }
                return self.features[row].reduce(0) { sum, feature in
                    apart.contains(feature)
                        ? sum
                        : sum + log((Double(byClass[kind * names.count + Int(feature)]) + 0.1) / (classSizes[kind] + 1))
                }
            }
            let kinds = scores.indices.filter { scores[$0].isFinite }.sorted { (scores[$1], $0) < (scores[$0], $1) }
            var found: [Int] = []
            for kind in kinds.prefix(Self.peerKinds) where found.count < Self.peersEach {
                let pool = pools[kind] ?? []
                for _ in 0..<8 where found.count < Self.peersEach {
                    let one = pool[Int.random(in: pool.indices, using: &random)]
                    if used.insert(one).inserted { found.append(one) }
                }
            }
            return found
        }
    }
}
