internal import CordonFormats
internal import Glibc

extension OperatorSet {
    /// Signals. The Fourier transform is a product with the matrix of sines and cosines: exact, differentiable, O(n²).
    static let signals: [Operator] = [
        Operator("DFT") { node in
            let x = try node.tensor(0)
            let axis = try node.axis(
                node.version >= 20 ? node.optional(2).map { try wholeScalar($0) } ?? -2 : node.integer("axis", 1),
                rank: x.rank)
            let length = try node.optional(1).map { try wholeScalar($0) }
            guard axis < x.rank - 1 else {
                throw TensorFailure(.shape, "the axis of real and imaginary parts is not transformed")
            }
            let moved = try x.transposed(axis, x.rank - 2)
            let y = try fourier(
                moved, length: length, inverse: node.integer("inverse", 0) == 1,
                onesided: node.integer("onesided", 0) == 1)
            return try node.like(0, y.transposed(axis, x.rank - 2))
        },
        Operator("STFT", body: shortTime),
        window("HannWindow") { 0.5 - 0.5 * cos($0) }, window("HammingWindow") { 25.0 / 46 - 21.0 / 46 * cos($0) },
        window("BlackmanWindow") { 0.42 - 0.5 * cos($0) + 0.08 * cos(2 * $0) },
        Operator("MelWeightMatrix", body: mel),
    ]

    /// Transforms the last axis but one; the last holds real and imaginary parts.
    private static func fourier(_ input: Tensor, length: Int?, inverse: Bool, onesided: Bool) throws -> Tensor {
        let axis = input.rank - 2
        let isHalfInput = inverse && onesided
        let count = length ?? (isHalfInput ? 2 * (input.shape[axis] - 1) : input.shape[axis])
        guard (1...(1 << 15)).contains(count), input.shape[axis + 1] == 1 || input.shape[axis + 1] == 2 else {
            throw TensorFailure(.shape, "a transform of length \(count) of \(input.shape)")
        }
        var x = try input.cast(to: .float64)
        if isHalfInput { x = try mirrored(x, axis, count) }
        if x.shape[axis] > count { x = try x.sliced(axis, 0, count) }
        if x.shape[axis] < count { x = try x.padded([0, 0, 0, count - x.shape[axis]]) }
        let outputs = onesided && !inverse ? count / 2 + 1 : count
        let steps = try Tensor.counting(count, .float64)
        let rows = try call("aten::outer", "", .tensor(steps), .tensor(.counting(outputs, .float64)))
        let turns = try call("aten::remainder", "Scalar", .tensor(rows), .integer(count))
        let angle = try turns * ((inverse ? 2 : -2) * Double.pi / Double(count))
        let (cosine, sine) = (try angle.apply("cos"), try angle.apply("sin"))
        let real = try x.selected(axis + 1, 0)
        var y: [Tensor]
        if x.shape[axis + 1] == 2 {
            let imaginary = try x.selected(axis + 1, 1)
            y = [
                try real.matmul(cosine) - imaginary.matmul(sine), try real.matmul(sine) + imaginary.matmul(cosine),
            ]
        } else {
            y = [try real.matmul(cosine), try real.matmul(sine)]
        }
        if inverse { y = try y.map { try $0 / Double(count) } }
        if isHalfInput { y = [y[0]] }
        return try Tensor.stacked(y, axis + 1).cast(to: input.type)
    }

    /// The half of a real signal's spectrum made whole: what is missing is the conjugate of what is there.
    private static func mirrored(_ half: Tensor, _ axis: Int, _ count: Int) throws -> Tensor {
        let kept = count / 2 + 1
        var x = half
        if x.shape[axis] > kept { x = try x.sliced(axis, 0, kept) }
        if x.shape[axis] < kept { x = try x.padded([0, 0, 0, kept - x.shape[axis]]) }
        guard x.shape[axis + 1] == 2, count > 1 else { throw TensorFailure(.shape, "half a spectrum of \(half.shape)") }
        let rest = try x.picked(axis, (kept..<count).map { count - $0 })
        let signs = try Tensor.of([1.0, -1.0], shape: [2], type: .float64)
        return try .concatenated([x, rest * signs], axis)
    }

