internal import CordonCore
internal import CordonData
internal import Glibc

/// Noise and losses in pictures of 8 bits per channel. Opacity stays as it is.
enum PictureNoise {
    /// - Throws: ``DatasetFailure`` where a picture cannot be encoded.
    static func apply(_ step: Distortion, _ image: Image, _ random: inout SplitMix) throws -> Image {
        let amount = step.amount
        switch step.method {
        case .gaussian: return changed(image) { Double($0) + random.normal() * amount * 255 }
        // A Laplace distribution's deviation is √2 of its scale.
        case .laplace: return changed(image) { Double($0) + random.laplace() * amount * 255 / 2.0.squareRoot() }
        case .saltAndPepper: return saltAndPepper(image, amount, &random)
        case .smoothing: return smoothed(image, amount)
        case .jpeg: return try compressed(image, Int(amount))
        case .bits:
            let steps = pow(2, amount.rounded()) - 1
            return changed(image) { (Double($0) / 255 * steps).rounded() / steps * 255 }
        case .erasing: return erased(image, amount, &random)
        case .colour: return recoloured(image, amount, &random)
        case .privacy: return pixelized(image, amount, &random)
        default: return image
        }
    }

    private static func byte(_ value: Double) -> UInt8 { UInt8(max(0, min(255, value.rounded()))) }

    /// Channels that are not opacity.
    private static func colours(_ image: Image) -> Int { image.channels == 4 ? 3 : image.channels }

    /// Every value that is not opacity, changed by itself.
    private static func changed(_ image: Image, _ body: (UInt8) -> Double) -> Image {
        var pixels = image.pixels
        let colours = colours(image)
        for place in pixels.indices where place % image.channels < colours { pixels[place] = byte(body(pixels[place])) }
        return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
    }

    private static func saltAndPepper(_ image: Image, _ share: Double, _ random: inout SplitMix) -> Image {
        var pixels = image.pixels
        for pixel in 0..<(image.width * image.height) where random.unit() < share {
            let value: UInt8 = random.next() & 1 == 0 ? 0 : 255
            for channel in 0..<colours(image) { pixels[pixel * image.channels + channel] = value }
        }
        return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
    }

    /// A Gaussian kernel, one axis after the other; borders repeat.
    private static func smoothed(_ image: Image, _ deviation: Double) -> Image {
        let reach = max(1, Int((3 * deviation).rounded(.up)))
        let kernel = (-reach...reach).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
        let total = kernel.reduce(0, +)
        let (width, height, channels) = (image.width, image.height, image.channels)
        var (from, to) = (image.pixels.map(Double.init), [Double](repeating: 0, count: image.pixels.count))
        for isDown in [false, true] {
            for y in 0..<height {
                for x in 0..<width {
                    for channel in 0..<channels {
                        var sum = 0.0
                        for (step, weight) in kernel.enumerated() {
                            let away = step - reach
                            let row = isDown ? max(0, min(height - 1, y + away)) : y
                            let column = isDown ? x : max(0, min(width - 1, x + away))
                            sum += weight * from[(row * width + column) * channels + channel]
                        }
                        to[(y * width + x) * channels + channel] = sum / total
                    }
                }
            }
            swap(&from, &to)
        }
        let colours = colours(image)
        var pixels = image.pixels
        for place in pixels.indices where place % channels < colours { pixels[place] = byte(from[place]) }
        return Image(width: width, height: height, channels: channels, pixels: pixels)
    }

    private static func compressed(_ image: Image, _ quality: Int) throws -> Image {
        let encoded = try image.jpeg(quality: quality)
        let decoded = try encoded.withUnsafeBytes { bytes throws(DatasetFailure) in try Image(bytes) }
        let colours = colours(image)
        guard decoded.channels == colours else { return decoded }
        var pixels = image.pixels
        for pixel in 0..<(image.width * image.height) {
            for channel in 0..<colours {
                pixels[pixel * image.channels + channel] = decoded.pixels[pixel * colours + channel]
            }
        }
        return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
    }

    /// Random erasing (Zhong and others 2020): a rectangle of this share of the area gets noise.
    private static func erased(_ image: Image, _ share: Double, _ random: inout SplitMix) -> Image {
        let aspect = exp((random.unit() * 2 - 1) * log(3.3))
        let area = share * Double(image.width * image.height)
        let height = max(1, min(image.height, Int((area * aspect).squareRoot().rounded())))
        let width = max(1, min(image.width, Int((area / aspect).squareRoot().rounded())))
        let (top, left) = (random.below(image.height - height + 1), random.below(image.width - width + 1))
        var pixels = image.pixels
        for y in top..<(top + height) {
            for x in left..<(left + width) {
                for channel in 0..<colours(image) {
                    pixels[(y * image.width + x) * image.channels + channel] = UInt8(truncatingIfNeeded: random.next())
                }
            }
        }
        return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
    }

    /// Brightness, contrast and, where there are colours, saturation, each by a factor about 1.
    private static func recoloured(_ image: Image, _ most: Double, _ random: inout SplitMix) -> Image {
        let brightness = 1 + most * (random.unit() * 2 - 1)
        let contrast = 1 + most * (random.unit() * 2 - 1)
        let saturation = 1 + most * (random.unit() * 2 - 1)
        let colours = colours(image)
        let mean = Double(image.pixels.reduce(0) { $0 + Int($1) }) / Double(max(1, image.pixels.count))
        var pixels = image.pixels
        for pixel in 0..<(image.width * image.height) {
            let at = pixel * image.channels
            let grey = (0..<colours).reduce(0.0) { $0 + Double(pixels[at + $1]) } / Double(colours)
            for channel in 0..<colours {
                let own = grey + (Double(pixels[at + channel]) - grey) * saturation
                pixels[at + channel] = byte(((own - mean) * contrast + mean) * brightness)
            }
        }
        return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
    }

    /// Pixels of one cell, across and down.
    private static let cell = 4
    /// Pixels that two pictures may differ in for epsilon to hold.
    private static let neighbours = 16.0

    /// Differentially private pixelization (Fan 2018): means of cells with Laplace noise of the scale 255 · m / (b² · ε).
    private static func pixelized(_ image: Image, _ epsilon: Double, _ random: inout SplitMix) -> Image {
        var pixels = image.pixels
        for top in stride(from: 0, to: image.height, by: cell) {
            for left in stride(from: 0, to: image.width, by: cell) {
                let (bottom, right) = (min(image.height, top + cell), min(image.width, left + cell))
                let area = Double((bottom - top) * (right - left))
                for channel in 0..<colours(image) {
                    var sum = 0.0
                    for y in top..<bottom {
                        for x in left..<right {
                            sum += Double(image.pixels[(y * image.width + x) * image.channels + channel])
                        }
                    }
                    let scale = 255 * neighbours * Double(colours(image)) / (area * epsilon)
                    let value = byte(sum / area + random.laplace() * scale)
                    for y in top..<bottom {
                        for x in left..<right { pixels[(y * image.width + x) * image.channels + channel] = value }
                    }
                }
            }
        }
        return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
    }
}
