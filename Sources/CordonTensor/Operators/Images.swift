internal import CordonFormats

extension OperatorSet {
    /// Resizing, sampling and boxes.
    static let images: [Operator] = [
        Operator("Resize", body: { node in try Resizing(node).run() }),
        Operator("Upsample", body: { node in try Resizing(node).run() }),
        Operator("GridSample") { node in
            let (x, grid) = (try node.tensor(0), try node.tensor(1))
            guard x.rank == 4 || x.rank == 5, grid.rank == x.rank, x.count > 0 else {
                throw TensorFailure(.shape, "\(x.shape) sampled at \(grid.shape)")
            }
            let modes = ["bilinear": 0, "linear": 0, "nearest": 1, "bicubic": 2, "cubic": 2]
            let paddings = ["zeros": 0, "border": 1, "reflection": 2]
            guard let mode = modes[node.text("mode", "bilinear")],
                let padding = paddings[node.text("padding_mode", "zeros")],
                mode < 2 || x.rank == 4
            else { throw TensorFailure(.unsupported, "sampling of this mode") }
            let isAligned = node.integer("align_corners", 0) == 1
            // libtorch rounds halves away from zero in three axes and to even ones in two; the standard wants even ones.
            let places = mode == 1 && x.rank == 5 ? try rounded(grid, Array(x.shape[2...]), isAligned) : grid
            let (source, at) =
                mode == 1 && x.rank == 5 ? (try x.cast(to: .float64), places) : (x, try grid.cast(to: x.type))
            return try node.like(
                0,
                call(
                    "aten::grid_sampler", "", .tensor(source), .tensor(at), .integer(mode), .integer(padding),
                    .boolean(isAligned)
                ).cast(to: x.type))
        },
        Operator("AffineGrid") { node in
            let size = try node.integers(input: 1) ?? []
            guard size.count == 4 || size.count == 5, size.allSatisfy({ $0 > 0 }) else {
                throw TensorFailure(.shape, "a grid for \(size)")
            }
            _ = try Tensor.elementCount(size)
            return try node.like(
                0,
                call(
                    "aten::affine_grid_generator", "", .tensor(node.tensor(0)), .integers(size),
                    .boolean(node.integer("align_corners", 0) == 1)))
        },
        Operator("RoiAlign", body: alignedRegions),
        Operator("NonMaxSuppression", body: suppression),
    ]

    /// Places moved to the centres of the elements that they are nearest to.
    private static func rounded(_ grid: Tensor, _ extents: [Int], _ isAligned: Bool) throws -> Tensor {
        let sizes = try Tensor.of(extents.reversed().map(Double.init), shape: [extents.count], type: .float64)
        let moved = try grid.cast(to: .float64) + 1
        let index = try (isAligned ? moved * (sizes - 1) / 2 : (moved * sizes - 1) / 2).apply("round")
        return try (isAligned ? index * 2 / (sizes - 1) : (index * 2 + 1) / sizes) - 1
    }

    // MARK: Resizing

    /// Source: ONNX operator Resize, opset 10–19, and Upsample, opset 9. Each axis is a weighted sum of a few picks.
    private struct Resizing {
        /// Most elements along an axis that is resized.
        private static let longest = 1 << 24
        let node: NodeCall
        let x: Tensor
        private var scales: [Double]
        private var sizes: [Int]
        private var region: [(Double, Double)]

        init(_ node: NodeCall) throws {
            self.node = node
            x = try node.tensor(0)
            let shape = x.shape
            scales = shape.map { _ in 1 }
            sizes = shape
            region = shape.map { _ in (0, 1) }
            let isUpsample = node.node.type == "Upsample"
            let scaleInput = isUpsample || node.version < 11 ? 1 : 2
            let axes = try node.axes(node.integers("axes") ?? Array(shape.indices), rank: x.rank)
            var given = try node.optional(scaleInput)?.doubles() ?? []
            if isUpsample, given.isEmpty { given = node.reals("scales") ?? [] }
            let wanted = isUpsample || node.version < 11 ? [] : try node.integers(input: 3) ?? []
            if !wanted.isEmpty {
                guard wanted.count == axes.count else {
                    throw TensorFailure(.shape, "\(wanted.count) sizes for \(axes.count) axes")
                }
                try take(sizes: wanted, axes)
            } else {
                guard given.count == axes.count else {
                    throw TensorFailure(.shape, "\(given.count) scales for \(axes.count) axes")
                }
                for (axis, scale) in zip(axes, given) {
                    let size = (Double(shape[axis]) * scale).rounded(.down)
                    guard scale > 0, size < 2_147_483_648 else { throw TensorFailure(.shape, "a scale of \(scale)") }
                    scales[axis] = scale
                    sizes[axis] = Int(size)
                }
            }
            _ = try Tensor.elementCount(sizes)
            for (axis, size) in sizes.enumerated() where size > Self.longest && size != shape[axis] {
                throw TensorFailure(.shape, "axis \(axis) of \(shape) resized to \(size)")
            }
            if node.text("coordinate_transformation_mode") == "tf_crop_and_resize",
                let corners = try node.optional(1)?.doubles()
            {
                guard corners.count == 2 * axes.count else {
                    throw TensorFailure(.shape, "a region of \(corners.count) numbers")
                }
                for (index, axis) in axes.enumerated() { region[axis] = (corners[index], corners[index + axes.count]) }
            }
        }

