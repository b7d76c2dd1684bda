internal import CImages
internal import Glibc

/// A picture in memory: 8 bits per channel, row by row.
public struct Image: Sendable {
    /// Pixels across.
    public let width: Int
    /// Pixels down.
    public let height: Int
    /// 1 grey, 3 red-green-blue, 4 with opacity.
    public let channels: Int
    /// `height · width · channels` bytes, row by row.
    public let pixels: [UInt8]
    /// "PNG", "JPEG" or "WebP"; empty for a picture made here.
    public let format: String

    /// Most pixels that are decoded.
    public static let pixelLimit = 100_000_000

    /// A picture of these pixels.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
        format = ""
    }

    /// Decodes PNG, JPEG or WebP.
    ///
    /// - Throws: the decoder's word for what is wrong.
    public init(_ bytes: UnsafeRawBufferPointer, limit: Int = Image.pixelLimit) throws(DatasetFailure) {
        var image = cordon_image()
        var reason = [CChar](repeating: 0, count: 200)
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard bytes.count > 0, cordon_image_decode(base, bytes.count, limit, &image, &reason, reason.count) else {
            throw Self.failure(reason)
        }
        defer { free(image.pixels) }
        width = Int(image.width)
        height = Int(image.height)
        channels = Int(image.channels)
        pixels = Array(UnsafeBufferPointer(start: image.pixels, count: width * height * channels))
        format = Self.name(image.format)
    }

    private static func failure(_ reason: [CChar]) -> DatasetFailure {
        let text = reason.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return DatasetFailure(.malformed, text.isEmpty ? "no image" : text)
    }

    private static func name(_ format: Int32) -> String {
        switch format {
        case 1: "PNG"
        case 2: "JPEG"
        case 3: "WebP"
        default: ""
        }
    }

    /// Width, height and channels without decoding pixels.
    public static func header(_ bytes: UnsafeRawBufferPointer) throws(DatasetFailure) -> (
        width: Int, height: Int, channels: Int
    ) {
        var image = cordon_image()
        var reason = [CChar](repeating: 0, count: 200)
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard bytes.count > 0, cordon_image_header(base, bytes.count, &image, &reason, reason.count) else {
            throw failure(reason)
        }
        return (Int(image.width), Int(image.height), Int(image.channels))
    }

    /// Whether bytes begin like one of the formats.
    public static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        cordon_image_sniff(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count) != CORDON_IMAGE_UNKNOWN
    }

    /// The picture as PNG.
    public func png() throws(DatasetFailure) -> [UInt8] {
        guard pixels.count == width * height * channels, width > 0, height > 0 else {
            throw DatasetFailure(.argument, "\(pixels.count) bytes for \(width) × \(height) × \(channels)")
        }
        var copy = pixels
        var count = 0
        let encoded = copy.withUnsafeMutableBufferPointer { buffer -> UnsafeMutablePointer<UInt8>? in
            var image = cordon_image(
                format: 0, width: Int32(width), height: Int32(height), channels: Int32(channels),
                pixels: buffer.baseAddress)
            return cordon_image_encode(&image, &count)
        }
        guard let encoded else { throw DatasetFailure(.system, "the picture cannot be encoded") }
        defer { free(encoded) }
        return Array(UnsafeBufferPointer(start: encoded, count: count))
    }

    /// The picture as JPEG; opacity is lost.
    ///
    /// - Parameter quality: from 1 to 100.
    public func jpeg(quality: Int) throws(DatasetFailure) -> [UInt8] {
        guard pixels.count == width * height * channels, width > 0, height > 0, (1...100).contains(quality) else {
            throw DatasetFailure(.argument, "\(pixels.count) bytes for \(width) × \(height) × \(channels)")
        }
        let kept = channels == 4 ? 3 : channels
        var copy =
            kept == channels
            ? pixels : pixels.indices.filter { $0 % channels < kept }.map { pixels[$0] }
        var count = 0
        let encoded = copy.withUnsafeMutableBufferPointer { buffer -> UnsafeMutablePointer<UInt8>? in
            var image = cordon_image(
                format: 0, width: Int32(width), height: Int32(height), channels: Int32(kept),
                pixels: buffer.baseAddress)
            return cordon_image_encode_jpeg(&image, Int32(quality), &count)
        }
        guard let encoded else { throw DatasetFailure(.system, "the picture cannot be encoded as JPEG") }
        defer { free(encoded) }
        return Array(UnsafeBufferPointer(start: encoded, count: count))
    }

    /// The picture in another size by area or bilinear sampling, as red, green and blue. For previews.
    public func resized(_ newWidth: Int, _ newHeight: Int) -> Image {
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        for y in 0..<newHeight {
            let (top, bottom) = (y * height / newHeight, max(y * height / newHeight + 1, (y + 1) * height / newHeight))
            for x in 0..<newWidth {
                let (left, right) = (x * width / newWidth, max(x * width / newWidth + 1, (x + 1) * width / newWidth))
                var sums = (0, 0, 0)
                for row in top..<bottom {
                    for column in left..<right {
                        let at = (row * width + column) * channels
                        let isGrey = channels < 3
                        sums.0 += Int(pixels[at])
                        sums.1 += Int(pixels[isGrey ? at : at + 1])
                        sums.2 += Int(pixels[isGrey ? at : at + 2])
                    }
                }
                let area = (bottom - top) * (right - left)
                let at = (y * newWidth + x) * 3
                result[at] = UInt8(sums.0 / area)
                result[at + 1] = UInt8(sums.1 / area)
                result[at + 2] = UInt8(sums.2 / area)
            }
        }
        return Image(width: newWidth, height: newHeight, channels: 3, pixels: result)
    }
}
