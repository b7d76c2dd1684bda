internal import CordonTensor

/// Rows as points: pictures by their pixels, tables by their scaled columns.
struct RowNumbers: Sendable {
    /// `[rows, width]`, 32-bit numbers.
    let points: Tensor
    /// Where each column of a table lies; empty for pictures.
    let places: [Range<Int>]

    var width: Int { points.shape[1] }

    /// Most bytes of a matrix.
    private static let byteLimit = 1 << 30

    /// `nil` for texts.
    ///
    /// - Throws: ``DataCheckFailure`` where they are too many.
    init?(_ set: SampleSet) throws {
        guard set.width > 0 else { return nil }
        guard set.count * set.width * 4 <= Self.byteLimit else {
            throw DataCheckFailure("\(set.count) rows of \(set.width) numbers are more than are compared; check a part")
        }
        switch set.content {
        case .pictures(let pixels, _, _, _):
            points = try Tensor.filling([set.count, set.width]) { numbers in
                for place in pixels.indices { numbers[place] = Float(pixels[place]) }
            }
            places = []
        case .table(let columns):
            let matrix = try TableMatrix(columns, rows: set.count)
            (points, places) = (matrix.points, matrix.places)
        case .texts, .dialogues: return nil
        }
    }
}

extension SampleSet {
    /// Numbers of a row; 0 for texts.
    var width: Int {
        switch content {
        case .pictures(_, let height, let width, let channels): height * width * channels
        case .table(let columns): columns.reduce(0) { $0 + TableMatrix.width($1) }
        case .texts, .dialogues: 0
        }
    }
}