        private mutating func take(sizes wanted: [Int], _ axes: [Int]) throws {
            var ratios: [Double] = []
            for (axis, size) in zip(axes, wanted) {
                guard size >= 0, size < 1 << 31, x.shape[axis] > 0 else {
                    throw TensorFailure(.shape, "a size of \(size)")
                }
                ratios.append(Double(size) / Double(x.shape[axis]))
            }
            switch node.text("keep_aspect_ratio_policy", "stretch") {
            case "not_larger": ratios = ratios.map { _ in ratios.min() ?? 1 }
            case "not_smaller": ratios = ratios.map { _ in ratios.max() ?? 1 }
            default:
                for (index, axis) in axes.enumerated() {
                    scales[axis] = ratios[index]
                    sizes[axis] = wanted[index]
                }
                return
            }
            for (index, axis) in axes.enumerated() {
                scales[axis] = ratios[index]
                let size = (Double(x.shape[axis]) * ratios[index] + 0.5).rounded(.down)
                guard size < 2_147_483_648 else { throw TensorFailure(.shape, "a size of \(size)") }
                sizes[axis] = Int(size)
            }
        }

        func run() throws -> [Value] {
            let mode = node.text("mode", "nearest")
            guard ["nearest", "linear", "cubic", "bilinear"].contains(mode) else {
                throw TensorFailure(.unsupported, "resizing of mode '\(mode)'")
            }
            if mode == "nearest", let fast = try wholeFactors() { return try node.like(0, fast) }
            var y = x
            let isWhole = !x.type.isFloating
            if isWhole, mode != "nearest" { y = try y.cast(to: .float32) }
            for axis in x.shape.indices where needsWork(axis) {
                guard x.shape[axis] > 0 else { throw TensorFailure(.shape, "axis \(axis) has extent 0") }
                y = try mode == "nearest" ? nearest(y, axis) : interpolated(y, axis, mode)
            }
            if isWhole, mode != "nearest" { y = try y.apply("round").cast(to: x.type) }
            return try node.like(0, y)
        }

        private func needsWork(_ axis: Int) -> Bool {
            scales[axis] != 1 || sizes[axis] != x.shape[axis] || region[axis] != (0, 1)
        }

        /// Whole factors along the last two axes have a kernel of their own.
        private func wholeFactors() throws -> Tensor? {
            guard x.rank == 4, x.type.isFloating, scales[0] == 1, scales[1] == 1,
                scales[2] >= 1, scales[3] >= 1, scales[2] == scales[2].rounded(), scales[3] == scales[3].rounded(),
                ["asymmetric", "half_pixel"].contains(transformation), x.count > 0,
                transformation == "half_pixel" ? nearestMode.hasPrefix("round") : nearestMode == "floor"
            else { return nil }
            return try call("aten::upsample_nearest2d", "", .tensor(x), .integers(Array(sizes[2...])))
        }

        private var transformation: String {
            node.text(
                "coordinate_transformation_mode",
                node.node.type == "Upsample" || node.version < 11 ? "asymmetric" : "half_pixel")
        }
        private var nearestMode: String {
            node.text(
                "nearest_mode", node.node.type == "Upsample" || node.version < 11 ? "floor" : "round_prefer_floor")
        }

