internal import Glibc

/// Numbers that look random, the same ones from the same start. Not for secrets.
///
/// Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
package struct SplitMix: RandomNumberGenerator, Sendable {
    /// What the next number is made from.
    package var state: UInt64

    /// A generator that starts here.
    package init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension SplitMix {
    /// Uniform over 0 ..< 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Normal with mean 0 and deviation 1 (Box and Muller 1958).
    package mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * Double.pi * unit()) }

    /// Laplace with mean 0 and scale 1, by the inverse of its distribution.
    package mutating func laplace() -> Double {
        let place = unit() - 0.5
        return (place < 0 ? 1 : -1) * log(max(Double.leastNormalMagnitude, 1 - 2 * abs(place)))
    }

    /// A number below `bound`, which is at least 1.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}
