internal import Synchronization

/// Plans that were made for one graph. A copy of the graph shares them until it is changed.
final class PlanCache: Sendable {
    struct Key: Hashable, Sendable {
        let kept: Set<String>
        let isOptimised: Bool
    }
    private let plans = Mutex<[Key: Plan]>([:])

    subscript(key: Key) -> Plan? {
        get { plans.withLock { $0[key] } }
        set { plans.withLock { $0[key] = newValue } }
    }
}
