#!/usr/bin/env python3
"""Signatures both ways with PyPI's `model-signing` 1.1.1: what Cordon signs it verifies, and the reverse.

Run by `make interop` in a virtual environment that holds model-signing and pyopenssl. Makes its own keys, certificates
and model in a temporary folder. Exit status 1 when a pair disagrees.
"""

import argparse
import datetime
import pathlib
import subprocess
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def write_key(path: pathlib.Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Private key as PKCS #8, public key beside it."""
    path.with_suffix(".pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    path.with_suffix(".pub").write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def certificate(
    name: str, key: ec.EllipticCurvePublicKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, is_authority: bool
) -> bytes:
    """A PEM certificate, valid from yesterday for ten days."""
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority,
                content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
                encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Check:
    """Runs commands and counts what came out otherwise than it should."""

    def __init__(self) -> None:
        self.failures = 0
        self.count = 0

    def expect(self, what: str, command: list[str], succeeds: bool = True) -> None:
        """Runs a command that must succeed, or must not."""
        result = subprocess.run(command, capture_output=True, text=True)
        self.count += 1
        if (result.returncode == 0) == succeeds:
            return
        self.failures += 1
        print(f"FAILED {what}: exit {result.returncode}\n{result.stdout}{result.stderr}")


def main() -> int:
    """Signs and verifies every combination."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cordon", required=True)
    cordon = parser.parse_args().cordon
    peer = [sys.executable, "-m", "model_signing"]
    check = Check()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        model = root / "model"
        for name in ["config.json", "weights.bin", "sub/deep/vocab.txt", "sub-file.txt", "näme with space.txt"]:
            (model / name).parent.mkdir(parents=True, exist_ok=True)
            (model / name).write_text(f"content of {name}\n")
        (model / "empty.txt").touch()
        single = root / "model.onnx"
        single.write_bytes(b"one file")
        for curve, parameters in CURVES.items():
            base = root / curve
            key = ec.generate_private_key(parameters)
            authority = ec.generate_private_key(parameters)
            write_key(base, key)
            leaf, anchor = root / f"{curve}-leaf.crt", root / f"{curve}-root.crt"
            leaf.write_bytes(certificate("signer", key.public_key(), "root", authority, is_authority=False))
            anchor.write_bytes(certificate("root", authority.public_key(), "root", authority, is_authority=True))
            private, public = str(base.with_suffix(".pem")), str(base.with_suffix(".pub"))
            for subject in [model, single]:
                ours, theirs = str(root / "ours.sig"), str(root / "theirs.sig")
                what = f"{curve}, {subject.name}"
                check.expect(f"cordon sign, {what}", [cordon, "sign", str(subject), "--signature", ours, "--private-key", private, "-q"])
                check.expect(f"model-signing verify, {what}", [*peer, "verify", "key", str(subject), "--signature", ours, "--public_key", public])
                check.expect(f"model-signing sign, {what}", [*peer, "sign", "key", str(subject), "--signature", theirs, "--private_key", private])
                check.expect(f"cordon verify, {what}", [cordon, "verify", str(subject), "--signature", theirs, "--public-key", public, "--full"])
            ours, theirs = str(root / "ours.sig"), str(root / "theirs.sig")
            certificates = ["--certificate", str(leaf), "--chain", str(anchor)]
            check.expect(f"cordon sign, certificate {curve}", [cordon, "sign", str(model), "--signature", ours, "--private-key", private, *certificates, "-q"])
            check.expect(f"model-signing verify, certificate {curve}", [*peer, "verify", "certificate", str(model), "--signature", ours, "--certificate_chain", str(anchor)])
            check.expect(f"model-signing sign, certificate {curve}", [*peer, "sign", "certificate", str(model), "--signature", theirs, "--private_key", private, "--signing_certificate", str(leaf), "--certificate_chain", str(anchor)])
            check.expect(f"cordon verify, certificate {curve}", [cordon, "verify", str(model), "--signature", theirs, "--trust-root", str(anchor), "--full"])
            weights = model / "weights.bin"
            good = weights.read_bytes()
            weights.write_bytes(good[:-1] + b"!")
            check.expect(f"model-signing refuses, {curve}", [*peer, "verify", "certificate", str(model), "--signature", ours, "--certificate_chain", str(anchor)], succeeds=False)
            check.expect(f"cordon refuses, {curve}", [cordon, "verify", str(model), "--signature", theirs, "--trust-root", str(anchor), "--full"], succeeds=False)
            weights.write_bytes(good)
    print(f"interop with model-signing: {check.count - check.failures} passed, {check.failures} failed")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
