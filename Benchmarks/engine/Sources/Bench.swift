import CordonData
import CordonTensor
import Glibc

/// What the library's benchmarks run; `Benchmarks/engine/*.py` runs it beside the peers. Built by `make bench` only.
@main
struct Bench {
    static func main() throws {
        let arguments = CommandLine.arguments
        switch arguments.dropFirst().first {
        case "train": try train(arguments[2], epochs: Int(arguments[3]) ?? 3)
        case "read": try read(arguments[2])
        case "pictures": try pictures(arguments[2])
        case "example": try example(arguments[2], arguments[3])
        case "neighbours": try neighbours(arguments[2], count: Int(arguments[3]) ?? 16)
        case "orders": try OrderBench.run(Array(arguments.dropFirst(2)))
        default:
            print(
                "train FOLDER EPOCHS | read FILE | pictures FOLDER | example FOLDER MODEL | neighbours FILE COUNT | orders CORPUS DOCUMENTS… [--write FILE]"
            )
        }
    }

    /// Processor seconds of this process.
    static func cpu() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// Most memory of this program alone: `getrusage` also counts what the parent had when it started this one.
    static func peakMegabytes() -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            if text.hasPrefix("VmHWM:") { return (Int(text.split { !$0.isNumber }.first ?? "") ?? 0) / 1024 }
        }
        return 0
    }

    static func seconds(since start: ContinuousClock.Instant) -> Double {
        let parts = start.duration(to: .now).components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }

    /// The nearest rows of every row of an array, itself left out; the first 200 of them to compare.
    static func neighbours(_ path: String, count: Int) throws {
        var rows: [Float] = []
        let dataset = try Dataset(path)
        try dataset.forEachBatch { batch in
            for row in 0..<batch.count { _ = batch.columns[0].numbers(row, into: &rows) }
            return true
        }
        let size = dataset.rowCount ?? 1
        let index = try NeighbourIndex(Tensor(rows, shape: [size, rows.count / size]))
        let all = Array(0..<size)
        var (best, found): (Double, [[Int]]) = (.infinity, [])
        for _ in 0..<3 {
            let start = ContinuousClock.now
            found = try index.nearest(all, among: all, count: count - 1)
            best = min(best, seconds(since: start))
        }
        print("{\"seconds\": \(best), \"first\": \(found.prefix(200))}")
    }

    /// A small CNN on Fashion-MNIST, read through the dataset, trained by the trainer.
    static func train(_ folder: String, epochs: Int) throws {
        let (start, before) = (ContinuousClock.now, cpu())
        try Engine.setThreadCount(1)
        func rows(_ name: String) throws -> TrainingRows {
            let dataset = try Dataset(folder + "/" + name)
            var (pixels, classes): ([Float], [Int64]) = ([], [])
            let columns = [dataset.name(of: .image)!, dataset.name(of: .label)!]
            try dataset.forEachBatch(columns: columns) { batch in
                pixels.reserveCapacity(pixels.count + batch.count * 784)
                for row in 0..<batch.count {
                    _ = batch.columns[0].numbers(row, into: &pixels)
                    classes.append(Int64(batch.columns[1].integer(row) ?? 0))
                }
                return true
            }
            for index in pixels.indices { pixels[index] = (pixels[index] / 255 - 0.2860) / 0.3530 }
            return try TrainingRows(
                inputs: ["input": Tensor(pixels, shape: [classes.count, 1, 28, 28])],
                target: Tensor(classes, shape: [classes.count]))
        }
        let training = try rows("train-images-idx3-ubyte.gz")
        let test = try rows("t10k-images-idx3-ubyte.gz")
        let read = cpu() - before
        var trainer = Trainer()
        trainer.epochs = epochs
        trainer.batchRows = 64
        trainer.rate = 2e-3
        trainer.schedule = .oneCycle()
        trainer.seed = 1
        let model = try GraphBuilder.smallCNN(channels: 1, height: 28, width: 28, classes: 10, seed: 1)
        let (trained, _) = try trainer.train(model, on: training) { progress in
            print("epoch \(progress.epoch): loss \(progress.loss)")
        }
        let after = cpu() - before
        let accuracy = try trainer.evaluate(trained, on: test).accuracy ?? 0
        print(
            "{\"accuracy\": \(accuracy), \"cpu\": \(after), \"reading\": \(read), \"wall\": \(seconds(since: start))}")
    }

    /// The model beside the example's pictures: a very small CNN, trained on them.
    static func example(_ folder: String, _ model: String) throws {
        let dataset = try Dataset(folder)
        var (pixels, classes): ([Float], [Int64]) = ([], [])
        let names = ["circle", "square", "triangle"]
        try dataset.forEachBatch(columns: ["image", "label"]) { batch in
            for row in 0..<batch.count {
                guard let image = try batch.columns[0].image(row) else { continue }
                pixels += image.pixels.map { Float($0) / 255 }
                classes.append(Int64(names.firstIndex(of: batch.columns[1].text(row) ?? "") ?? 0))
            }
            return true
        }
        var builder = GraphBuilder(input: [1, 24, 24], seed: 5)
        for size in [8, 16] {
            builder.convolution(size)
            builder.relu()
            builder.maxPool()
        }
        builder.dense(3)
        var trainer = Trainer()
        trainer.epochs = 60
        trainer.batchRows = 12
        trainer.rate = 3e-3
        let rows = try TrainingRows(
            inputs: ["input": Tensor(pixels, shape: [classes.count, 1, 24, 24])],
            target: Tensor(classes, shape: [classes.count]))
        let (trained, _) = try trainer.train(builder.finish(), on: rows)
        print("accuracy on its own pictures: \(try trainer.evaluate(trained, on: rows).accuracy ?? 0)")
        let bytes = try trained.onnx()
        guard let file = fopen(model, "w") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    /// All columns of all rows, as batches.
    static func read(_ path: String) throws {
        let (start, before) = (ContinuousClock.now, cpu())
        let dataset = try Dataset(path)
        var (rows, checksum) = (0, 0.0)
        try dataset.forEachBatch { batch in
            rows += batch.count
            checksum += batch.columns.compactMap { $0.double(0) }.reduce(0, +)
            return true
        }
        let time = seconds(since: start)
        print(
            "{\"rows\": \(rows), \"seconds\": \(time), \"cpu\": \(cpu() - before), \"peakMB\": \(peakMegabytes()), \"bytes\": \(dataset.byteCount)}"
        )
    }

    /// Every picture decoded, on one thread.
    static func pictures(_ path: String) throws {
        let dataset = try Dataset(path)
        let before = cpu()
        let start = ContinuousClock.now
        var (count, pixels) = (0, 0)
        try dataset.forEachBatch(columns: [dataset.name(of: .image)!]) { batch in
            for row in 0..<batch.count {
                if let image = try batch.columns[0].image(row) {
                    count += 1
                    pixels += image.pixels.count
                }
            }
            return true
        }
        print(
            "{\"pictures\": \(count), \"pixels\": \(pixels), \"seconds\": \(seconds(since: start)), \"cpu\": \(cpu() - before)}"
        )
    }
}
