internal import CordonFormats

/// Element types below 16 bits that libtorch 1.13 lacks: whole numbers of 2 and 4 bits are kept in 8, and the values of
/// floating-point numbers of 4 and 8 bits in 32, rounded to what the type holds.
///
/// Source: ONNX `docs/docsgen/source/technical/float8.md`, `int4.md`, `float4.md`; Micikevicius and others 2022, "FP8
/// Formats for Deep Learning"; Open Compute Project 2023, "Microscaling Formats (MX)", for float4e2m1.
struct SmallElement {
    enum Form {
        case whole(isSigned: Bool)
        /// Bits of the exponent and of the fraction, and the exponent's bias.
        case real(exponent: Int, fraction: Int, bias: Int, kind: Special)
    }
    /// What a floating-point type has beside finite numbers.
    enum Special {
        /// Infinities, and numbers that are none, as IEEE 754 has them.
        case ieee
        /// No infinities; all bits set is no number.
        case finite
        /// No infinities and no −0, whose code is no number.
        case finiteUnsignedZero
        /// Finite numbers only.
        case none
    }
    let bits: Int
    let form: Form

    /// `nil` for types that libtorch has.
    init?(_ code: Int) {
        switch code {
        case 17: (bits, form) = (8, .real(exponent: 4, fraction: 3, bias: 7, kind: .finite))
        case 18: (bits, form) = (8, .real(exponent: 4, fraction: 3, bias: 8, kind: .finiteUnsignedZero))
        case 19: (bits, form) = (8, .real(exponent: 5, fraction: 2, bias: 15, kind: .ieee))
        case 20: (bits, form) = (8, .real(exponent: 5, fraction: 2, bias: 16, kind: .finiteUnsignedZero))
        case 21: (bits, form) = (4, .whole(isSigned: false))
        case 22: (bits, form) = (4, .whole(isSigned: true))
        case 23: (bits, form) = (4, .real(exponent: 2, fraction: 1, bias: 1, kind: .none))
        case 25: (bits, form) = (2, .whole(isSigned: false))
        case 26: (bits, form) = (2, .whole(isSigned: true))
        default: return nil
        }
    }

    /// The type that elements are kept in.
    var element: ElementType {
        switch form {
        case .whole(let isSigned): isSigned ? .int8 : .uint8
        case .real: .float32
        }
    }

    /// Least and greatest number.
    var range: (low: Double, high: Double) {
        switch form {
        case .whole(true): return (-Double(1 << (bits - 1)), Double(1 << (bits - 1)) - 1)
        case .whole(false): return (0, Double(1 << bits) - 1)
        case .real:
            let high = values.reduce(0) { $1.isFinite ? max($0, Double($1)) : $0 }
            return (-high, high)
        }
    }

    /// The number of each code.
    private var values: [Float] { (0..<(1 << bits)).map { value(UInt8($0)) } }

    private func value(_ code: UInt8) -> Float {
        guard case .real(let exponentBits, let fractionBits, let bias, let kind) = form else {
            if case .whole(true) = form, code >> UInt8(bits - 1) & 1 == 1 { return Float(Int(code) - 1 << bits) }
            return Float(code)
        }
        let sign: Float = code >> UInt8(bits - 1) & 1 == 1 ? -1 : 1
        let magnitude = Int(code) & (1 << (bits - 1) - 1)
        let (exponent, fraction) = (magnitude >> fractionBits, magnitude & (1 << fractionBits - 1))
        switch kind {
        case .ieee where exponent == 1 << exponentBits - 1: return fraction == 0 ? sign * .infinity : .nan
        case .finite where magnitude == 1 << (bits - 1) - 1: return .nan
        case .finiteUnsignedZero where sign < 0 && magnitude == 0: return .nan
        default: break
        }
        let step = Float(sign: .plus, exponent: max(exponent, 1) - bias - fractionBits, significand: 1)
        return sign * Float(exponent == 0 ? fraction : fraction + 1 << fractionBits) * step
    }

    // MARK: Rounding

    /// Numbers as the type holds them. Whole numbers lose their high bits, as in C; others go to the nearest, ties to even.
    ///
    /// - Parameter saturates: whether numbers beyond the greatest become it; otherwise they become infinite, or no number
    ///   where the type has no infinity.
    func rounded(_ tensor: Tensor, saturates: Bool) throws -> Tensor {
        switch form {
        case .whole(let isSigned):
            let cut = try call("aten::bitwise_and", "Scalar", .tensor(tensor.cast(to: .int32)), .integer(1 << bits - 1))
            guard isSigned else { return try cut.cast(to: .uint8) }
            let isNegative = try call("aten::ge", "Scalar", .tensor(cut), .integer(1 << (bits - 1)))
            return try isNegative.choosing(cut - Double(1 << bits), cut).cast(to: .int8)
        case .real(_, let fraction, let bias, let kind):
            let high = Float(range.high)
            let beyond: (Float) -> Float = { number in
                if saturates || kind == .none { return number < 0 ? -high : high }
                return kind == .ieee ? (number < 0 ? -.infinity : .infinity) : .nan
            }
            let numbers = try tensor.floats().map { number -> Float in
                if number.isNaN { return kind == .none ? -0.0 : .nan }
                if number == 0 { return kind == .finiteUnsignedZero ? 0 : number }
                let exponent = max(number.isFinite ? Int(number.exponent) : 127, 1 - bias)
                let step = Float(sign: .plus, exponent: exponent - fraction, significand: 1)
                let near = (number / step).rounded(.toNearestOrEven) * step
                if abs(near) > high || number.isInfinite { return beyond(number) }
                return near == 0 && kind == .finiteUnsignedZero ? 0 : near
            }
            return try Tensor(numbers, shape: tensor.shape)
        }
    }

    // MARK: Bytes

    /// Elements from raw data, the low bits of a byte first.
    func unpacked(_ bytes: [UInt8], shape: [Int], count: Int) throws(TensorFailure) -> Tensor {
        let perByte = 8 / bits
        guard bytes.count * perByte >= count else {
            throw TensorFailure(.model, "\(bytes.count) bytes for \(count) elements")
        }
        let table = values
        let codes = (0..<count).map { Int(bytes[$0 / perByte] >> UInt8($0 % perByte * bits)) & (1 << bits - 1) }
        switch form {
        case .real: return try .of(codes.map { table[$0] }, shape: shape, type: .float32)
        case .whole(true): return try .of(codes.map { Int8(table[$0]) }, shape: shape, type: .int8)
        case .whole(false): return try .of(codes.map { UInt8(table[$0]) }, shape: shape, type: .uint8)
        }
    }

    /// Raw data of elements that the type holds.
    func packed(_ tensor: Tensor) throws -> [UInt8] {
        var codes: [UInt32: UInt8] = [:]
        for (code, value) in values.enumerated().reversed() {
            codes[value.isNaN ? .max : value.bitPattern] = UInt8(code)
        }
        let perByte = 8 / bits
        let numbers = try rounded(tensor, saturates: true).floats()
        var bytes = [UInt8](repeating: 0, count: (numbers.count + perByte - 1) / perByte)
        for (place, number) in numbers.enumerated() {
            let code = codes[number.isNaN ? .max : number.bitPattern] ?? codes[Float(0).bitPattern] ?? 0
            bytes[place / perByte] |= code << UInt8(place % perByte * bits)
        }
        return bytes
    }
}
