import CordonCore
import CordonScan
import TOMLKit

/// `[[suppress]]` in `cordon.toml`.
enum SuppressionSettings {
    /// Reads the entries.
    static func read(_ value: any TOMLValueConvertible, _ path: String) throws(SettingsFailure) -> [Suppression] {
        guard let array = value.array else {
            throw ScanSettings.wrong(path, "suppress", "a list of [[suppress]] tables")
        }
        var result: [Suppression] = []
        for element in array {
            guard let table = element.table else {
                throw ScanSettings.wrong(path, "suppress", "a list of [[suppress]] tables")
            }
            var suppression = Suppression()
            for (key, value) in table {
                guard let text = value.string else {
                    throw ScanSettings.wrong(path, "suppress.\(key)", "text in quotes")
                }
                switch key {
                case "rule": suppression.rule = text
                case "path": suppression.path = text
                case "fingerprint": suppression.fingerprint = text
                case "reason": suppression.reason = text
                case "by": suppression.by = text
                case "until": suppression.until = text
                default: throw ScanSettings.unknown(path, "suppress.\(key)")
                }
            }
            if let problem = suppression.problem {
                throw SettingsFailure(
                    message: "\(path): suppression \(result.count + 1) (\(suppression.summary)) needs \(problem)")
            }
            result.append(suppression)
        }
        return result
    }
}
