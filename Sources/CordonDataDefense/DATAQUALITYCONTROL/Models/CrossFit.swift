/// Probabilities of classes for every row from models that did not see it.
struct CrossFit {
    init(_ context: CheckContext) throws {}
}
