/// A sheet of pictures: one row per label, or rows of eight where there are none.
public enum PreviewSheet {
    private static let tile = 96
    private static let gap = 4
    private static let perLabel = 12
    private static let mostLabels = 24
    /// Rows that are looked at for a label's pictures.
    private static let lookLimit = 50_000

    /// Draws the sheet; pictures that do not decode are left out.
    ///
    /// - Throws: where the dataset has no pictures.
    public static func draw(_ dataset: Dataset) throws -> Image {
        guard let image = dataset.name(of: .image) else {
            throw DatasetFailure(.argument, "\(dataset.path): no column of pictures; name one with --image")
        }
        let label = dataset.name(of: .label)
        var (rows, order, looked): ([String: [Image]], [String], Int) = ([:], [], 0)
        try dataset.forEachBatch(columns: [image] + (label.map { [$0] } ?? [])) { batch in
            for row in 0..<batch.count {
                let key = label == nil ? "row \(order.count)" : batch.columns[1].text(row) ?? "none"
                if label == nil {
                    let last = order.last ?? ""
                    let target = rows[last].map { $0.count < perLabel } ?? false ? last : key
                    guard order.count < mostLabels || target == last else { return false }
                    add(batch.columns[0], row, target, &rows, &order)
                } else if rows[key] == nil ? order.count < mostLabels : rows[key]!.count < perLabel {
                    add(batch.columns[0], row, key, &rows, &order)
                }
            }
            looked += batch.count
            return looked < lookLimit
                && !(order.count >= 2 && rows.values.allSatisfy { $0.count == perLabel } && looked > 5_000)
        }
        guard !order.isEmpty else { throw DatasetFailure(.malformed, "\(dataset.path): no picture decodes") }
        if label != nil { order.sort { ($0.count, $0) < ($1.count, $1) } }
        return compose(order.map { rows[$0] ?? [] })
    }

    private static func add(
        _ column: Column, _ row: Int, _ key: String, _ rows: inout [String: [Image]], _ order: inout [String]
    ) {
        guard let found = try? column.image(row) else { return }
        if rows[key] == nil { order.append(key) }
        rows[key, default: []].append(fitted(found))
    }

    /// The picture in a tile, its proportions kept.
    private static func fitted(_ image: Image) -> Image {
        let scale = Double(tile) / Double(max(image.width, image.height))
        return image.resized(max(1, Int(Double(image.width) * scale)), max(1, Int(Double(image.height) * scale)))
    }

    private static func compose(_ rows: [[Image]]) -> Image {
        let across = rows.map(\.count).max() ?? 1
        let (width, height) = (across * (tile + gap) + gap, rows.count * (tile + gap) + gap)
        var pixels = [UInt8](repeating: 245, count: width * height * 3)
        for (y, row) in rows.enumerated() {
            for (x, image) in row.enumerated() {
                let left = gap + x * (tile + gap) + (tile - image.width) / 2
                let top = gap + y * (tile + gap) + (tile - image.height) / 2
                for line in 0..<image.height {
                    let from = line * image.width * 3
                    let to = ((top + line) * width + left) * 3
                    pixels.replaceSubrange(
                        to..<(to + image.width * 3), with: image.pixels[from..<(from + image.width * 3)])
                }
            }
        }
        return Image(width: width, height: height, channels: 3, pixels: pixels)
    }
}
