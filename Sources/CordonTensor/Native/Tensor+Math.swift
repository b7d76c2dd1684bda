/// What operators are written with: libtorch's functions under short names. Shapes that do not fit are libtorch's errors.
package extension Tensor {
    static func + (a: Tensor, b: Tensor) throws -> Tensor { try call("aten::add", "Tensor", .tensor(a), .tensor(b)) }
    static func - (a: Tensor, b: Tensor) throws -> Tensor { try call("aten::sub", "Tensor", .tensor(a), .tensor(b)) }
    static func * (a: Tensor, b: Tensor) throws -> Tensor { try call("aten::mul", "Tensor", .tensor(a), .tensor(b)) }
    static func / (a: Tensor, b: Tensor) throws -> Tensor { try call("aten::div", "Tensor", .tensor(a), .tensor(b)) }
    static func + (a: Tensor, b: Double) throws -> Tensor { try call("aten::add", "Scalar", .tensor(a), .real(b)) }
    static func - (a: Tensor, b: Double) throws -> Tensor { try call("aten::sub", "Scalar", .tensor(a), .real(b)) }
    static func * (a: Tensor, b: Double) throws -> Tensor { try call("aten::mul", "Scalar", .tensor(a), .real(b)) }
    static func / (a: Tensor, b: Double) throws -> Tensor { try call("aten::div", "Scalar", .tensor(a), .real(b)) }

    /// A function of libtorch that takes one tensor.
    func apply(_ name: String) throws -> Tensor { try call("aten::" + name, "", .tensor(self)) }

    /// The same elements in another shape of as many.
    func reshaped(_ shape: [Int]) throws -> Tensor {
        guard try Tensor.elementCount(shape) == count else {
            throw TensorFailure(.shape, "\(self.shape) cannot take the shape \(shape)")
        }
        return try call("aten::reshape", "", .tensor(self), .integers(shape))
    }
    func permuted(_ order: [Int]) throws -> Tensor { try call("aten::permute", "", .tensor(self), .integers(order)) }
    func transposed(_ first: Int, _ second: Int) throws -> Tensor {
        try call("aten::transpose", "int", .tensor(self), .integer(first), .integer(second))
    }
    func expanded(_ shape: [Int]) throws -> Tensor {
        _ = try Tensor.elementCount(shape)
        return try call("aten::expand", "", .tensor(self), .integers(shape))
    }
    /// Elements `from ..< to` along an axis.
    func sliced(_ axis: Int, _ from: Int, _ to: Int, step: Int = 1) throws -> Tensor {
        try call("aten::slice", "Tensor", .tensor(self), .integer(axis), .integer(from), .integer(to), .integer(step))
    }
    /// What lies at one place of an axis, without that axis.
    func selected(_ axis: Int, _ index: Int) throws -> Tensor {
        try call("aten::select", "int", .tensor(self), .integer(axis), .integer(index))
    }
    /// Rows, or whatever lies along the axis, at these indices.
    func picked(_ axis: Int, _ indices: [Int]) throws -> Tensor {
        let index = try Tensor(indices.map(Int64.init), shape: [indices.count])
        return try call("aten::index_select", "", .tensor(self), .integer(axis), .tensor(index))
    }
    func unsqueezed(_ axis: Int) throws -> Tensor { try call("aten::unsqueeze", "", .tensor(self), .integer(axis)) }
    func matmul(_ other: Tensor) throws -> Tensor { try call("aten::matmul", "", .tensor(self), .tensor(other)) }
    func sum(_ axes: [Int], keep: Bool = false) throws -> Tensor {
        try call("aten::sum", "dim_IntList", .tensor(self), .integers(axes), .boolean(keep))
    }
    func mean(_ axes: [Int], keep: Bool = false) throws -> Tensor {
        try call("aten::mean", "dim", .tensor(self), .integers(axes), .boolean(keep))
    }
    /// The lower median along an axis, which stays with extent 1.
    func median(_ axis: Int) throws -> Tensor {
        try callMany("aten::median", "dim", .tensor(self), .integer(axis), .boolean(true))[0]
    }
    func softmax(_ axis: Int) throws -> Tensor {
        try call("aten::softmax", "int", .tensor(self), .integer(axis), .none)
    }
    /// Pads in libtorch's order: before and after of the last axis first.
    func padded(_ pairs: [Int], _ value: Double = 0) throws -> Tensor {
        try call("aten::constant_pad_nd", "", .tensor(self), .integers(pairs), .real(value))
    }
    func clamped(_ low: Double?, _ high: Double?) throws -> Tensor {
        try call("aten::clamp", "", .tensor(self), low.map(Argument.real) ?? .none, high.map(Argument.real) ?? .none)
    }
    /// Elements of `a` where this is true, else of `b`.
    func choosing(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        try call("aten::where", "self", .tensor(self), .tensor(a), .tensor(b))
    }
    /// The same tensor of four axes with its channels side by side in memory.
    func channelsLast() throws -> Tensor { try call("aten::contiguous", "", .tensor(self), .integer(2)) }
    /// The tensor without its history: gradients do not flow through it.
    func detached() throws -> Tensor { try call("aten::detach", "", .tensor(self)) }

    static func concatenated(_ tensors: [Tensor], _ axis: Int) throws -> Tensor {
        try call("aten::cat", "", .tensors(tensors), .integer(axis))
    }
    static func stacked(_ tensors: [Tensor], _ axis: Int) throws -> Tensor {
        try call("aten::stack", "", .tensors(tensors), .integer(axis))
    }
    /// 0, 1, 2 and so on.
    static func counting(_ count: Int, _ type: ElementType = .int64) throws -> Tensor {
        try call("aten::arange", "", .integer(count), .integer(Int(type.rawValue)))
    }
    static func filled(_ shape: [Int], _ value: Double, _ type: ElementType = .float32) throws -> Tensor {
        _ = try elementCount(shape)
        return try call("aten::full", "", .integers(shape), .real(value), .integer(Int(type.rawValue)))
    }
    /// One number.
    static func number(_ value: Double, _ type: ElementType = .float32) throws -> Tensor { try filled([], value, type) }

    /// The solution x of `self · x = b`, `[n, n]` and `[n, k]`.
    func solving(_ b: Tensor) throws -> Tensor { try call("aten::linalg_solve", "", .tensor(self), .tensor(b)) }
    /// Eigenvalues, ascending, and eigenvectors as columns of a symmetric matrix.
    func eigen() throws -> (values: Tensor, vectors: Tensor) {
        let found = try callMany("aten::linalg_eigh", "", .tensor(self))
        return (found[0], found[1])
    }
    func logSoftmax(_ axis: Int) throws -> Tensor {
        try call("aten::log_softmax", "int", .tensor(self), .integer(axis), .none)
    }
    /// Places of the greatest elements along an axis.
    func argmax(_ axis: Int) throws -> [Int] { try call("aten::argmax", "", .tensor(self), .integer(axis)).integers() }
}

