import CordonTensor
import CordonTestSupport
import Testing

@Suite("Training")
struct TrainingTests {
    /// Two rings of points, which no straight line divides.
    private func rings(_ count: Int) throws -> TrainingRows {
        var (points, classes): ([Float], [Int64]) = ([], [])
        for index in 0..<count {
            let angle = Float(index) * 2.399963
            let radius: Float = index % 2 == 0 ? 1 : 2.2
            points += [radius * cosine(angle), radius * cosine(angle - 1.5707964)]
            classes.append(Int64(index % 2))
        }
        return try TrainingRows(
            inputs: ["input": Tensor(points, shape: [count, 2])], target: Tensor(classes, shape: [count]))
    }

    private func cosine(_ x: Float) -> Float {
        // Enough terms for the angles used here, after bringing them near 0.
        let turn: Float = 6.2831855
        let y = x - (x / turn).rounded() * turn
        var (sum, term): (Float, Float) = (1, 1)
        for n in 1...8 {
            term *= -y * y / Float((2 * n - 1) * (2 * n))
            sum += term
        }
        return sum
    }

    @Test("Every optimizer learns what a perceptron can learn", arguments: [OptimizerKind.sgd(), .adam(), .sam()])
    func learns(_ kind: OptimizerKind) throws {
        var trainer = Trainer()
        trainer.optimizer = kind
        trainer.rate = kind == .adam() ? 0.01 : 0.1
        trainer.epochs = 30
        trainer.batchRows = 32
        let rows = try rings(400)
        let start = try GraphBuilder.perceptron(features: 2, hidden: [32], classes: 2, seed: 1)
        let (trained, history) = try trainer.train(start, on: rows)
        #expect(history.count == 30)
        let accuracy = try #require(try trainer.evaluate(trained, on: rows).accuracy)
        #expect(accuracy > 0.97)
        #expect(try #require(try trainer.evaluate(start, on: rows).accuracy) < 0.9)
    }

    @Test("The same seed gives the same weights bit for bit, another seed others")
    func reproducible() throws {
        func weights(_ seed: UInt64) throws -> [Float] {
            var trainer = Trainer()
            trainer.epochs = 3
            trainer.seed = seed
            let start = try GraphBuilder.perceptron(features: 2, hidden: [16], classes: 2, seed: 1)
            let (graph, _) = try trainer.train(start, on: rings(200))
            return try graph.weightNames.flatMap { try graph.weight($0).floats() }
        }
        let (first, again, other) = (try weights(4), try weights(4), try weights(5))
        #expect(first == again)
        #expect(first != other)
    }

    @Test("Training ends early without progress, stops when asked, and refuses a loss that is no number")
    func ends() throws {
        var trainer = Trainer()
        trainer.epochs = 50
        trainer.rate = 1e-12
        trainer.patience = 2
        let start = try GraphBuilder.logisticRegression(features: 2, classes: 2)
        let rows = try rings(100)
        trainer.schedule = .constant
        trainer.rate = 5
        trainer.optimizer = .sgd()
        let (_, history) = try trainer.train(start, on: rows, validation: rows)
        #expect(history.count < 50)
        trainer.isCancelled = { true }
        #expect(throws: TensorFailure.self) { try trainer.train(start, on: rows) }
        trainer.isCancelled = { false }
        trainer.loss = .meanSquaredError
        trainer.rate = 1e30
        let target = try Tensor([Float](repeating: 1, count: 200), shape: [100, 2])
        let wild = try TrainingRows(inputs: ["input": rows.inputs()], target: target)
        #expect(throws: TensorFailure.self) { try trainer.train(start, on: wild) }
    }

    @Test("The models that are built in run, train and are written as ONNX")
    func builders() throws {
        let pictures = try Tensor((0..<(4 * 3 * 16 * 16)).map { Float($0 % 7) / 7 }, shape: [4, 3, 16, 16])
        let classes = try Tensor([0, 1, 2, 0] as [Int64], shape: [4])
        for graph in [
            try GraphBuilder.smallCNN(channels: 3, height: 16, width: 16, classes: 3),
            try GraphBuilder.residualNetwork(channels: 3, height: 16, width: 16, classes: 3, base: 8),
        ] {
            var trainer = Trainer()
            trainer.epochs = 2
            trainer.batchRows = 4
            let rows = try TrainingRows(inputs: ["input": pictures], target: classes)
            let before = try trainer.evaluate(graph, on: rows).loss
            let (trained, _) = try trainer.train(graph, on: rows)
            #expect(try trainer.evaluate(trained, on: rows).loss < before)
            let again = try Graph(ByteViewMaker.view(trained.onnx()))
            let (a, b) = (try trained(["input": pictures]), try again(["input": pictures]))
            #expect(try a["output"]?.floats() == b["output"]?.floats())
        }
    }
}

extension TrainingRows {
    fileprivate func inputs() throws -> Tensor { try fetchAll().inputs["input"]! }
}