        /// Where an element of the result lies in the input.
        private func place(_ index: Int, _ axis: Int) throws -> Double {
            let (position, length, scale) = (Double(index), Double(x.shape[axis]), scales[axis])
            let resized = scale * length
            switch transformation {
            case "half_pixel": return (position + 0.5) / scale - 0.5
            case "half_pixel_symmetric":
                let adjustment = Double(sizes[axis]) / resized
                return length / 2 * (1 - adjustment) + (position + 0.5) / scale - 0.5
            case "pytorch_half_pixel": return resized > 1 ? (position + 0.5) / scale - 0.5 : 0
            case "align_corners": return resized <= 1 ? 0 : position * (length - 1) / (resized - 1)
            case "asymmetric": return position / scale
            case "tf_half_pixel_for_nn": return (position + 0.5) / scale
            case "tf_crop_and_resize":
                let (low, high) = region[axis]
                let base = low * (length - 1)
                return resized <= 1
                    ? base + (high - low) * (length - 1) / 2
                    : base + position * (high - low) * (length - 1) / (resized - 1)
            case let other: throw TensorFailure(.unsupported, "coordinates of mode '\(other)'")
            }
        }

        private func nearest(_ y: Tensor, _ axis: Int) throws -> Tensor {
            let last = x.shape[axis] - 1
            var outside: [Bool] = []
            let indices = try (0..<sizes[axis]).map { index -> Int in
                let position = try place(index, axis)
                outside.append(position < 0 || position > Double(last))
                let rounded: Double
                switch nearestMode {
                case "round_prefer_floor":
                    rounded = position - position.rounded(.down) == 0.5 ? position.rounded(.down) : position.rounded()
                case "round_prefer_ceil":
                    rounded = position - position.rounded(.down) == 0.5 ? position.rounded(.up) : position.rounded()
                case "floor": rounded = position.rounded(.down)
                case "ceil": rounded = position.rounded(.up)
                case let other: throw TensorFailure(.unsupported, "nearest neighbour of mode '\(other)'")
                }
                return max(0, min(last, Int(max(-1, min(rounded, 1e9)))))
            }
            return try extrapolated(y.picked(axis, indices), axis, outside)
        }

        private func interpolated(_ y: Tensor, _ axis: Int, _ mode: String) throws -> Tensor {
            let last = x.shape[axis] - 1
            let isCubic = mode == "cubic"
            let cubic = node.real("cubic_coeff_a", -0.75)
            let widening = node.integer("antialias", 0) == 1 ? min(1, scales[axis]) : 1
            guard widening > 1e-5 else { throw TensorFailure(.shape, "a scale of \(scales[axis])") }
            let reach = (isCubic ? 2 : 1) / widening
            let first = Int((-reach).rounded(.down)) + 1
            let taps = 2 - 2 * first
            guard taps * sizes[axis] <= 1 << 26 else {
                throw TensorFailure(.shape, "axis \(axis) of \(x.shape) resized to \(sizes[axis])")
            }
            let dropsOutside = node.integer("exclude_outside", 0) == 1
            var indices = [[Int64]](repeating: [], count: taps)
            var weights = [[Double]](repeating: [], count: taps)
            var outside: [Bool] = []
            for index in 0..<sizes[axis] {
                let position = try place(index, axis)
                guard abs(position) < 1e12 else { throw TensorFailure(.shape, "a place of \(position)") }
                outside.append(position < 0 || position > Double(last))
                let floor = position.rounded(.down)
                var row = (0..<taps).map {
                    Self.weight((Double(first + $0) - (position - floor)) * widening, isCubic ? cubic : nil)
                }
                let places = (0..<taps).map { Int(floor) + first + $0 }
                if dropsOutside { for tap in 0..<taps where places[tap] < 0 || places[tap] > last { row[tap] = 0 } }
                let total = widening < 1 || dropsOutside ? row.reduce(0, +) : 1
                for tap in 0..<taps {
                    indices[tap].append(Int64(max(0, min(last, places[tap]))))
                    weights[tap].append(total == 0 ? 0 : row[tap] / total)
                }
            }
            var shape = [Int](repeating: 1, count: y.rank)
            shape[axis] = sizes[axis]
            var sum: Tensor?
            for tap in 0..<taps where weights[tap].contains(where: { $0 != 0 }) {
                let index = try Tensor(indices[tap], shape: [indices[tap].count])
                let picked = try call("aten::index_select", "", .tensor(y), .integer(axis), .tensor(index))
                let part = try picked * Tensor.of(weights[tap], shape: shape, type: .float64).cast(to: y.type)
                sum = try sum.map { try $0 + part } ?? part
            }
            var target = y.shape
            target[axis] = sizes[axis]
            return try extrapolated(sum ?? Tensor.filled(target, 0, y.type), axis, outside)
        }

