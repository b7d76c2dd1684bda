import CordonFormats
@testable import CordonTensor

/// What tests need of the engine's insides.
enum GraphTesting {
    /// One number that depends on every element differently.
    static func weightedSum(_ tensors: [Tensor]) throws -> Tensor {
        var total = try Tensor.filled([], 0, .float64)
        for tensor in tensors where tensor.type.isFloating {
            let flat = try tensor.cast(to: .float64).reshaped([tensor.count])
            let weights = try Tensor.counting(tensor.count, .float64) * 0.37
            total = try total + (flat * weights.apply("cos")).apply("sum")
        }
        return total
    }
}

enum ByteViewMaker {
    static func view(_ bytes: [UInt8]) -> ByteView { ByteView(copying: bytes) }
}

extension Tensor {
    /// The same numbers in 64 bits.
    func doubles64() throws -> Tensor { try cast(to: .float64) }

    static func doubles(_ numbers: [Double], shape: [Int]) throws -> Tensor {
        try .of(numbers, shape: shape, type: .float64)
    }
}

extension TrainingRows {
    func fetchAll() throws -> (inputs: [String: Tensor], target: Tensor) { try fetch(Array(0..<count)) }
}
