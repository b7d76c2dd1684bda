internal import CPKCS11
package import CordonCore
internal import Crypto
internal import FoundationEssentials
internal import SwiftASN1
internal import Synchronization

/// A private key in a token that never gives it away.
///
/// `@unchecked Sendable`: `token` is opened in `init`, used under `lock`, and closed in `deinit`.
package final class PKCS11Signer: Signer, @unchecked Sendable {
    private let token: OpaquePointer
    private let lock = Mutex(())
    private let curve: EllipticCurve
    /// The key that verifies what this signs.
    package let publicKey: VerificationKey

    /// Opens the token and finds the key.
    ///
    /// - Parameter pin: asked for only when the URI names no file that holds it; `nil` does not log in.
    package init(_ uri: PKCS11URI, pin: () throws(IntegrityFailure) -> SecretBytes?) throws(IntegrityFailure) {
        let secret: SecretBytes?
        if let source = uri.pinSource {
            secret = try Passphrase.file(source)
        } else {
            secret = try pin()
        }
        var step: UnsafePointer<CChar>?
        var code: UInt = 0
        let opened = Self.open(uri, secret, &step, &code)
        guard let opened else {
            throw IntegrityFailure(
                .keyUnusable,
                "the token refused while \(step.map { String(cString: $0) } ?? "opening"): \(Self.explain(code)). Check the URI and the PIN."
            )
        }
        do throws(IntegrityFailure) {
            (curve, publicKey) = try Self.key(of: opened)
        } catch {
            cordon_token_close(opened)
            throw error
        }
        token = opened
    }

    deinit { cordon_token_close(token) }

    private static func open(
        _ uri: PKCS11URI, _ secret: SecretBytes?, _ step: inout UnsafePointer<CChar>?, _ code: inout UInt
    ) -> OpaquePointer? {
        func withText(_ text: String?, _ body: (UnsafePointer<CChar>?) -> OpaquePointer?) -> OpaquePointer? {
            guard let text else { return body(nil) }
            return text.withCString(body)
        }
        return withText(uri.modulePath) { module in
            withText(uri.token) { token in
                withText(uri.serial) { serial in
                    withText(uri.object) { label in
                        (uri.id ?? []).withUnsafeBufferPointer { id in
                            func open(_ pin: UnsafeRawBufferPointer?) -> OpaquePointer? {
                                var query = cordon_token_query(
                                    module: module, token: token, serial: serial, slot: uri.slot ?? -1,
                                    id: id.baseAddress, id_length: id.count, label: label,
                                    pin: pin?.baseAddress?.assumingMemoryBound(to: UInt8.self),
                                    pin_length: pin?.count ?? 0)
                                return cordon_token_open(&query, &step, &code)
                            }
                            guard let secret else { return open(nil) }
                            return secret.withBytes { open($0) }
                        }
                    }
                }
            }
        }
    }

    private static func key(of token: OpaquePointer) throws(IntegrityFailure) -> (EllipticCurve, VerificationKey) {
        var curve = [UInt8](repeating: 0, count: 64)
        var point = [UInt8](repeating: 0, count: 256)
        var (curveCount, pointCount) = (curve.count, point.count)
        let code = cordon_token_public_key(token, &curve, &curveCount, &point, &pointCount)
        guard code == 0, curveCount <= curve.count, pointCount <= point.count else {
            throw IntegrityFailure(.keyUnusable, "the token does not tell its public key: \(explain(code))")
        }
        var raw = Array(point[..<pointCount])
        if let wrapped = try? ASN1OctetString(derEncoded: raw) { raw = Array(wrapped.bytes) }
        switch try? ASN1ObjectIdentifier(derEncoded: Array(curve[..<curveCount])) {
        case [1, 2, 840, 10045, 3, 1, 7]?:
            if let key = try? P256.Signing.PublicKey(x963Representation: raw) { return (.p256, VerificationKey(key)) }
        case [1, 3, 132, 0, 34]?:
            if let key = try? P384.Signing.PublicKey(x963Representation: raw) { return (.p384, VerificationKey(key)) }
        case [1, 3, 132, 0, 35]?:
            if let key = try? P521.Signing.PublicKey(x963Representation: raw) { return (.p521, VerificationKey(key)) }
        default: break
        }
        throw IntegrityFailure(.keyUnusable, "the token's key is not an elliptic-curve key on P-256, P-384 or P-521")
    }

    /// A DER-encoded ECDSA signature over the message; checked before it is given out.
    package func sign(_ message: [UInt8]) throws(IntegrityFailure) -> [UInt8] {
        let digest = curve.hash.digest(of: message)
        var raw = [UInt8](repeating: 0, count: 256)
        var count = raw.count
        let code = lock.withLock { _ in cordon_token_sign(token, digest, digest.count, &raw, &count) }
        guard code == 0, count <= raw.count else {
            throw IntegrityFailure(.keyUnusable, "the token does not sign: \(Self.explain(code))")
        }
        guard let signature = encoded(Array(raw[..<count])), publicKey.verifies(signature, of: message) else {
            throw IntegrityFailure(.keyUnusable, "the token made a signature that its own public key does not verify")
        }
        return signature
    }

    private func encoded(_ raw: [UInt8]) -> [UInt8]? {
        let der: Data? =
            switch curve {
            case .p256: try? P256.Signing.ECDSASignature(rawRepresentation: raw).derRepresentation
            case .p384: try? P384.Signing.ECDSASignature(rawRepresentation: raw).derRepresentation
            case .p521: try? P521.Signing.ECDSASignature(rawRepresentation: raw).derRepresentation
            }
        return der.map { Array($0) }
    }

    /// The answers people meet (PKCS #11 2.40, section 5.1).
    private static func explain(_ code: UInt) -> String {
        switch code {
        case 0x05: "the module cannot be loaded"
        case 0x60: "there is no such key, or more than one"
        case 0xA0: "the PIN is wrong"
        case 0xA4: "the PIN is locked"
        case 0xE0: "there is no such token, or more than one"
        case 0x101: "it wants a PIN"
        default: "answer 0x" + String(code, radix: 16)
        }
    }
}