/// What triggers and repairs are computed with.
package extension Tensor {
    func sigmoid() throws -> Tensor { try apply("sigmoid") }
    func signs() throws -> Tensor { try apply("sign") }
    func tanh() throws -> Tensor { try apply("tanh") }
    func absolute() throws -> Tensor { try apply("abs") }
    func squareRoots() throws -> Tensor { try apply("sqrt") }
    /// The sum of all elements, without axes.
    func total() throws -> Tensor { try apply("sum") }
    /// The greatest elements along an axis, which goes.
    func maxima(_ axis: Int) throws -> Tensor {
        try call("aten::amax", "", .tensor(self), .integers([axis]), .boolean(false))
    }
    /// The least elements along an axis, which goes.
    func minima(_ axis: Int) throws -> Tensor {
        try call("aten::amin", "", .tensor(self), .integers([axis]), .boolean(false))
    }
    /// Elements along an axis at the indices of another tensor of as many axes.
    func gathered(_ axis: Int, _ index: Tensor) throws -> Tensor {
        try call("aten::gather", "", .tensor(self), .integer(axis), .tensor(index), .boolean(false))
    }
    /// The same elements with a value written at the indices of another tensor along an axis.
    func scattering(_ axis: Int, _ index: Tensor, _ value: Double) throws -> Tensor {
        try call("aten::scatter", "value", .tensor(self), .integer(axis), .tensor(index), .real(value))
    }
    /// Cross entropy of class scores `[rows, classes]` to class numbers, a number per row.
    func crossEntropies(_ classes: Tensor) throws -> Tensor {
        try call("aten::cross_entropy_loss", "", .tensor(self), .tensor(classes), .none, 0, .integer(-100), .real(0))
    }
    /// Pictures `[n, c, h, w]` read at places `[n, h, w, 2]` from -1 to 1, between pixels linearly, at borders the border.
    func readingGrid(_ places: Tensor) throws -> Tensor {
        try call("aten::grid_sampler", "", .tensor(self), .tensor(places), 0, 1, true)
    }
    /// Pictures of another size, between pixels cubically.
    func resized(_ height: Int, _ width: Int) throws -> Tensor {
        try call("aten::upsample_bicubic2d", "", .tensor(self), .integers([height, width]), true, .none, .none)
    }
    /// Elements brought between those of two other tensors.
    func limited(_ low: Tensor, _ high: Tensor) throws -> Tensor {
        try call("aten::clamp", "Tensor", .tensor(self), .tensor(low), .tensor(high))
    }
    /// The places of pixels as ``readingGrid(_:)`` counts them: `[1, h, w, 2]`.
    static func pixelPlaces(_ height: Int, _ width: Int) throws -> Tensor {
        func place(_ index: Int, _ count: Int) -> Float { count < 2 ? 0 : Float(index) / Float(count - 1) * 2 - 1 }
        return try filling([1, height, width, 2]) { numbers in
            for row in 0..<height {
                for column in 0..<width {
                    numbers[(row * width + column) * 2] = place(column, width)
                    numbers[(row * width + column) * 2 + 1] = place(row, height)
                }
            }
        }
    }
    /// Pictures `[n, c, h, w]` turned, scaled and moved by a matrix `[n, 2, 3]` each, in units of half a picture.
    func bent(by matrices: Tensor) throws -> Tensor {
        let places = try call(
            "aten::affine_grid_generator", "", .tensor(matrices), .integers(shape), .boolean(true))
        return try readingGrid(places)
    }
    /// The greatest singular value of each matrix `[n, rows, columns]`.
    func greatestSingularValues() throws -> Tensor {
        try call("aten::linalg_svdvals", "", .tensor(self)).selected(1, 0)
    }
    /// Normal numbers from a generator.
    static func normal(_ shape: [Int], _ generator: Generator, deviation: Double = 1) throws -> Tensor {
        _ = try elementCount(shape)
        return try call(
            "aten::normal", "float_float", .real(0), .real(deviation), .integers(shape), .generator(generator))
    }
}

extension Tensor {
    /// One element at every place of a shape.
    package static func repeated(_ element: Tensor, _ shape: [Int]) throws -> Tensor {
        try call("aten::contiguous", "", .tensor(element.reshaped([]).expanded(shape)))
    }
}
