public import CordonCore

/// Every rule of the scanner, in one place.
public enum Rules {
    /// All rules, by id.
    public static let all: [Rule] =
        (pickle + containers + models + templates + configs + code + files + signatures + dependencies + lineage
        + datasets + secrets + notebooks + personalData + exotic + history)
        .sorted {
            $0.id < $1.id
        }
}