        /// How much an element at this distance counts.
        private static func weight(_ distance: Double, _ cubic: Double?) -> Double {
            let x = abs(distance)
            guard let a = cubic else { return max(0, 1 - x) }
            if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }

        private func extrapolated(_ y: Tensor, _ axis: Int, _ outside: [Bool]) throws -> Tensor {
            guard transformation == "tf_crop_and_resize", outside.contains(true) else { return y }
            var shape = [Int](repeating: 1, count: y.rank)
            shape[axis] = outside.count
            let mask = try Tensor.of(outside, shape: shape, type: .bool)
            return try mask.choosing(.filled([], node.real("extrapolation_value", 0), y.type), y)
        }
    }

    // MARK: Regions

    /// Source: ONNX operator RoiAlign, opset 10 and 16; He and others 2017, "Mask R-CNN".
    private static func alignedRegions(_ node: NodeCall) throws -> [Value] {
        let (x, boxes) = (try node.tensor(0), try node.tensor(1))
        let batches = try node.integers(input: 2) ?? []
        let (high, wide) = (node.integer("output_height", 1), node.integer("output_width", 1))
        guard x.rank == 4, boxes.rank == 2, boxes.shape[1] == 4, batches.count == boxes.shape[0],
            (1...(1 << 12)).contains(high), (1...(1 << 12)).contains(wide), x.count > 0,
            batches.allSatisfy({ $0 >= 0 && $0 < x.shape[0] })
        else { throw TensorFailure(.shape, "regions \(boxes.shape) of \(x.shape)") }
        let scale = node.real("spatial_scale", 1)
        let ratio = node.integer("sampling_ratio", 0)
        let isHalfPixel =
            node.text("coordinate_transformation_mode", node.version < 16 ? "output_half_pixel" : "half_pixel")
            == "half_pixel"
        guard ratio <= 1 << 12 else { throw TensorFailure(.shape, "a sampling ratio of \(ratio)") }
        let isMax = node.text("mode", "avg") == "max"
        let corners = try boxes.doubles()
        var regions: [Tensor] = []
        for (row, batch) in batches.enumerated() {
            try node.run.tick()
            let box = (0..<4).map { corners[row * 4 + $0] * scale - (isHalfPixel ? 0.5 : 0) }
            var (boxWidth, boxHeight) = (box[2] - box[0], box[3] - box[1])
            if !isHalfPixel { (boxWidth, boxHeight) = (max(boxWidth, 1), max(boxHeight, 1)) }
            let (binH, binW) = (boxHeight / Double(high), boxWidth / Double(wide))
            guard binH.isFinite, binW.isFinite, abs(binH) < 65536, abs(binW) < 65536 else {
                throw TensorFailure(.shape, "region \(row) is too large")
            }
            let bins = RegionBins(
                top: box[1], left: box[0], height: binH, width: binW, rows: high, columns: wide,
                stepsDown: ratio > 0 ? ratio : max(0, Int(binH.rounded(.up))),
                stepsAcross: ratio > 0 ? ratio : max(0, Int(binW.rounded(.up))))
            guard high * wide * bins.samples <= 1 << 22 else {
                throw TensorFailure(.shape, "region \(row) needs \(high * wide * bins.samples) samples")
            }
            regions.append(try bins.pooled(x.selected(0, batch), isMax: isMax))
        }
        guard !regions.isEmpty else { return [Value(try .filled([0, x.shape[1], high, wide], 0, x.type))] }
        return try node.like(0, .stacked(regions, 0))
    }

    /// A region cut into bins, each with some places where the picture is read.
    private struct RegionBins {
        let top, left, height, width: Double
        let rows, columns, stepsDown, stepsAcross: Int
        /// Places in each bin.
        var samples: Int { stepsDown * stepsAcross }

