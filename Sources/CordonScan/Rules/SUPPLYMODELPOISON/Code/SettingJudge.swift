internal import CordonCore
internal import CordonFormats

/// What a setting in Python source means: keywords, entries of dictionaries, attributes and environment variables.
enum SettingJudge {
    static func judge(_ setting: PythonSetting, isTest: Bool) -> CodeJudge.Verdict? {
        let last = setting.name.split(separator: ".").last.map(String.init) ?? setting.name
        if last == "trust_remote_code", setting.value == .constant("True") {
            return .init(
                rule: Rules.pythonRemoteCode, reason: "trust_remote_code=True runs code that comes with the model",
                severity: isTest ? .low : nil, confidence: .high)
        }
        if last == "trust_repo", setting.value == .constant("True") {
            return .init(
                rule: Rules.pythonRemoteCode, reason: "trust_repo=True asks nobody before it runs a repository's code",
                severity: isTest ? .low : nil)
        }
        guard let reason = transport(setting, last) else { return nil }
        return .init(rule: Rules.pythonTLS, reason: reason, severity: isTest ? .low : nil)
    }

    private static func transport(_ setting: PythonSetting, _ last: String) -> String? {
        switch last {
        case "check_hostname" where setting.value == .constant("False"):
            return "check_hostname=False lets anybody answer"
        case "verify_mode", "cert_reqs":
            if case .name(let name) = setting.value, name.hasSuffix("CERT_NONE") {
                return "CERT_NONE checks no certificate"
            }
            if case .text("CERT_NONE") = setting.value { return "CERT_NONE checks no certificate" }
            return nil
        case "_create_default_https_context":
            if case .name(let name) = setting.value, name.contains("unverified") {
                return "no connection of the program checks who answers"
            }
            return nil
        case "verify" where setting.isAssigned && setting.value == .constant("False") && setting.name.contains("."):
            return "\(PrintableText.quoting(setting.name, limit: 60)) = False does not check who answers"
        case "PYTHONHTTPSVERIFY", "GIT_SSL_NO_VERIFY", "NODE_TLS_REJECT_UNAUTHORIZED",
            "HF_HUB_DISABLE_SSL_VERIFICATION", "HF_HUB_DISABLE_SSL_VERIFY",
            "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE":
            guard case .text(let text) = setting.value else { return nil }
            let isOff =
                last == "GIT_SSL_NO_VERIFY" || last.hasPrefix("HF_HUB")
                ? ["1", "true", "True", "yes"].contains(text)
                : last.hasSuffix("BUNDLE") ? text.isEmpty : text == "0"
            return isOff ? "\(last) turns the check of certificates off" : nil
        default: return nil
        }
    }
}