    private static func shortTime(_ node: NodeCall) throws -> [Value] {
        let x = try node.tensor(0)
        let step = try wholeScalar(node.tensor(1))
        let window = try node.optional(2)
        let length = try node.optional(3).map { try wholeScalar($0) } ?? window?.count ?? 0
        guard x.rank == 3, step > 0, length > 0, length <= x.shape[1] else {
            throw TensorFailure(.shape, "frames of \(length) every \(step) in \(x.shape)")
        }
        var frames = try call("aten::unfold", "", .tensor(x), 1, .integer(length), .integer(step))
        // [batch, frames, parts, length] with the parts last again.
        frames = try frames.transposed(2, 3)
        if let window {
            guard window.count == length else {
                throw TensorFailure(.shape, "a window of \(window.count) for frames of \(length)")
            }
            frames = try frames * window.reshaped([1, 1, length, 1]).cast(to: x.type)
        }
        return try node.like(
            0,
            fourier(frames, length: nil, inverse: false, onesided: node.integer("onesided", 1) == 1 && x.shape[2] == 1))
    }

    private static func window(_ name: String, _ shape: @escaping @Sendable (Double) -> Double) -> Operator {
        Operator(name) { node in
            let count = try wholeScalar(node.tensor(0))
            guard (0...(1 << 26)).contains(count) else { throw TensorFailure(.shape, "a window of \(count)") }
            let code = node.integer("output_datatype", ElementCode.float32)
            guard let type = ElementCode.element(code) else { throw unknown(code) }
            let divisor = Double(node.integer("periodic", 1) == 1 ? count : count - 1)
            let values = (0..<count).map { shape(2 * Double.pi * Double($0) / divisor) }
            return [.tensor(try Tensor.of(values, shape: [count], type: .float64).cast(to: type), code: code)]
        }
    }

    /// Source: ONNX operator MelWeightMatrix, opset 17.
    private static func mel(_ node: NodeCall) throws -> [Value] {
        let bins = try wholeScalar(node.tensor(0))
        let length = try wholeScalar(node.tensor(1))
        let rate = try scalar(node.tensor(2))
        let (low, high) = (try scalar(node.tensor(3)), try scalar(node.tensor(4)))
        guard (1...(1 << 16)).contains(bins), (1...(1 << 20)).contains(length), (length / 2 + 1) * bins <= 1 << 26,
            rate > 0
        else {
            throw TensorFailure(.shape, "\(bins) bins of a spectrum of \(length)")
        }
        let spectrum = length / 2 + 1
        func toMel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }
        let (start, end) = (toMel(low), toMel(high))
        let step = (end - start) / Double(bins + 2)
        let places = try (0..<(bins + 2)).map { index -> Int in
            let hertz = 700 * (pow(10, (start + Double(index) * step) / 2595) - 1)
            let place = (Double(length + 1) * hertz / rate).rounded(.down)
            guard place >= 0, place < 16_777_216 else { throw TensorFailure(.shape, "frequencies out of range") }
            return Int(place)
        }
        var weights = [Float](repeating: 0, count: spectrum * bins)
        for bin in 0..<bins {
            let (left, centre, right) = (places[bin], places[bin + 1], places[bin + 2])
            if left == centre {
                if centre < spectrum { weights[centre * bins + bin] = 1 }
            } else {
                for index in left...max(left, centre) where index < spectrum {
                    weights[index * bins + bin] = Float(Double(index - left) / Double(centre - left))
                }
            }
            if right > centre {
                for index in centre..<right where index < spectrum {
                    weights[index * bins + bin] = Float(Double(right - index) / Double(right - centre))
                }
            }
        }
        let code = node.integer("output_datatype", ElementCode.float32)
        guard let type = ElementCode.element(code) else { throw unknown(code) }
        return [.tensor(try Tensor(weights, shape: [spectrum, bins]).cast(to: type), code: code)]
    }
}