        /// The mean or the greatest of the places of each bin: `[channels, rows, columns]`. A region without extent has none.
        func pooled(_ picture: Tensor, isMax: Bool) throws -> Tensor {
            let (channels, tall, wide) = (picture.shape[0], picture.shape[1], picture.shape[2])
            guard samples > 0 else { return try .filled([channels, rows, columns], 0, picture.type) }
            var (indices, weights): ([Int64], [Double]) = ([], [])
            for row in 0..<rows {
                for column in 0..<columns {
                    for down in 0..<stepsDown {
                        for across in 0..<stepsAcross {
                            let y = top + Double(row) * height + (Double(down) + 0.5) * height / Double(stepsDown)
                            let x = left + Double(column) * width + (Double(across) + 0.5) * width / Double(stepsAcross)
                            bilinear(y, x, tall, wide, &indices, &weights)
                        }
                    }
                }
            }
            let index = try Tensor(indices, shape: [indices.count])
            let plane = try picture.reshaped([channels, tall * wide])
            let picked = try call("aten::index_select", "", .tensor(plane), 1, .tensor(index))
            let weighted = try
                (picked * Tensor.of(weights, shape: [1, weights.count], type: .float64).cast(to: picture.type))
                .reshaped([channels, rows, columns, samples, 4])
            return isMax
                ? try call("aten::amax", "", .tensor(weighted), .integers([3, 4]))
                : try weighted.sum([3, 4]) / Double(samples)
        }
    }

    private static func bilinear(
        _ y: Double, _ x: Double, _ height: Int, _ width: Int, _ indices: inout [Int64], _ weights: inout [Double]
    ) {
        guard y >= -1, y <= Double(height), x >= -1, x <= Double(width) else {
            indices += [0, 0, 0, 0]
            weights += [0, 0, 0, 0]
            return
        }
        func split(_ value: Double, _ extent: Int) -> (Int, Int, Double) {
            let place = max(0, value)
            let low = min(Int(place), extent - 1)
            return low >= extent - 1 ? (extent - 1, extent - 1, 0) : (low, low + 1, place - Double(low))
        }
        let (top, bottom, dy) = split(y, height)
        let (left, right, dx) = split(x, width)
        indices += [top * width + left, top * width + right, bottom * width + left, bottom * width + right].map(
            Int64.init)
        weights += [(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx]
    }

    /// Source: ONNX operator NonMaxSuppression, opset 10 and 11.
    private static func suppression(_ node: NodeCall) throws -> [Value] {
        let (boxes, scores) = (try node.tensor(0), try node.tensor(1))
        guard boxes.rank == 3, boxes.shape[2] == 4, scores.rank == 3, scores.shape[0] == boxes.shape[0],
            scores.shape[2] == boxes.shape[1]
        else { throw TensorFailure(.shape, "boxes \(boxes.shape) with scores \(scores.shape)") }
        let most = try node.optional(2).map { try wholeScalar($0) } ?? 0
        let overlap = try node.optional(3).map { try scalar($0) } ?? 0
        let least = try node.optional(4).map { try scalar($0) }
        let isCentred = node.integer("center_point_box", 0) == 1
        let (corners, values) = (try boxes.doubles(), try scores.doubles())
        let (count, classes) = (boxes.shape[1], scores.shape[1])
        func box(_ batch: Int, _ index: Int) -> (Double, Double, Double, Double) {
            let at = (batch * count + index) * 4
            let (a, b, c, d) = (corners[at], corners[at + 1], corners[at + 2], corners[at + 3])
            return isCentred
                ? (b - d / 2, a - c / 2, b + d / 2, a + c / 2) : (min(a, c), min(b, d), max(a, c), max(b, d))
        }
        var kept: [Int64] = []
        for batch in 0..<scores.shape[0] {
            for kind in 0..<classes {
                try node.run.tick()
                let row = (batch * classes + kind) * count
                var order = (0..<count).filter { least == nil || values[row + $0] > least! }
                order.sort { (values[row + $0], $1) > (values[row + $1], $0) }
                var chosen: [(Double, Double, Double, Double)] = []
                for index in order where chosen.count < most {
                    try node.run.tick()
                    let candidate = box(batch, index)
                    if chosen.contains(where: { shared($0, candidate) > overlap }) { continue }
                    chosen.append(candidate)
                    kept += [Int64(batch), Int64(kind), Int64(index)]
                }
            }
        }
        return [Value(try Tensor(kept, shape: [kept.count / 3, 3]))]
    }

    /// Intersection over union.
    private static func shared(
        _ a: (Double, Double, Double, Double), _ b: (Double, Double, Double, Double)
    ) -> Double {
        let (height, width) = (min(a.2, b.2) - max(a.0, b.0), min(a.3, b.3) - max(a.1, b.1))
        guard height > 0, width > 0 else { return 0 }
        let union = (a.2 - a.0) * (a.3 - a.1) + (b.2 - b.0) * (b.3 - b.1) - height * width
        return union <= 0 ? 0 : height * width / union
    }
}
