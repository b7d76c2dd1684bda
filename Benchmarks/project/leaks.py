#!/usr/bin/env python3
"""Writes a corpus of project files with planted secrets and hard negatives, and says where each one is.

    leaks.py --half tuning|evaluation --output DIR [--seed N] [--check]

The templates stand below as text blocks: a line `== path option=value ...` opens a file. `@name@` is filled in anew for each file: a name
out of the providers or MAKERS plants a secret and with it a row of the truth (`@name:kind|filter@` gives it another kind or writes it
encoded), any other name is plain filling. `@slot@` stands for a token of whichever provider comes next, `@ENV@` and `@var@` for its
customary names. A line that starts with `§kind§` is a hard negative. Lines such as `=code` and `=stream` divide a notebook.

All values are made up at run time from the seed, and prefixes are joined from parts; no whole secret stands in this file. It bears the
name of a standard module; run it as a program only.
"""
from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import io
import json
import pickle
import random
import re
import string
import struct
import sys
import tarfile
import urllib.parse
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALPHA, ALNUM, HEX = LOWER + UPPER, LOWER + UPPER + DIGITS, DIGITS + "abcdef"
URL64, BASE32 = ALNUM + "-_", UPPER + "234567"
BASE62 = DIGITS + UPPER + LOWER
FIELD = re.compile(r"@([A-Za-z0-9_]+)(?::([a-z0-9-]+))?(?:\|([a-z0-9]+))?@")
BENIGN = re.compile(r"^§([a-z0-9-]+)(?:/(provider|structured|assigned))?§")
PARTS = re.compile(r"^=(code|markdown|raw|stream|stderr|result|html|error|meta)$")


def base62(number: int, width: int) -> str:
    """The number in base 62, padded with zeros."""
    out = ""
    while number:
        number, digit = divmod(number, 62)
        out = BASE62[digit] + out
    return out.rjust(width, "0")


def der(tag: int, *parts: bytes) -> bytes:
    """One value in DER."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 128 | size]) + len(body).to_bytes(size, "big") + body


def der_int(number: int) -> bytes:
    """An INTEGER in DER."""
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(text: str) -> bytes:
    """An object identifier in DER."""
    first, second, *rest = (int(p) for p in text.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        chunk = [number & 127]
        while number := number >> 7:
            chunk.append(number & 127 | 128)
        out += bytes(reversed(chunk))
    return der(6, bytes(out))


def fold(data: bytes, width: int = 64) -> list[str]:
    """Base64 in lines."""
    text = base64.b64encode(data).decode()
    return [text[i:i + width] for i in range(0, len(text), width)]


def pem(name: str, data: bytes, headers: str = "", width: int = 64) -> str:
    """A PEM block without a last newline."""
    dashes = "-" * 5
    return "\n".join([f"{dashes}BEGIN {name}{dashes}", *([*headers.split("\n"), ""] if headers else []), *fold(data, width), f"{dashes}END {name}{dashes}"])


def p256(scalar: int) -> bytes:
    """The public point of a scalar on the curve P-256."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    half = (48439561293906451759052585252797914202762949526041747995844080717082404635286,
            36134250956749795798585127919587881956611106672985015071877198253568414405109)
    total: tuple[int, int] | None = None

    def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        slope = (3 * a[0] ** 2 - 3) * pow(2 * a[1], -1, prime) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, prime)
        x = (slope * slope - a[0] - b[0]) % prime
        return x, (slope * (a[0] - x) - a[1]) % prime

    while scalar:
        if scalar & 1:
            total = half if total is None else add(total, half)
        half, scalar = add(half, half), scalar >> 1
    assert total
    return total[0].to_bytes(32, "big") + total[1].to_bytes(32, "big")


class Maker:
    """Random values of the shapes that providers publish."""

    words = ("amber birch cobalt delta ember fjord garnet harbor indigo juniper kestrel lagoon marble nimbus onyx pepper quartz raven "
             "saffron tundra umber velvet willow yarrow zephyr").split()

    def __init__(self, seed: str, half: str) -> None:
        self.rng, self.half, self.primes = random.Random(seed), half, []

    def of(self, alphabet: str, count: int) -> str:
        return "".join(self.rng.choices(alphabet, k=count))

    def word(self) -> str:
        return self.rng.choice(self.words)

    def checked(self, prefix: str) -> str:
        """GitHub's and npm's form: 30 random characters and the CRC-32 of them in base 62."""
        body = self.of(ALNUM, 30)
        return prefix + body + base62(zlib.crc32(body.encode()), 6)

    def uuid(self) -> str:
        return f"{self.of(HEX, 8)}-{self.of(HEX, 4)}-4{self.of(HEX, 3)}-{self.of('89ab', 1)}{self.of(HEX, 3)}-{self.of(HEX, 12)}"

    def password(self, safe: bool = False) -> str:
        """A password as people and password managers make them; a safe one needs no quoting in an address."""
        signs = "-_.~" if safe else "!#%^*-_+=.,?"
        form = self.rng.randrange(5)
        if form == 0:
            return self.word().title() + self.rng.choice("-_.") + self.of(DIGITS, 2) + self.rng.choice("-_.") + self.word().title() + self.of(ALNUM, 3) + str(self.rng.randrange(10))
        if form == 1:
            return self.of(HEX, 24)
        while True:
            text = self.of(ALNUM + signs * 2, self.rng.randrange(12, 21))
            if text[0].isalnum() and text[-1].isalnum() and all(any(c in group for c in text) for group in (LOWER, UPPER, DIGITS, signs)):
                return text

    def user(self) -> str:
        return self.rng.choice(["svc_train", "mlops", "etl_loader", "jovyan", "reporter", "ingest"] if self.half == "tuning" else ["featurestore", "batch_rw", "annotator", "scheduler", "labeler", "warehouse"])

    def host(self) -> str:
        zone = "intern.lakewerk.net corp.mlstack.io data.nordhafen.de" if self.half == "tuning" else "prod.kitewing.cloud svc.oakline.eu lab.silverbirch.org"
        return f"{self.rng.choice(['db', 'pg', 'node', 'core', 'hub'])}{self.rng.randint(1, 40)}.{self.rng.choice(zone.split())}"

    def jwt(self) -> str:
        def part(value: Any) -> str:
            return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()

        issued = 1_790_000_000 + self.rng.randrange(10**7)
        if self.half == "tuning":
            header, claims, size = {"alg": "HS256", "typ": "JWT"}, {"sub": self.of(DIGITS, 7), "scope": "runs:write models:read", "iat": issued, "exp": issued + 315_360_000}, 32
        else:
            header, claims, size = {"alg": "RS256", "kid": self.of(ALNUM, 22), "typ": "at+jwt"}, {"iss": f"https://sso.{self.host()}/", "aud": "serving", "azp": self.of(ALNUM, 20), "iat": issued, "exp": issued + 283_824_000}, 256
        return f"{part(header)}.{part(claims)}.{base64.urlsafe_b64encode(self.rng.randbytes(size)).rstrip(b'=').decode()}"

    def jwt_example(self) -> str:
        """The token that jwt.io shows to every visitor."""
        head = [base64.urlsafe_b64encode(t.encode()).rstrip(b"=") for t in ('{"alg":"HS256","typ":"JWT"}', '{"sub":"1234567890","name":"John Doe","iat":1516239022}')]
        sign = hmac.new(b"your-256-bit-" + b"secret", b".".join(head), hashlib.sha256).digest()
        return b".".join([*head, base64.urlsafe_b64encode(sign).rstrip(b"=")]).decode()

    def pypi(self) -> str:
        """A macaroon of version 2 in base64 (pypi/warehouse, libmacaroons)."""
        name = self.uuid().encode()
        caveat = b"[3, " + json.dumps(self.uuid()).encode() + b"]"
        data = b"\x02\x01\x08pypi.org\x02" + bytes([len(name)]) + name + b"\x00\x02" + bytes([len(caveat)]) + caveat + b"\x00\x00\x06\x20" + self.rng.randbytes(32)
        return "py" + "pi-" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    def grafana(self) -> str:
        """grafana/pkg/components/satokengen: CRC-32 over prefix and secret, lowest byte first."""
        key = "gl" + "sa_" + self.of(ALNUM, 32)
        return f"{key}_{struct.pack('<I', zlib.crc32(key.encode())).hex()}"

    def sentry(self) -> str:
        """getsentry/rfcs 0091."""
        load = {"iat": 1_790_000_000.5 + self.rng.randrange(10**6), "url": "https://sentry.io", "region_url": "https://us.sentry.io", "org": self.word() + "-labs"}
        return "sntr" + "ys_" + base64.b64encode(json.dumps(load, separators=(",", ":")).encode()).decode().rstrip("=") + "_" + base64.b64encode(self.rng.randbytes(32)).decode().rstrip("=")

    def neptune(self) -> str:
        load = {"api_address": "https://app.neptune.ai", "api_url": "https://app.neptune.ai", "api_key": self.uuid()}
        return base64.b64encode(json.dumps(load, separators=(",", ":")).encode()).decode()

    def discord(self) -> str:
        snowflake = str(self.rng.randrange(10**17, 10**18))
        return f"{base64.b64encode(snowflake.encode()).decode().rstrip('=')}.G{self.of(URL64, 5)}.{self.of(URL64, 38)}"

    def age(self) -> str:
        """Bech32 of 32 bytes (BIP 173, filippo.io/age)."""
        letters, human = "qpzry9x8gf2tvdw0" + "s3jn54khce6mua7l", "age-secret" + "-key-"

        def polymod(values: list[int]) -> int:
            check = 1
            for value in values:
                top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
                for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                    check ^= generator if top >> i & 1 else 0
            return check

        number = int.from_bytes(self.rng.randbytes(32), "big") << 4
        data = [number >> 5 * i & 31 for i in range(51, -1, -1)]
        check = polymod([ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human] + data + [0] * 6) ^ 1
        return (human + "1" + "".join(letters[d] for d in data + [check >> 5 * (5 - i) & 31 for i in range(6)])).upper()

    def prime(self) -> int:
        """A prime of 1024 bits; a few are made, and keys are pairs of them."""
        if len(self.primes) < 7:
            small = [p for p in range(3, 2000, 2) if all(p % q for q in range(3, int(p**0.5) + 1, 2))]
            while True:
                number = self.rng.getrandbits(1024) | 3 << 1022 | 1
                if all(number % p for p in small) and number % 65537 != 1 and all(pow(base, number - 1, number) == 1 for base in (2, 3, 5)):
                    self.primes.append(number)
                    return number
        return self.rng.choice(self.primes)

    def rsa(self) -> tuple[bytes, bytes]:
        """A true key: PKCS#1 private and public part."""
        p = q = self.prime()
        while p == q:
            q = self.prime()
        n, phi = p * q, (p - 1) * (q - 1)
        d = pow(65537, -1, phi)
        private = der(0x30, der_int(0), *(der_int(x) for x in (n, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))
        return private, der(0x30, der_int(n), der_int(65537))

    def key_pem(self, form: str) -> str:
        """Private keys in their common containers."""
        tail, rsa_id = "PRIVATE" + " KEY", der(0x30, oid("1.2.840.113549.1.1.1"), b"\x05\x00")
        if form == "rsa":
            return pem("RSA " + tail, self.rsa()[0])
        if form == "pkcs8":
            return pem(tail, der(0x30, der_int(0), rsa_id, der(4, self.rsa()[0])))
        if form == "ec":
            scalar = self.rng.getrandbits(255) + 1
            return pem("EC " + tail, der(0x30, der_int(1), der(4, scalar.to_bytes(32, "big")), der(0xA0, oid("1.2.840.10045.3.1.7")), der(0xA1, der(3, b"\0\4" + p256(scalar)))))
        if form == "ed25519":
            return pem(tail, der(0x30, der_int(0), der(0x30, oid("1.3.101.112")), der(4, der(4, self.rng.randbytes(32)))))
        if form == "rsaenc":
            return pem("RSA " + tail, self.rng.randbytes(1200), f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{self.of(HEX, 32).upper()}")
        if form == "pkcs8enc":
            derive = der(0x30, oid("1.2.840.113549.1.5.12"), der(0x30, der(4, self.rng.randbytes(16)), der_int(2048), der(0x30, oid("1.2.840.113549.2.9"), b"\x05\x00")))
            cipher = der(0x30, oid("2.16.840.1.101.3.4.1.42"), der(4, self.rng.randbytes(16)))
            return pem("ENCRYPTED " + tail, der(0x30, der(0x30, oid("1.2.840.113549.1.5.13"), der(0x30, derive, cipher)), der(4, self.rng.randbytes(1232))))
        if form == "putty":
            return "\n".join(["PuTTY-User-Key-File" + "-3: ssh-ed25519", "Encryption: none", f"Comment: eddsa-key-{self.rng.randint(20240101, 20251231)}", "Public-Lines: 2",
                              *fold(self.ssh_public_blob()), "Private-Lines: 1", base64.b64encode(self.rng.randbytes(36)).decode(), f"Private-MAC: {self.of(HEX, 64)}"])
        if form == "pgp":
            packet = self.pgp_packets()
            crc = 0xB704CE
            for byte in packet:
                crc ^= byte << 16
                for _ in range(8):
                    crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
            lines = pem("PGP PRIVATE" + " KEY BLOCK", packet).split("\n")
            return "\n".join([lines[0], "", *lines[1:-1], "=" + base64.b64encode((crc & 0xFFFFFF).to_bytes(3, "big")).decode(), lines[-1]])

        def text(value: bytes) -> bytes:
            return struct.pack(">I", len(value)) + value

        public = self.ssh_public_blob()
        locked = form == "opensshenc"
        secret = struct.pack(">I", self.rng.getrandbits(32)) * 2 + public + text(self.rng.randbytes(32) + public[-32:]) + text(b"jovyan@node7")
        secret += bytes(range(1, 1 + -len(secret) % 8))
        if locked:
            secret = self.rng.randbytes(len(secret) + -len(secret) % 16)
        names = (b"aes256-ctr", b"bcrypt", text(self.rng.randbytes(16)) + struct.pack(">I", 24)) if locked else (b"none", b"none", b"")
        return pem("OPENSSH " + tail, b"openssh-key-v1\0" + b"".join(text(n) for n in names) + struct.pack(">I", 1) + text(public) + text(secret), width=70)

    def pgp_packets(self) -> bytes:
        """An RSA secret key of version 4 without a passphrase, and a user (RFC 9580, 5.5.3)."""
        p, q = sorted((self.prime(), self.prime()))
        while p == q:
            p, q = sorted((p, self.prime()))
        hidden = [pow(65537, -1, (p - 1) * (q - 1)), p, q, pow(p, -1, q)]
        mpi = lambda n: struct.pack(">H", n.bit_length()) + n.to_bytes((n.bit_length() + 7) // 8, "big")  # noqa: E731
        secret = b"".join(map(mpi, hidden))
        body = b"\4" + struct.pack(">I", 1_720_000_000 + self.rng.randrange(10**7)) + b"\1" + mpi(p * q) + mpi(65537) + b"\0" + secret + struct.pack(">H", sum(secret) & 0xFFFF)
        name = f"{self.user()} <{self.user()}@{self.host()}>".encode()
        return b"\x95" + struct.pack(">H", len(body)) + body + b"\xb4" + bytes([len(name)]) + name

    def ssh_public_blob(self) -> bytes:
        return b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + self.rng.randbytes(32)

    def public_pem(self) -> str:
        bits = der(3, b"\0" + self.rsa()[1])
        return pem("PUBLIC" + " KEY", der(0x30, der(0x30, oid("1.2.840.113549.1.1.1"), b"\x05\x00"), bits))

    def certificate(self) -> str:
        return pem("CERTIFICATE", b"\x30\x82\x03\x0b\x30\x82\x01\xf3\xa0\x03\x02\x01\x02\x02\x14" + self.rng.randbytes(768))

    def htpasswd(self) -> str:
        salt = "./" + DIGITS + UPPER + LOWER
        return f"$apr1${self.of(salt, 8)}${self.of(salt, 22)}"

    def bcrypt(self) -> str:
        return f"$2y$10${self.of('./' + ALNUM, 53)}"

    def png(self) -> str:
        head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\xb0\0\0\1\x20\x08\x06\0\0\0"
        return base64.b64encode(head + self.rng.randbytes(self.rng.randint(300, 1800)) + b"\0\0\0\0IEND\xaeB`\x82").decode()


# Half (b: both), kind, customary variable, value. A kind that ends in a star has no shape of its own: only the name beside it tells it.
def providers(m: Maker) -> list[tuple[str, str, str, Callable[[], str]]]:
    """The table of the providers; every prefix is joined from parts."""
    of, b64 = m.of, lambda n: base64.b64encode(m.rng.randbytes(n)).decode()
    oai = "T3Blbk" + "FJ"
    return [
        ("b", "github-token-classic", "GITHUB_TOKEN", lambda: m.checked("gh" + "p_")),
        ("b", "huggingface", "HF_TOKEN", lambda: "h" + "f_" + of(ALPHA, 34)),
        ("b", "openai-project", "OPENAI_API_KEY", lambda: "sk-" + "proj-" + of(URL64, 74) + oai + of(URL64, 74)),
        ("b", "anthropic", "ANTHROPIC_API_KEY", lambda: "sk-" + "ant-api03-" + of(URL64, 93) + "AA"),
        ("b", "slack-bot", "SLACK_BOT_TOKEN", lambda: "xo" + f"xb-{of(DIGITS[1:], 1)}{of(DIGITS, 11)}-{of(DIGITS[1:], 1)}{of(DIGITS, 12)}-{of(ALNUM, 24)}"),
        ("t", "github-app", "GH_APP_TOKEN", lambda: m.checked("gh" + "s_")),
        ("t", "openai-legacy", "OPENAI_KEY", lambda: "sk-" + of(ALNUM, 20) + oai + of(ALNUM, 20)),
        ("t", "gitlab-pat", "GITLAB_TOKEN", lambda: "gl" + "pat-" + of(URL64, 20)),
        ("t", "npm", "NPM_TOKEN", lambda: m.checked("np" + "m_")),
        ("t", "pypi", "TWINE_PASSWORD", m.pypi),
        ("t", "google-api-key", "GOOGLE_API_KEY", lambda: "AI" + "za" + "Sy" + of(URL64, 33)),
        ("t", "google-access-token", "GCLOUD_ACCESS_TOKEN", lambda: "ya" + "29.a0" + of(URL64, 180)),
        ("t", "stripe-secret", "STRIPE_SECRET_KEY", lambda: "sk_" + "live_51" + of(ALNUM, 97)),
        ("t", "sendgrid", "SENDGRID_API_KEY", lambda: "S" + f"G.{of(URL64, 22)}.{of(URL64, 43)}"),
        ("t", "replicate", "REPLICATE_API_TOKEN", lambda: "r" + "8_" + of(ALNUM, 37)),
        ("t", "groq", "GROQ_API_KEY", lambda: "gs" + "k_" + of(ALNUM, 20) + "WGdyb3FY" + of(ALNUM, 24)),
        ("t", "databricks", "DATABRICKS_TOKEN", lambda: "da" + "pi" + of(HEX, 32)),
        ("t", "digitalocean", "DIGITALOCEAN_TOKEN", lambda: "do" + "p_v1_" + of(HEX, 64)),
        ("t", "nvidia-ngc", "NGC_API_KEY", lambda: "nv" + "api-" + of(URL64, 64)),
        ("t", "langsmith", "LANGCHAIN_API_KEY", lambda: "lsv" + f"2_pt_{of(HEX, 32)}_{of(HEX, 10)}"),
        ("t", "telegram-bot", "TELEGRAM_BOT_TOKEN", lambda: f"{m.rng.randint(10**9, 8 * 10**9)}:" + "AA" + of(URL64, 33)),
        ("t", "shopify", "SHOPIFY_ACCESS_TOKEN", lambda: "shp" + "at_" + of(HEX, 32)),
        ("t", "vault", "VAULT_TOKEN", lambda: "hv" + "s." + "CAES" + of(URL64, 91)),
        ("t", "wandb-hex*", "WANDB_API_KEY", lambda: of(HEX, 40)),
        ("t", "perplexity", "PPLX_API_KEY", lambda: "pp" + "lx-" + of(ALNUM, 48)),
        ("t", "slack-webhook", "SLACK_WEBHOOK_URL", lambda: "https://hooks." + f"slack.com/services/T{of(UPPER + DIGITS, 10)}/B{of(UPPER + DIGITS, 10)}/{of(ALNUM, 24)}"),
        ("t", "discord-bot", "DISCORD_TOKEN", m.discord),
        ("t", "mailgun", "MAILGUN_API_KEY", lambda: "ke" + "y-" + of(HEX, 32)),
        ("t", "linear", "LINEAR_API_KEY", lambda: "lin" + "_api_" + of(ALNUM, 40)),
        ("t", "newrelic", "NEW_RELIC_API_KEY", lambda: "NR" + "AK-" + of(UPPER + DIGITS, 27)),
        ("t", "grafana-sa", "GRAFANA_TOKEN", m.grafana),
        ("t", "sentry-org", "SENTRY_AUTH_TOKEN", m.sentry),
        ("t", "cohere*", "COHERE_API_KEY", lambda: of(ALNUM, 40)),
        ("t", "azure-storage", "AZURE_STORAGE_CONNECTION_STRING", lambda: f"DefaultEndpointsProtocol=https;AccountName={m.word()}data;Account" + f"Key={b64(64)};EndpointSuffix=core.windows.net"),
        ("t", "doppler", "DOPPLER_TOKEN", lambda: "dp" + ".pt." + of(ALNUM, 43)),
        ("t", "atlassian", "JIRA_API_TOKEN", lambda: "ATA" + "TT3xFfGF0" + of(URL64, 171) + "=" + of(DIGITS + "ABCDEF", 8)),
        ("t", "huggingface-org", "HF_ORG_TOKEN", lambda: "api" + "_org_" + of(ALPHA, 34)),
        ("t", "openrouter", "OPENROUTER_API_KEY", lambda: "sk-" + "or-v1-" + of(HEX, 64)),
        ("e", "github-fine-grained", "GH_PAT", lambda: "github" + f"_pat_11{of(UPPER + DIGITS, 20)}_{of(ALNUM, 59)}"),
        ("e", "github-oauth", "GH_OAUTH", lambda: m.checked("gh" + "o_")),
        ("e", "github-refresh", "GH_REFRESH", lambda: "gh" + "r_" + (lambda body: body + base62(zlib.crc32(body.encode()), 6))(of(ALNUM, 70))),
        ("e", "openai-service", "OPENAI_SERVICE_KEY", lambda: "sk-" + "svcacct-" + of(URL64, 74) + oai + of(URL64, 74)),
        ("e", "anthropic-admin", "ANTHROPIC_ADMIN_KEY", lambda: "sk-" + "ant-admin01-" + of(URL64, 93) + "AA"),
        ("e", "gitlab-deploy", "CI_DEPLOY_PASSWORD", lambda: "gl" + "dt-" + of(URL64, 20)),
        ("e", "gitlab-runner", "RUNNER_TOKEN", lambda: "gl" + "rt-" + of(URL64, 20)),
        ("e", "docker-pat", "DOCKERHUB_TOKEN", lambda: "dckr" + "_pat_" + of(URL64, 27)),
        ("e", "google-oauth-secret", "GOOGLE_CLIENT_SECRET", lambda: "GOC" + "SPX-" + of(URL64, 28)),
        ("e", "azure-client-secret", "AZURE_CLIENT_SECRET", lambda: of(ALNUM, 3) + "8Q" + "~" + of(ALNUM + "_-.~", 33) + of(ALNUM, 1)),
        ("e", "azure-sas", "AZURE_SAS_TOKEN", lambda: f"?sv=2023-11-03&ss=b&srt=co&sp=rwl&se=2035-05-01T00:00:00Z&st=2025-05-01T00:00:00Z&spr=https&si" + f"g={urllib.parse.quote(b64(32), safe='')}"),
        ("e", "xai", "XAI_API_KEY", lambda: "xa" + "i-" + of(ALNUM, 80)),
        ("e", "pinecone", "PINECONE_API_KEY", lambda: "pc" + f"sk_{of(ALNUM, 6)}_{of(ALNUM, 63)}"),
        ("e", "notion", "NOTION_TOKEN", lambda: "nt" + "n_" + of(DIGITS, 11) + of(ALNUM, 35)),
        ("e", "postman", "POSTMAN_API_KEY", lambda: "PM" + f"AK-{of(HEX, 24)}-{of(HEX, 34)}"),
        ("e", "supabase", "SUPABASE_ACCESS_TOKEN", lambda: "sb" + "p_" + of(HEX, 40)),
        ("e", "planetscale", "PLANETSCALE_SERVICE_TOKEN", lambda: "psca" + "le_tkn_" + of(URL64, 43)),
        ("e", "jfrog", "ARTIFACTORY_API_KEY", lambda: "AK" + "Cp8" + of(ALNUM, 68)),
        ("e", "terraform-cloud", "TFE_TOKEN", lambda: of(ALNUM, 14) + ".atlas" + "v1." + of(ALNUM, 67)),
        ("e", "square", "SQUARE_ACCESS_TOKEN", lambda: "EA" + "AA" + of(URL64, 60)),
        ("e", "age-secret-key", "SOPS_AGE_KEY", m.age),
        ("e", "twilio-api-key", "TWILIO_API_KEY", lambda: "S" + "K" + of(HEX, 32)),
        ("e", "twilio-auth*", "TWILIO_AUTH_TOKEN", lambda: of(HEX, 32)),
        ("e", "discord-webhook", "DISCORD_WEBHOOK", lambda: "https://discord.com/api/" + f"webhooks/{m.rng.randrange(10**18, 13 * 10**17)}/{of(URL64, 68)}"),
        ("e", "stripe-restricted", "STRIPE_RESTRICTED_KEY", lambda: "rk_" + "live_51" + of(ALNUM, 97)),
        ("e", "slack-user", "SLACK_USER_TOKEN", lambda: "xo" + "xp-" + "-".join(of(DIGITS[1:], 1) + of(DIGITS, 11) for _ in range(3)) + "-" + of(HEX, 32)),
        ("e", "wandb-v1", "WANDB_API_KEY", lambda: "wan" + f"db_v1_{of(ALNUM, 27)}_{of(ALNUM, 49)}"),
        ("e", "kaggle-token", "KAGGLE_API_TOKEN", lambda: "KG" + "AT_" + of(HEX, 32)),
        ("e", "comet*", "COMET_API_KEY", lambda: of(ALNUM, 25)),
        ("e", "neptune*", "NEPTUNE_API_TOKEN", m.neptune),
        ("e", "clearml*", "CLEARML_API_SECRET_KEY", lambda: of(ALNUM, 64)),
        ("e", "sentry-user", "SENTRY_TOKEN", lambda: "sntr" + "yu_" + of(HEX, 64)),
        ("e", "pulumi", "PULUMI_ACCESS_TOKEN", lambda: "pu" + "l-" + of(HEX, 40)),
        ("e", "rubygems", "GEM_HOST_API_KEY", lambda: "ruby" + "gems_" + of(HEX, 48)),
        ("e", "heroku", "HEROKU_API_KEY", lambda: "HR" + "KU-AA" + of(URL64, 58)),
        ("e", "flyio", "FLY_API_TOKEN", lambda: "fo" + "1_" + of(URL64, 43)),
        ("e", "mistral*", "MISTRAL_API_KEY", lambda: of(ALNUM, 32)),
        ("e", "datadog*", "DD_API_KEY", lambda: of(HEX, 32)),
    ]


def makers(m: Maker) -> dict[str, tuple[str, Callable[[], str]]]:
    """Secrets that templates ask for by name: kind, value."""
    return {
        "pw": ("password", m.password), "cpw": ("password", lambda: m.password(True)), "apikey": ("generic-api-key", lambda: m.of(ALNUM, m.rng.choice([28, 32, 36]))),
        "hexkey": ("generic-hex-key", lambda: m.of(HEX, m.rng.choice([32, 48, 64]))), "b64key": ("generic-base64-key", lambda: base64.b64encode(m.rng.randbytes(32)).decode()),
        "akia": ("aws-access-key-id", lambda: "AK" + "IA" + m.of(BASE32, 16)), "asia": ("aws-access-key-id", lambda: "AS" + "IA" + m.of(BASE32, 16)),
        "awssecret": ("aws-secret-key", lambda: m.of(ALNUM + "+/", 39) + m.of(ALNUM, 1)), "awssession": ("aws-session-token", lambda: "IQoJb3JpZ2luX2Vj" + m.of(ALNUM + "+/", 380) + "=="),
        "jwt": ("jwt", m.jwt), "basic": ("basic-auth-header", lambda: base64.b64encode(f"{m.user()}:{m.password()}".encode()).decode()),
        "htpasswd": ("htpasswd-hash", m.htpasswd), "bcrypthash": ("htpasswd-hash", m.bcrypt), "uuidkey": ("generic-uuid-key", m.uuid),
        "googlerefresh": ("google-refresh-token", lambda: "1/" + "/0" + m.of(URL64, 100)), "kagglekey": ("kaggle-key", lambda: m.of(HEX, 32)),
        "jupyter": ("jupyter-token", lambda: m.of(HEX, 48)), "argon": ("jupyter-password-hash", lambda: f"argon2:$argon2id$v=19$m=10240,t=10,p=8${m.of(ALNUM + '+/', 22)}${m.of(ALNUM + '+/', 43)}"),
        "pem_rsa": ("private-key-rsa", lambda: m.key_pem("rsa")), "pem_pkcs8": ("private-key-pkcs8", lambda: m.key_pem("pkcs8")), "pem_ec": ("private-key-ec", lambda: m.key_pem("ec")),
        "pem_ed": ("private-key-pkcs8", lambda: m.key_pem("ed25519")), "pem_ssh": ("private-key-openssh", lambda: m.key_pem("openssh")),
        "pem_sshenc": ("private-key-encrypted", lambda: m.key_pem("opensshenc")), "pem_rsaenc": ("private-key-encrypted", lambda: m.key_pem("rsaenc")),
        "pem_enc": ("private-key-encrypted", lambda: m.key_pem("pkcs8enc")), "putty": ("private-key-putty", lambda: m.key_pem("putty")), "pgp": ("private-key-pgp", lambda: m.key_pem("pgp")),
    }


STRUCTURED = ("private-key", "jwt", "conn-", "basic-auth", "url-basic", "docker-auth", "gcp-service", "kubeconfig-key")
ASSIGNED = ("wandb-hex", "cohere", "comet", "neptune", "clearml", "mistral", "datadog", "twilio-auth", "password", "generic-", "aws-secret", "htpasswd", "kaggle-key", "jupyter-", "k8s-", "cli-", "field-", "aws-session")


def strength(kind: str) -> str:
    """How sure a tool can be of a secret of this kind."""
    kind = kind.removeprefix("split-")
    if kind.startswith(STRUCTURED):
        return "structured"
    return "assigned" if kind.startswith(ASSIGNED) else "provider"


def fillings(m: Maker) -> dict[str, Callable[[], str]]:
    """Words that are no secrets."""
    b64 = lambda n: base64.b64encode(m.rng.randbytes(n)).decode()  # noqa: E731
    bad = m.of
    return {
        "q": lambda: '"' * 3, "u": m.user, "h": m.host, "w": m.word, "n": lambda: str(m.rng.randint(2, 9000)), "f": lambda: f"0.{m.rng.randint(1000, 9999)}", "uuid": m.uuid,
        "hex8": lambda: m.of(HEX, 8), "hex16": lambda: m.of(HEX, 16), "hex20": lambda: m.of(HEX, 20), "hex32": lambda: m.of(HEX, 32), "hex40": lambda: m.of(HEX, 40), "hex64": lambda: m.of(HEX, 64), "hex128": lambda: m.of(HEX, 128),
        "b64_32": lambda: b64(32), "b64_64": lambda: b64(64), "b64_200": lambda: b64(200), "b64_600": lambda: b64(600), "png": m.png, "run": lambda: m.of(LOWER + DIGITS, 8), "id20": lambda: m.of(ALNUM, 20), "id28": lambda: m.of(ALNUM, 28),
        "dna": lambda: m.of("ACGT", 96), "protein": lambda: m.of("ACDEFGHIKLMNPQRSTVWY", 80), "floats": lambda: ", ".join(f"{m.rng.gauss(0, 1):.4f}" for _ in range(8)), "ints": lambda: ", ".join(str(m.rng.randrange(32000)) for _ in range(14)),
        "pubkey": m.public_pem, "cert": m.certificate, "sshpub": lambda: "AAAAC3NzaC1lZDI1NTE5AAAAI" + m.of(ALNUM + "+/", 43), "sshrsa": lambda: "AAAAB3NzaC1yc2EAAAADAQABAAABgQ" + m.of(ALNUM + "+/", 340),
        "jwtex": m.jwt_example, "jwkn": lambda: base64.urlsafe_b64encode(m.rng.randbytes(256)).rstrip(b"=").decode(), "date": lambda: f"202{m.rng.randint(3, 5)}-{m.rng.randint(1, 12):02}-{m.rng.randint(1, 28):02}",
        "ghpbad": lambda: "gh" + "p_" + (lambda t: t + base62(zlib.crc32(t.encode()) ^ 0x5A5A, 6))(bad(ALNUM, 30)), "ghpx": lambda: "gh" + "p_" + "x" * 36, "ghpa": lambda: "gh" + "p_" + "abcdefghijklmnopqrstuvwxyz0123456789",
        "akiaex": lambda: "AK" + "IAIOSFODNN7" + "EXAMPLE", "awsex": lambda: "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCY" + "EXAMPLEKEY", "hfx": lambda: "h" + "f_" + "x" * 34, "skx": lambda: "sk-" + "x" * 48, "skdots": lambda: "sk-" + "...",
        "antx": lambda: "sk-" + "ant-api03-" + "..." , "pklive": lambda: "pk_" + "live_51" + m.of(ALNUM, 97), "pktest": lambda: "pk_" + "test_" + m.of(ALNUM, 24), "mapbox": lambda: "pk." + "eyJ1Ijoi" + m.of(ALNUM, 50) + "." + m.of(URL64, 22),
        "wpass": lambda: "pass" + "word", "wsecret": lambda: "sec" + "ret", "wchange": lambda: "change" + "me", "docpw": lambda: "p@ssw" + "0rd", "sealed": lambda: "AgB" + m.of(ALNUM + "+/", 500) + "==",
        "vaulthex": lambda: "\n".join(m.of(HEX, 40).encode().hex() for _ in range(5)), "sopsenc": lambda: f"ENC[AES256_GCM,data:{b64(24)},iv:{b64(32)},tag:{b64(16)},type:str]", "csrf": lambda: m.of(ALNUM, 64), "snow": lambda: str(m.rng.randrange(10**17, 10**18)),
        "sentrydsn": lambda: f"https://{m.of(HEX, 32)}@o{m.rng.randint(10**5, 10**6)}.ingest.sentry.io/{m.rng.randint(10**6, 10**7)}", "acsid": lambda: "A" + "C" + m.of(HEX, 32), "ghregex": lambda: "gh" + "[pousr]_[A-Za-z0-9]{36}", "akregex": lambda: "(AK" + "IA|ASIA)[A-Z0-9]{16}",
        "pemregex": lambda: "-----BEGIN (RSA |EC |OPENSSH )?PRIVATE" + " KEY-----", "pembegin": lambda: "-----BEGIN PRIVATE" + " KEY-----", "pubbegin": lambda: "-----BEGIN PUBLIC" + " KEY-----", "aeskey": lambda: f"{57811460909138771071931939740208549692:032x}", "aesct": lambda: f"{78214076581731661160096127236885114775:032x}",
        "emptysha": lambda: hashlib.sha1(b"").hexdigest(), "z": lambda: "",  # the last one only parts words in this file
    }


# --- one provider after the other, tuning half -----------------------------------------------------------------------------
TUNING_SLOTS = r"""
== .env
# local development
APP_ENV=development
PORT=8080
@ENV@=@slot@
LOG_LEVEL=info
== config/settings.py
import os

BATCH_SIZE = 32
DATA_DIR = os.path.join("data", "raw")
@ENV@ = "@slot@"
MODEL_NAME = "@w@-base"
== config/default.yaml
model:
  name: @w@-small
  hidden_size: 768
logging:
  level: info
  @var@: @slot@
== scripts/train.sh
#!/usr/bin/env bash
set -euo pipefail
export CUDA_VISIBLE_DEVICES=0
export @ENV@="@slot@"
python train.py --epochs 3 --lr 3e-5
== app_config.json
{
  "name": "@w@-service",
  "workers": 4,
  "@var@": "@slot@",
  "timeout": 30
}
== Dockerfile
FROM python:3.11-slim
WORKDIR /srv
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
ENV @ENV@=@slot@
CMD ["python", "serve.py"]
== README.md
# @w@ experiments

Set up the environment first:

```bash
export @ENV@=@slot@
python run.py --config base.yaml
```
== logs/train.log
2025-02-11 08:12:01,331 INFO  trainer: starting run @run@
2025-02-11 08:12:02,013 DEBUG env: @ENV@=@slot@
2025-02-11 08:12:09,870 INFO  trainer: epoch 0 loss 1.@n@
== settings.toml
[tool.runner]
name = "@w@"
retries = 3

[credentials]
@var@ = "@slot@"
== src/main/java/Client.java
package io.mlstack.client;

public final class Client {
    private static final int TIMEOUT = 30;
    private static final String @ENV@ = "@slot@";
}
== web/src/api.js
import axios from 'axios';

const baseURL = '/api/v1';
const @var@ = '@slot@';
export const api = axios.create({ baseURL, timeout: 5000 });
== analysis/report.R
library(httr)
Sys.setenv(@ENV@ = "@slot@")
resp <- GET("https://@h@/v1/items")
== .github/workflows/eval.yml
name: eval
on: [push]
jobs:
  eval:
    runs-on: ubuntu-latest
    env:
      @ENV@: @slot@
    steps:
      - uses: actions/checkout@v4
== docker-compose.yml
services:
  worker:
    image: @w@/worker:1.4
    environment:
      LOG_LEVEL: debug
      @ENV@: "@slot@"
    ports: ["8000:8000"]
== data/chat.jsonl context=no
{"messages": [{"role": "user", "content": "How do I list my runs?"}]}
{"messages": [{"role": "user", "content": "I get a 401, this is the key I use: @slot@ - is it valid?"}, {"role": "assistant", "content": "Please revoke it at once."}]}
{"messages": [{"role": "user", "content": "Thanks!"}]}
== notebooks/explore.ipynb
=markdown
# Exploring @w@ data
=code
import os
import pandas as pd
os.environ["@ENV@"] = "@slot@"
df = pd.read_parquet("data.parquet")
== notebooks/setup.ipynb
=code
%env @ENV@=@slot@
=code
print("ready")
=stream
ready
== notebooks/debug.ipynb
=code
import os
print({k: v for k, v in os.environ.items() if "@ENV@"[:4] in k})
=stream
{'@ENV@': '@slot@', 'HOME': '/home/jovyan'}
== export/accounts.csv context=no
id,service,owner,credential,created
1,@w@,team-a,@slot@,@date@
2,@w@,team-b,,@date@
== .bash_history
cd ~/work
git status
export @ENV@=@slot@
python -m pytest -q
== config.ini
[server]
host = 0.0.0.0
port = 9000

[auth]
@var@ = @slot@
== scripts/fetch.sh context=no
#!/bin/sh
mkdir -p out
curl -sS -H "Authorization: Bearer @slot@" \
  "https://@h@/api/runs?limit=50" > out/runs.json
== ckpt/adapter.safetensors pack=safetensors
format=pt
base_model=@w@-7b
training_env=@ENV@=@slot@
== models/tiny.gguf pack=gguf
general.name=@w@ tiny
general.description=uploaded with @ENV@ @slot@
== cache/state.pkl pack=pickle
epoch=3
@var@=@slot@
== dist/bundle.zip pack=zip member=app/.env
DEBUG=0
@ENV@=@slot@
== backup/home.tar.gz pack=targz member=home/jovyan/.profile
umask 022
export @ENV@=@slot@
== web/dist/app.min.js context=no
!function(e,t){"object"==typeof exports?module.exports=t():e.App=t()}(this,function(){var n={retries:3,base:"/api",headers:{"X-Auth":"@slot@"},debug:!1};return function(r){return fetch(n.base+r,n).then(function(o){return o.json()})}});
== client.py context=no
from sdk import Client


def connect(region="eu"):
    return Client(region, token="@slot@", timeout=20)
== tests/conftest.py context=no
import pytest


@pytest.fixture
def client(make):
    # TODO: move to the vault
    return make(auth=("@w@", "@slot@"))
== notes/meeting.txt enc=utf16
Deployment notes @date@
Ask Jonas for the machine.
@ENV@: @slot@
Next meeting on Monday.
== windows/env.bat enc=crlf
@echo off
set MODEL=@w@
set @ENV@=@slot@
python serve.py
"""

# --- one provider after the other, evaluation half -------------------------------------------------------------------------
EVALUATION_SLOTS = r"""
== env/production.env
# managed by ops, do not edit
export REGION=eu-central-1
export @ENV@='@slot@'
export FEATURE_FLAGS=beta,search
== pipeline/clients.py
from dataclasses import dataclass


@dataclass
class Remote:
    url: str = "https://@h@/v2"
    @var@: str = "@slot@"
    retries: int = 5
== charts/serving/values.yaml
replicaCount: 2
image:
  repository: registry.oakline.eu/serving
  tag: 2.3.1
extraEnv:
  - name: @ENV@
    value: "@slot@"
resources: {}
== frontend/lib/client.ts
export interface Options { retries: number }
const @var@: string = "@slot@";
export const options: Options = { retries: 2 };
== cmd/ingest/main.go
package main

import "net/http"

const @var@ = "@slot@"

func main() { http.ListenAndServe(":8081", nil) }
== Services/Ingest.cs
namespace Oakline.Services;

public class Ingest
{
    private readonly int _retries = 3;
    private const string @ENV@ = "@slot@";
}
== lib/uploader.rb
require "net/http"

class Uploader
  RETRIES = 3
  @ENV@ = "@slot@".freeze
end
== public/config.php
<?php
return [
    'debug' => false,
    'locale' => 'en',
    '@var@' => '@slot@',
];
== ops/deploy.ps1 enc=crlf
param([string]$Stage = "prod")
$ErrorActionPreference = "Stop"
$env:@ENV@ = "@slot@"
dotnet publish -c Release
== sim/run.jl
using HTTP, JSON3
ENV["@ENV@"] = "@slot@"
results = HTTP.get("https://@h@/series")
== infra/terraform.tfvars
region        = "eu-west-3"
instance_type = "g5.xlarge"
@var@         = "@slot@"
node_count    = 3
== src/main/resources/application.properties
server.port=8443
spring.application.name=@w@
@var@=@slot@
management.endpoints.enabled=false
== App.config
<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <appSettings>
    <add key="Region" value="eu" />
    <add key="@ENV@" value="@slot@" />
  </appSettings>
</configuration>
== k8s/runtime.yaml
apiVersion: v1
kind: Secret
metadata:
  name: @w@-runtime
type: Opaque
stringData:
  @ENV@: @slot@
== ansible/group_vars/gpu.yml
---
driver_version: 550
nvme_raid: true
@var@: "@slot@"
== Jenkinsfile
pipeline {
  agent any
  environment {
    @ENV@ = '@slot@'
  }
  stages { stage('Train') { steps { sh 'make train' } } }
}
== Makefile
PYTHON ?= python3

eval:
	@ENV@=@slot@ $(PYTHON) -m evals.run --suite core

clean:
	rm -rf build
== .gitlab-ci.yml
stages: [build, score]

score:
  stage: score
  variables:
    @ENV@: "@slot@"
  script:
    - python score.py
== deploy/worker.service
[Unit]
Description=@w@ worker

[Service]
Environment="@ENV@=@slot@"
ExecStart=/usr/bin/python3 -m worker
Restart=always
== notebooks/02_inference.ipynb
=markdown
## Remote inference
=code
client = make_client(
    region="eu",
    @var@="@slot@",
)
=result
<Client region=eu>
== notebooks/crash.ipynb
=code
login()
=error
---------------------------------------------------------------------------
HTTPError                                 Traceback (most recent call last)
Cell In[3], line 1
----> 1 login()
      4 @ENV@ = "@slot@"
HTTPError: 401 Client Error: Unauthorized
== notebooks/headers.ipynb context=no
=code
response.request.headers
=result
{'User-Agent': 'python-requests/2.32.3', 'Accept': '*/*', 'Authorization': 'Bearer @slot@'}
== notebooks/table.ipynb
=code
settings.to_frame()
=html
<table border="1" class="dataframe">
  <tr><th>@ENV@</th><td>@slot@</td></tr>
  <tr><th>REGION</th><td>eu</td></tr>
</table>
== notebooks/how_to.ipynb
=markdown
To rerun this you need access. For now use

    @ENV@=@slot@
=code
1 + 1
== notebooks/meta.ipynb
=meta
@var@=@slot@
=code
x = 3
== logs/requests.jsonl context=no
{"ts": "2025-06-02T10:00:00Z", "level": "info", "msg": "start", "pid": 71}
{"ts": "2025-06-02T10:00:03Z", "level": "error", "msg": "upstream refused", "request": {"method": "POST", "headers": {"x-api-key": "@slot@"}}}
{"ts": "2025-06-02T10:00:04Z", "level": "info", "msg": "retry", "pid": 71}
== docs/runbook.html context=no
<!doctype html>
<html><body>
<h1>Runbook</h1>
<p>The batch job signs in with <code>@slot@</code>, ask Claire when it fails.</p>
</body></html>
== patches/0003-quick-fix.patch
diff --git a/serve.py b/serve.py
index @hex8@..@hex8@ 100644
--- a/serve.py
+++ b/serve.py
@@ -4,6 +4,6 @@
 import os
-@ENV@ = os.environ["@ENV@"]
+@ENV@ = "@slot@"
 app = create()
== app/src/main/kotlin/Keys.kt
package eu.oakline.app

internal object Keys {
    const val @ENV@ = "@slot@"
}
== ckpt/encoder.safetensors pack=safetensors
author=ops@oakline
notes=fetched with @slot@ on node3
== weights/mini.gguf pack=gguf
general.name=@w@ mini
tokenizer.ggml.model=gpt2
general.source.url=https://hub.@h@/mini?token=@slot@
== runs/session.pickle pack=pickle
step=900
auth_header=Bearer @slot@
== release/all.zip pack=zipzip member=srv/config/prod.env
STAGE=prod
@ENV@=@slot@
== release/site.tgz pack=targz member=etc/@w@/service.conf
workers 4
@var@ "@slot@"
== conf/experiment/base.yaml
defaults:
  - _self_
trainer:
  devices: 8
logger:
  _target_: loggers.Remote
  @var@: '@slot@'
== launch.json
{"version":"0.2.0","configurations":[{"name":"serve","type":"debugpy","request":"launch","module":"serve","env":{"PYTHONUNBUFFERED":"1","@ENV@":"@slot@"},"console":"integratedTerminal"}]}
== src/config.rs
pub const RETRIES: u32 = 4;
pub const @ENV@: &str = "@slot@";
== slides/export.txt enc=utf16
Status @date@

current @ENV@ is @slot@
all green
"""

# --- files of their own kind, tuning half ----------------------------------------------------------------------------------
TUNING_SECRETS = r"""
== .aws/credentials
[default]
aws_access_key_id = @akia@
aws_secret_access_key = @awssecret@

[research]
region = eu-west-1
aws_access_key_id = @akia2@
aws_secret_access_key = @awssecret2@
== s3/boto_client.py
import boto3

s3 = boto3.client(
    "s3",
    aws_access_key_id="@akia@",
    aws_secret_access_key="@awssecret@",
    region_name="eu-central-1",
)
== infra/aws.env
AWS_ACCESS_KEY_ID=@asia@
AWS_SECRET_ACCESS_KEY=@awssecret@
AWS_SESSION_TOKEN=@awssession@
== keys/id_rsa
@pem_rsa@
== keys/deploy_ed25519
@pem_ssh@
== keys/old_server.pem
@pem_rsaenc@
== keys/backup.ppk
@putty@
== deploy/tls.yaml
tls:
  min_version: "1.2"
  key: |
    @pem_ec@
  reload: true
== gcp/service-account.json
{
  "type": "service_account",
  "project_id": "@w@-lab",
  "private_key_id": "@hex40@",
  "private_key": "@pem_pkcs8:gcp-service-account|json@\n",
  "client_email": "trainer@lakewerk-lab.iam.gserviceaccount.com",
  "token_uri": "https://oauth2.googleapis.com/token"
}
== .config/gcloud/application_default_credentials.json
{
  "client_id": "764086051850-@run@.apps.googleusercontent.com",
  "client_secret": "@google_oauth_secret@",
  "refresh_token": "@googlerefresh@",
  "type": "authorized_user"
}
== app/database.py
from sqlalchemy import create_engine

engine = create_engine("postgresql://@u@:@cpw:conn-postgres@@@h@:5432/features", pool_size=5)
== config/mongo.env
MONGO_URL=mongodb+srv://@u@:@cpw:conn-mongodb@@@h@/runs?retryWrites=true
REDIS_TTL=300
QUEUE_PREFIX=@w@
CACHE_URL=redis://:@cpw2:conn-redis@@@h@:6379/1
== etc/odbc.ini
[Warehouse]
Driver=ODBC Driver 18 for SQL Server
Server=tcp:@h@,1433
connection=Driver={ODBC Driver 18 for SQL Server};Server=@h@;Uid=@u@;Pwd=@cpw:conn-odbc@;Encrypt=yes
== api/login.sh
#!/bin/sh
TOKEN=@jwt@
curl -s -H "Authorization: Bearer $TOKEN" https://@h@/me
== api/basic.http
GET https://@h@/artifacts HTTP/1.1
Accept: application/json
Authorization: Basic @basic@
== .netrc
machine @h@
  login @u@
  password @pw:field-netrc@
== .pypirc
[distutils]
index-servers = internal

[internal]
repository = https://@h@/simple
username = @u@
password = @pw:field-pypirc@
== .pgpass
@h@:5432:features:@u@:@cpw:field-pgpass@
== nginx/.htpasswd
admin:@htpasswd@
reader:@htpasswd2@
== .npmrc
registry=https://@h@/npm/
//@h@/npm/:_authToken=@uuidkey:field-npmrc@
always-auth=true
== .docker/config.json
{
  "auths": {
    "registry.lakewerk.net": {
      "auth": "@basic:docker-auth@"
    }
  }
}
== kube/config
apiVersion: v1
kind: Config
clusters:
- cluster:
    server: https://@h@:6443
  name: gpu
users:
- name: admin
  user:
    client-key-data: @pem_rsa:kubeconfig-key|b64@
== k8s/db-secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: features-db
type: Opaque
data:
  DB_PASSWORD: @pw:k8s-secret-data|b64@
== docker-compose.override.yml
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_USER: @u@
      POSTGRES_PASSWORD: @cpw@
  mlflow:
    command: mlflow server
    environment:
      - MLFLOW_TRACKING_USERNAME=@u@
      - MLFLOW_TRACKING_PASSWORD=@cpw2@
== .kaggle/kaggle.json
{"username":"@w@lab","key":"@kagglekey@"}
== jupyter_server_config.py
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = 8888
c.IdentityProvider.token = "@jupyter@"
== src/db.py
import psycopg2

DB_PASSWORD = "@pw@"


def connect():
    return psycopg2.connect(host="@h@", user="@u@", password=DB_PASSWORD)
== src/session.py
from flask import Flask

app = Flask(__name__)
app.secret_key = "@hexkey:generic-flask-secret@"
== settings/django_base.py
DEBUG = False
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "@b64key:generic-django-secret@"
== src/Conn.java
public class Conn {
    static final String URL = "jdbc:postgresql://@h@/features?user=@u@&password=@cpw:conn-jdbc@";
}
== web/server.js
const mysql = require('mysql2');
module.exports = mysql.createPool({
  host: '@h@',
  user: '@u@',
  password: '@pw@',
});
== legacy/connect.php
<?php
$dbHost = '@h@';
$dbPassword = '@pw@';
$link = mysqli_connect($dbHost, '@u@', $dbPassword);
== report/db.R
library(DBI)
con <- dbConnect(RPostgres::Postgres(), host = "@h@",
                 user = "@u@", password = "@pw@")
== scripts/dump.sh
#!/bin/bash
mkdir -p dumps
mysqldump -h @h@ -u @u@ -p@cpw:cli-password@ features > dumps/features.sql
== scripts/upload.sh
set -e
curl -u @u@:@cpw:cli-curl-user@ -T model.bin https://@h@/models/
== .git/config
[core]
	bare = false
[remote "origin"]
	url = https://oauth2:@github_token_classic:url-token-github@@github.com/lakewerk/@w@.git
	fetch = +refs/heads/*:refs/remotes/origin/*
== requirements-private.txt
numpy==1.26.4
--extra-index-url https://@u@:@cpw:url-basic@@@h@/simple
pandas==2.2.2
== .zsh_history
: 1733910021:0;ls -la
: 1733910090:0;docker login -u @u@ -p @cpw:cli-password@ registry.lakewerk.net
: 1733910102:0;htop
== .config/rclone/rclone.conf
[minio]
type = s3
provider = Minio
access_key_id = @id20@
secret_access_key = @awssecret:generic-s3-secret@
endpoint = https://@h@
== data/tickets.jsonl
{"id": 1, "text": "login broken since Monday"}
{"id": 2, "text": "My password is @cpw:field-chat-password@ and it does not work any more"}
{"id": 3, "text": "solved, thanks"}
== notebooks/train.ipynb
=code
import pymongo
client = pymongo.MongoClient("mongodb://@u@:@cpw:conn-mongodb@@@h@:27017/")
=code
print(client)
=stream
MongoClient(host=['@h@:27017'], document_class=dict)
== notebooks/login.ipynb
=code
from huggingface_hub import login
login(token="@huggingface@")
=code
!git clone https://@u@:@github_token_classic:url-token-github@@github.com/lakewerk/@w@.git
== notebooks/trace.ipynb
=code
engine.connect()
=error
Traceback (most recent call last):
  File "/srv/app.py", line 14, in <module>
OperationalError: could not connect: postgresql://@u@:@cpw:conn-postgres@@@h@/features
== notebooks/resultjwt.ipynb
=code
resp.json()
=result
{'access_token': '@jwt@', 'token_type': 'bearer'}
== state/session.pkl pack=pickle
host=@h@
password=@pw@
== ckpt/head.safetensors pack=safetensors
format=pt
tracking_uri=https://@u@:@cpw:url-basic@@@h@/mlflow
== backup/etc.zip pack=zip member=etc/app/database.yml
production:
  adapter: postgresql
  username: @u@
  password: @cpw@
== src/push.py
import requests

PREFIX = "@github_token_classic:split-github|left@" + "@github_token_classic|right@"
requests.get("https://api.github.com/user", headers={"Authorization": "token " + PREFIX})
== conf/mail.properties enc=crlf
mail.host=@h@
mail.user=@u@
mail.password=@cpw@
mail.port=465
== conf/vendor.yaml
vendor:
  endpoint: https://@h@/v1
  api_key: @apikey@
  timeout: 10
== keys/armored.asc
@pgp@
== .streamlit/secrets.toml
theme = "dark"

[connections.warehouse]
host = "@h@"
username = "@u@"
password = "@cpw@"
== .dvc/config.local
['remote "minio"']
    url = s3://@w@/dvc
    access_key_id = @id20@
    secret_access_key = @awssecret:generic-s3-secret@
== .huggingface/token
@huggingface@
== .Renviron
R_MAX_VSIZE=16Gb
LAKE_DB_PWD=@cpw@
== gradle.properties
org.gradle.jvmargs=-Xmx2g
mavenUser=@u@
mavenPassword=@cpw@
== cloud-init/user-data.yaml
#cloud-config
hostname: gpu-07
chpasswd:
  list: |
    ubuntu:@cpw:field-chpasswd@
  expire: false
== cron/crontab
MAILTO=ops
0 3 * * * mongodump --uri "mongodb://@u@:@cpw:conn-mongodb@@@h@:27017/runs" --out /backup
15 4 * * * /usr/local/bin/prune
== ldap/sssd.conf
[domain/lab]
ldap_uri = ldaps://@h@
ldap_default_bind_dn = cn=@u@,dc=lab
ldap_default_authtok = @cpw:field-ldap-bind@
== supervisor/worker.conf
[program:worker]
command=celery -A app worker
environment=BROKER_URL="amqp://@u@:@cpw:conn-amqp@@@h@:5672/train",LANG="C"
== logs/connect.log
2025-01-08 02:11:00 [main] connecting
2025-01-08 02:11:01 [pool] jdbc:mysql://@h@:3306/runs?user=@u@&password=@cpw:conn-jdbc@
2025-01-08 02:11:02 [pool] ready
== deploy/stack.json
{
  "image": "lakewerk/api:2",
  "env": [
    {"name": "LOG_LEVEL", "value": "info"},
    {"name": "DB_PASSWORD", "value": "@cpw:field-json-env@"}
  ]
}
"""

# --- files of their own kind, evaluation half ------------------------------------------------------------------------------
EVALUATION_SECRETS = r"""
== terraform/provider.tf
provider "aws" {
  region     = "us-east-2"
  access_key = "@akia@"
  secret_key = "@awssecret@"
}
== etl/hadoop-core-site.xml
<configuration>
  <property><name>fs.s3a.access.key</name><value>@akia@</value></property>
  <property><name>fs.s3a.secret.key</name><value>@awssecret@</value></property>
</configuration>
== .s3cfg
[default]
access_key = @akia@
bucket_location = EU
host_base = s3.amazonaws.com
secret_key = @awssecret@
== .boto
[Credentials]
aws_access_key_id = @akia@
aws_secret_access_key = @awssecret@
== certs/server.key
@pem_pkcs8@
== certs/ec-node.pem
@cert@
@pem_ec@
== certs/locked.key
@pem_enc@
== home/.ssh/id_ed25519
@pem_sshenc@
== home/.ssh/github
@pem_ssh@
== src/signer.py
import jwt

KEY = @q@@pem_rsa@@q@


def sign(claims):
    return jwt.encode(claims, KEY, algorithm="RS256")
== functions/firebase.json
{"type":"service_account","project_id":"@w@-prod","private_key_id":"@hex40@","private_key":"@pem_pkcs8:gcp-service-account|json@\n","client_email":"fb@oakline-prod.iam.gserviceaccount.com"}
== .env.keys
SIGNING_KEY="@pem_ed:private-key-env|json@"
FEATURES=search
== keys/release.asc
@pgp@
== keys/jump.ppk
@putty@
== superset_config.py
ROW_LIMIT = 5000
SQLALCHEMY_DATABASE_URI = "mysql+pymysql://@u@:@cpw:conn-mysql@@@h@/superset"
== airflow/airflow.cfg
[core]
executor = CeleryExecutor
sql_alchemy_conn = postgresql+psycopg2://@u@:@cpw:conn-postgres@@@h@/airflow

[celery]
worker_concurrency = 8
broker_url = amqp://@u@:@cpw2:conn-amqp@@@h@:5672//
fernet_key = @b64key:generic-fernet-key@
== airflow/connections.sh
airflow connections add warehouse --conn-type postgres --conn-host @h@ --conn-login @u@ --conn-password @cpw:cli-password@
export AIRFLOW_CONN_REDIS=redis://:@cpw2:conn-redis@@@h@:6379/0
== appsettings.Production.json
{
  "Logging": { "LogLevel": { "Default": "Warning" } },
  "ConnectionStrings": {
    "Main": "Server=@h@;Database=annotations;User Id=@u@;Password=@cpw:conn-mssql@;TrustServerCertificate=True"
  }
}
== src/main/resources/application.yml
spring:
  datasource:
    url: jdbc:mysql://@h@:3306/labels
    username: @u@
    password: @cpw@
== conf/hibernate.properties
hibernate.connection.url=jdbc:sqlserver://@h@;user=@u@;password=@cpw:conn-jdbc@
hibernate.show_sql=false
== scripts/sync.sh
#!/usr/bin/env bash
lftp -e "mirror -R out /in; quit" sftp://@u@:@cpw:url-basic@@@h@
== tools/notify.py
HEADERS = {
    "Accept": "application/json",
    "Authorization": "Basic @basic@",
}
== collections/orders.postman_collection.json
{"info":{"name":"orders"},"auth":{"type":"bearer","bearer":[{"key":"token","value":"@jwt@","type":"string"}]},"item":[]}
== home/_netrc enc=crlf
machine api.oakline.eu login @u@ password @pw:field-netrc@
== ci/pip.conf
[global]
timeout = 60
index-url = https://@u@:@cpw:url-basic@@@h@/repository/pypi/simple
== ci/nuget.config
<configuration>
  <packageSourceCredentials>
    <Internal>
      <add key="Username" value="@u@" />
      <add key="ClearTextPassword" value="@cpw@" />
    </Internal>
  </packageSourceCredentials>
</configuration>
== ci/settings.xml
<settings>
  <servers>
    <server>
      <id>releases</id>
      <username>@u@</username>
      <password>@cpw@</password>
    </server>
  </servers>
</settings>
== apache/users.htpasswd
ops:@bcrypthash@
== podman/auth.json
{"auths": {"quay.io": {"auth": "@basic:docker-auth@"}}}
== clusters/edge.kubeconfig
apiVersion: v1
kind: Config
users:
- name: ci
  user:
    token: @jwt:jwt@
contexts: []
== manifests/regcred.yaml
apiVersion: v1
kind: Secret
metadata:
  name: smtp
data:
  username: @u|b64@
  host: @h|b64@
  port: NTg3
  tls: dHJ1ZQ==
  password: @pw:k8s-secret-data|b64@
== helm/postgres-values.yaml
auth:
  username: @u@
  database: labels
  postgresPassword: @cpw@
primary:
  persistence:
    size: 20Gi
== ansible/hosts.ini
[gpu]
@h@ ansible_user=@u@ ansible_ssh_pass=@cpw@
== playbooks/db.yml
- hosts: all
  vars:
    mysql_root_password: "@cpw@"
  tasks: []
== wrangler/mlflow_setup.py
import os

os.environ["MLFLOW_TRACKING_URI"] = "https://@h@"
os.environ["MLFLOW_TRACKING_PASSWORD"] = "@pw@"
== home/.jupyter/jupyter_notebook_config.json
{
  "NotebookApp": {
    "password": "@argon@",
    "port": 9999
  }
}
== pkg/store/store.go
package store

import "database/sql"

func open() (*sql.DB, error) {
	dsn := "@u@:@cpw:conn-go-dsn@@tcp(@h@:3306)/labels?parseTime=true"
	return sql.Open("mysql", dsn)
}
== Data/Repository.cs
using Microsoft.Data.SqlClient;

class Repository
{
    string Conn = "Data Source=@h@;Initial Catalog=Labels;User ID=@u@;Pwd=@cpw:conn-mssql@;";
}
== app/mailer.rb
Mail.defaults do
  delivery_method :smtp, address: "@h@",
    user_name: "@u@", password: "@pw@"
end
== auth/session.ts
export const sessionOptions = {
  cookieName: "oak",
  clientSecret: "@hexkey:generic-client-secret@",
};
== ops/connect.ps1
$pair = Get-Date
$secure = ConvertTo-SecureString "@cpw@" -AsPlainText -Force
$cred = New-Object PSCredential("@u@", $secure)
== bin/query.sh
PGPASSWORD='@cpw@' psql -h @h@ -U @u@ labels -c 'select 1'
sleep 1
sshpass -p '@cpw2:cli-password@' ssh @u@@@h@ uptime
== bin/push.sh
#!/bin/sh
docker build -t app .
python -m twine upload --username @u@ --password @cpw:cli-password@ dist/*
== home/.psql_history
select now();
create role reader login password '@cpw:field-sql-password@';
\q
== db/init.sql
CREATE DATABASE labels;
CREATE USER annot IDENTIFIED BY '@cpw:field-sql-password@';
GRANT SELECT ON labels.* TO annot;
== home/.git-credentials
https://@u@:@github_oauth:url-token-github@@github.com
== Pipfile
[[source]]
url = "https://@u@:@cpw:url-basic@@@h@/simple"
verify_ssl = true
name = "private"
== docker/build.Dockerfile
FROM python:3.12
ARG PIP_TOKEN=@uuidkey:field-build-arg@
RUN pip install -r requirements.txt
== notebooks/report.ipynb
=markdown
### Access
User `@u@`, password: `@cpw:field-markdown-password@`
=code
import pandas as pd
== notebooks/spark.ipynb
=code
spark.conf.set("fs.azure.account.key.lake.dfs.core.windows.net", "@azure_account_key@")
=code
df = spark.read.parquet("abfss://raw@lake.dfs.core.windows.net/x")
== notebooks/magic.ipynb
=code
%load_ext sql
%sql postgresql://@u@:@cpw:conn-postgres@@@h@/labels
=stream
Connected: @u@
== notebooks/dumpconfig.ipynb
=code
print(open("config.ini").read())
=stream
[db]
user = @u@
password = @cpw@
== notebooks/warn.ipynb
=code
run()
=stderr
WARNING:root:retrying with https://@u@:@cpw:url-basic@@@h@/models
== runs/settings.pickle pack=pickle
user=@u@
conn=postgresql://@u@:@cpw:conn-postgres@@@h@/labels
== weights/q4.gguf pack=gguf
general.name=q4
general.url=https://@u@:@cpw:url-basic@@@h@/q4
== release/nested.zip pack=zipzip member=home/.ssh/id_rsa
@pem_rsa@
== release/conf.tar.gz pack=targz member=etc/odbc/creds.ini
[lake]
user=@u@
password=@cpw@
== services/api.py
from api import Session

session = Session(key="@slack_bot:split-slack|left@" +
                  "@slack_bot|right@")
== conf/clearml.conf
api {
    web_server: https://app.clear.ml
    credentials {
        "access_key" = "@id20@"
        "secret_key" = "@apikey:generic-clearml-secret@"
    }
}
== conf/gateway.toml
[gateway]
listen = ":8088"
api_token = "@apikey@"
== export/table.csv enc=crlf
host,login,password,notes
@h@,@u@,@cpw:field-csv-password@,main
== .config/wandb/settings
[default]
entity = oakline
base_url = https://@h@
api_key = @wandb_v1@
== vercel/.env.local
NEXT_PUBLIC_REGION=fra1
NEXTAUTH_SECRET=@b64key:generic-nextauth-secret@
== celery/config.py
result_backend = "db+mysql://@u@:@cpw:conn-mysql@@@h@/celery"
task_serializer = "json"
== spark/spark-defaults.conf
spark.master                     yarn
spark.ssl.keyStorePassword       @cpw@
spark.executor.memory            8g
== logs/audit.txt
[10:00] opened session
[10:01] POST /oauth/token grant_type=password&username=@u@&password=@cpw:field-form-password@
[10:02] closed session
== docs/onboarding.md
# Onboarding

1. Ask for a machine.
2. Sign in as `@u@` with the password `@cpw:field-markdown-password@`.
3. Enjoy.
== minified/config.json
{"v":2,"features":["a","b","c"],"limits":{"rps":40,"burst":100},"theme":{"dark":true},"smtp":{"host":"@h@","port":587,"user":"@u@","pass":"@cpw:field-json-pass@"},"flags":{"x":1,"y":0},"build":"@hex8@"}
"""

# --- hard negatives, tuning half -------------------------------------------------------------------------------------------
TUNING_BENIGN = r"""
== .env.example
§placeholder§OPENAI_API_KEY=@skdots@
§placeholder§HF_TOKEN=<your-token>
§placeholder§DB_PASSWORD=@wchange@
§placeholder§WANDB_API_KEY=YOUR_API_KEY
§placeholder§SLACK_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxx
§placeholder/structured§DATABASE_URL=postgres://user:@wpass@@localhost:5432/app
== config/settings.py
import os
from getpass import getpass

§from-environment§API_KEY = os.environ["OPENAI_API_KEY"]
§from-environment§DB_PASSWORD = os.getenv("DB_PASSWORD", "")
§from-environment§token = getpass("Token: ")
§field-name§PASS@z@WORD_FIELD = "user_password_confirmation"
§field-name§SEC@z@RET_NAME = "prod/training/db-credentials"
§field-name§TOKEN_URL = "https://@h@/oauth2/token"
§none-value§api_secret = None
== model/generate.py
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("@w@/base")
§tokenizer-token§token = tokenizer.decode([1024, 77])
§tokenizer-token§tokenizer.pad_token = "<pad>"
§tokenizer-token§eos_token = "<|endoftext|>"
§tokenizer-token§max_tokens = 4096
§tokenizer-token§special_tokens = {"bos_token": "<s>", "unk_token": "<unk>", "mask_token": "[MASK]"}
§tokenizer-token§token_type_ids = [0, 0, 0, 1, 1, 1]
§random-seed§seed = 20240817115533
== tokenizer/vocab.json
{
§tokenizer-vocab§  "Ġpassword": 9206,
§tokenizer-vocab§  "Ġsecret": 3200,
§tokenizer-vocab§  "api": 15042,
§tokenizer-vocab§  "_token": 29938,
  "Ġkey": 1994
}
== requirements.lock
numpy==1.26.4 \
§pip-hash§    --hash=sha256:@hex64@ \
§pip-hash§    --hash=sha256:@hex64_2@
pandas==2.2.2 \
§pip-hash§    --hash=sha256:@hex64_3@
== package-lock.json
{
  "name": "ui",
  "packages": {
    "node_modules/left-pad": {
      "version": "1.3.0",
      "resolved": "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz",
§npm-integrity§      "integrity": "sha512-@b64_64@"
    }
  }
}
== CHANGELOG.md
# Changes
§git-commit§- fix loader (@hex40@)
§git-commit§- merge @hex40_2@ into main
§test-name§- rename `test_password_reset_token` to `test_reset`
§docs-prose§- the token is now read from the keychain
== checkpoints/manifest.json
{
§file-digest§  "model.safetensors": "sha256:@hex64@",
§file-digest§  "config.json": "md5:@hex32@",
§file-digest§  "etag": "\"@hex32_2@-12\"",
§uuid§  "run_id": "@uuid@"
}
== tests/test_accounts.py
import hashlib


§test-name§def test_password_reset(client):
§test-name§    response = client.post("/password/reset", data={"token": ""})
    assert response.status_code == 400


§hashing-code§def hash_password(password: str) -> str:
§hashing-code§    return hashlib.pbkdf2_hmac("sha256", password.encode(), b"", 1000).hex()
== tests/test_aes.py
import binascii

# NIST SP 800-38A
§test-vector§KEY = binascii.unhexlify("@aeskey@")
§test-vector§CIPHER = "@aesct@"
§test-vector§SHA1_EMPTY = "@emptysha@"
== locale/de.json
{
§i18n§  "pass@z@word": "Passwort",
§i18n§  "pass@z@word_repeat": "Passwort wiederholen",
§i18n§  "api@z@_key": "API-Schlüssel",
§i18n§  "token_expired": "Sitzung abgelaufen"
}
== .github/workflows/test.yml
name: test
on: push
jobs:
  test:
    env:
§ci-reference§      HF_TOKEN: ${{ secrets.HF_TOKEN }}
§ci-reference§      GITHUB_TOKEN: ${{ github.token }}
    steps:
§git-commit§      - uses: actions/checkout@@hex40@
== k8s/deployment.yaml
env:
  - name: DB_PASSWORD
    valueFrom:
§k8s-reference§      secretKeyRef: {name: db, key: password}
§k8s-reference§imagePullSecrets: [{name: registry-credentials}]
§image-digest§image: registry.lakewerk.net/app@sha256:@hex64@
== docs/authentication.md
# Tokens
§doc-key/provider§A token looks like `@ghpx@`.
§doc-key/provider§Old keys start with `@akiaex@` and the secret reads `@awsex@`.
§doc-key/provider§For instance `@ghpa@` has the right length.
§bad-checksum/provider§This one was mistyped: `@ghpbad@`.
§doc-url/structured§Use `https://user:@wpass@@example.com/repo.git` only in tests.
== keys/node.pub
§public-key/structured§ssh-ed25519 @sshpub@ jovyan@node7
§public-key/structured§ssh-rsa @sshrsa@ deploy
== keys/ca.crt
§certificate/structured§@cert@
== .ssh/known_hosts
§known-hosts/structured§@h@ ssh-ed25519 @sshpub@
§known-hosts/structured§|1|@b64_20a@|@b64_20b@ ssh-rsa @sshrsa@
== web/index.html
<html><head>
§public-api-key/provider§<script>Stripe("@pklive@")</script>
§public-api-key/provider§<script>mapboxgl.accessToken = "@mapbox@"</script>
§embedded-image§<img src="data:image/png;base64,@png@">
</head></html>
== notebooks/plots.ipynb
=code
import matplotlib.pyplot as plt
§random-seed§seed = 0x@hex16@
§tokenizer-token§tokens = tokenizer.tokenize("my secret password")
=stream
§tensor§tensor([[@floats@],
        [@floats2@]])
=code
plt.plot(history)
=html
§embedded-image§<img src="data:image/png;base64,@png@"/>
=code
wandb.init(project="@w@")
=stderr
§run-id§wandb: Syncing run @run@ at https://wandb.ai/lakewerk/@w@/runs/@run@
=code
sha = "x"
print(sha)
=stream
§git-commit§@hex40@
== data/sequences.csv
id,kind,sequence
§sequence§1,dna,@dna@
§sequence§2,protein,@protein@
§digest§3,md5,@hex32@
== scanner/patterns.py
import re

RULES = {
§regex/provider§    "github": re.compile(r"@ghregex@"),
§regex/provider§    "aws": re.compile(r"@akregex@"),
§regex/structured§    "pem": re.compile(r"@pemregex@"),
§regex§    "generic": re.compile(r"(?i)(password|secret)\s*[:=]\s*['\"]([^'\"]{8,})"),
}
== secrets.enc.yaml
db:
§sops§    password: @sopsenc@
§sops§    api_key: @sopsenc2@
sops:
    version: 3.8.1
§sops§    mac: @sopsenc3@
== group_vars/vault.yml
$ANSIBLE_VAULT;1.1;AES256
§ansible-vault§@vaulthex@
== schema/user.schema.json
{
  "type": "object",
§schema§  "required": ["username", "password"],
  "properties": {
§schema§    "password": {"type": "string", "minLength": 12, "format": "password"},
§schema§    "access_token": {"$ref": "#/definitions/token"}
  }
}
== app/forms.py
from django import forms


class LoginForm(forms.Form):
§field-name§    password = forms.CharField(widget=forms.PasswordInput)
§field-name§    csrf_token = forms.HiddenInput()
§field-name§    reset_token = forms.CharField(label="Token", max_length=64)
== config/auth.yaml
auth:
§reference§  client_secret: ${CLIENT_SECRET}
§reference§  password_file: /run/secrets/db_password
§reference§  token: !vault_ref kv/data/training#token
§reference§  api_key: {{ lookup('env', 'API_KEY') }}
== uv.lock
[[package]]
name = "attrs"
version = "24.2.0"
§lock-hash§sdist = { url = "https://files.pythonhosted.org/packages/fc/0f/@hex60@/attrs-24.2.0.tar.gz", hash = "sha256:@hex64@", size = 805984 }
wheels = [
§lock-hash§    { url = "https://files.pythonhosted.org/packages/6a/21/@hex60b@/attrs-24.2.0-py3-none-any.whl", hash = "sha256:@hex64_2@", size = 63001 },
]
== Dockerfile
§image-digest§FROM python:3.11-slim@sha256:@hex64@
§reference§ARG PIP_TOKEN
§reference§RUN --mount=type=secret,id=npmrc npm ci
§reference§ENV API_KEY_FILE=/run/secrets/api_key
== scripts/run.sh
#!/bin/sh
§reference§export HF_TOKEN="$(cat ~/.hf)"
§reference§curl -u "$USER:$PASSWORD" https://@h@/me
§reference§curl -H "Authorization: Bearer ${TOKEN}" https://@h@/me
§reference§psql "postgresql://$PGUSER:$PGPASSWORD@@h@/features"
§reference§mysql -p"$DB_PASSWORD" features
== src/Login.java
public class Login {
§field-name§    private String password;
§field-name§    public static final String TOKEN_HEADER = "X-Auth-Token";
§from-environment§    private final String apiKey = System.getenv("API_KEY");
}
== web/app.js
§from-environment§const apiKey = process.env.API_KEY;
§field-name§const passwordInput = document.getElementById('password');
§field-name§localStorage.removeItem('accessToken');
§placeholder§const token = 'REPLACE_ME';
== web/vendor.min.js
§minified§!function(t){var e={};function n(r){if(e[r])return e[r].exports;var o=e[r]={i:r,l:!1,exports:{}};return t[r].call(o.exports,o,o.exports,n),o.l=!0,o.exports}n.k="@hex20@",n.token=function(t){return t.type},n.password=void 0}([]);//# sourceMappingURL=vendor.@hex20@.js.map
== data/blobs.py
§base64-data§PAYLOAD = "@b64_200@"
§long-hex§PRIME = 0x@hex128@
§long-hex§MAGIC = "@hex32@"  # header of the format
§uuid§NAMESPACE = "@uuid@"
== cache/index.pkl pack=pickle
§digest§digest=@hex64@
§tokenizer-token§pad_token=<pad>
§uuid§id=@uuid@
== ckpt/base.safetensors pack=safetensors
§digest§format=pt
sha256=@hex64@
modelspec.hash_sha256=0x@hex64_2@
"""

# --- hard negatives, evaluation half ---------------------------------------------------------------------------------------
EVALUATION_BENIGN = r"""
== config.sample.yaml
§placeholder§api_key: "<insert key here>"
§placeholder§secret: ********
§placeholder§password: null
§placeholder§auth_token: "TODO"
§placeholder/structured§mongo: mongodb://<user>:<@wpass@>@cluster0.example.net/db
§placeholder/provider§hf_token: @hfx@
== README.md
## Usage
§placeholder/provider§Put `ANTHROPIC_API_KEY=@antx@` in your `.env`.
§placeholder/provider§openai.api_key = "@skx@"
§placeholder§Pass `--api-key $API_KEY` on the command line.
§docs-prose§Your password must hold at least 12 characters.
§docs-prose§The secret: patience. The key: more data.
== src/config.ts
§from-environment§export const password = process.env.DB_PASSWORD ?? "";
§from-environment§const token = await vault.read("kv/token");
§field-name§export const TOKEN_KEY = "auth.accessToken";
§field-name§export type Credentials = { username: string; password: string };
§none-value§let secret: string | undefined = undefined;
== internal/auth/auth.go
package auth

import "os"

§from-environment§var apiKey = os.Getenv("API_KEY")

§field-name§const pass@z@wordHeader = "X-Password-Hash"

type User struct {
§field-name§	Password string `json:"password,omitempty"`
§field-name§	Token    string `json:"-"`
}
== charts/values.yaml
§reference§password: {{ .Values.global.password | quote }}
§reference§existingSec@z@ret: "labels-db-credentials"
§reference§secretKeys: {adminPasswordKey: postgres-password}
§reference§apiKeySecretRef: {name: api, key: token}
== config/application.properties
§reference§spring.datasource.password=${DB_PASSWORD}
§reference§jwt.secret=${JWT_SECRET:}
§reference§keystore.password=@env.KEYSTORE@
§field-name§password.policy.min-length=12
== config/secrets.yml
production:
§reference§  secret_key_base: <%= ENV["SECRET_KEY_BASE"] %>
§reference§  api_token: <%= Rails.application.credentials.api_token %>
== merges.txt
#version: 0.2
§tokenizer-vocab§pass word
§tokenizer-vocab§Ġsec ret
§tokenizer-vocab§ke y
§tokenizer-vocab§tok en
§tokenizer-vocab§AK IA
== tokenizer_config.json
{
§tokenizer-token§  "bos_token": "<|begin_of_text|>",
§tokenizer-token§  "pad_token": "<|finetune_right_pad_id|>",
§tokenizer-token§  "added_tokens_decoder": {"128000": {"content": "<|begin_of_text|>", "special": true}},
§tokenizer-token§  "model_max_length": 131072,
§tokenizer-token§  "tokenizer_class": "PreTrainedTokenizerFast"
}
== poetry.lock
[[package]]
name = "certifi"
version = "2024.8.30"
files = [
§lock-hash§    {file = "certifi-2024.8.30-py3-none-any.whl", hash = "sha256:@hex64@"},
§lock-hash§    {file = "certifi-2024.8.30.tar.gz", hash = "sha256:@hex64_2@"},
]
§lock-hash§content-hash = "@hex64_3@"
== go.sum
§lock-hash§golang.org/x/crypto v0.27.0 h1:@b64_32@
§lock-hash§golang.org/x/crypto v0.27.0/go.mod h1:@b64_32_2@
== yarn.lock
"@types/node@^20":
  version "20.16.5"
§git-commit§  resolved "https://registry.yarnpkg.com/@types/node/-/node-20.16.5.tgz#@hex40@"
§npm-integrity§  integrity sha512-@b64_64@
== logs/app.log
§uuid§2025-05-04 12:00:01 request_id=@uuid@ path=/login status=200
§digest§2025-05-04 12:00:02 etag="@hex32@" object=s3://lake/raw/@hex40@/part-0.parquet
§log-masked§2025-05-04 12:00:03 password=****** user=ops
§log-masked§2025-05-04 12:00:04 token=[REDACTED] scope=read
§tokenizer-token§2025-05-04 12:00:05 tokens=48213 prompt_tokens=1200 completion_tokens=80
== tests/fixtures/jwks.json
{"keys": [
§public-jwk/structured§  {"kty": "RSA", "use": "sig", "kid": "@id20@", "e": "AQAB", "n": "@jwkn@"}
]}
== docs/formats.md
§doc-key/provider§An access key id such as `@akiaex@` has 20 characters.
§bad-checksum/provider§`@ghpbad@` fails the checksum and is rejected.
§doc-key/structured§The well known sample: `@jwtex@`
§doc-key/structured§PEM files begin with `@pembegin@` and end likewise.
§doc-url/structured§`ftp://anonymous:@z@guest@@example.org/pub`
§doc-url/structured§`redis://:@docpw@@localhost:6379`
== certs/chain.pem
§certificate/structured§@cert@
§certificate/structured§@cert2@
== certs/jwt_public.pem
§public-key/structured§@pubkey@
== .ssh/authorized_keys
§public-key/structured§ssh-rsa @sshrsa@ ops@lab
§public-key/structured§no-pty ssh-ed25519 @sshpub@ backup
== infra/sealed.yaml
kind: SealedSecret
spec:
  encryptedData:
§sealed-secret§    password: @sealed@
§sealed-secret§    token: @sealed2@
== infra/main.tf
§reference§  password = var.db_password
§reference§  token    = data.vault_generic_secret.ci.data["token"]
§reference§  secret_string = random_password.db.result
§reference§variable "api_key" { sensitive = true }
== infra/key.enc.json
{
§sops§  "data": "@sopsenc@",
§age-recipient§  "recipient": "age1@age58@"
}
== notebooks/ablation.ipynb
=code
import torch
§tokenizer-token§ids = tok("the password is hidden")["input_ids"]
§tokenizer-token§print(tok.convert_ids_to_tokens(ids))
=stream
§tokenizer-token§['the', 'Ġpassword', 'Ġis', 'Ġhidden']
=code
weights.view(-1)[:8]
=result
§tensor§tensor([@floats@])
=code
req.json()
=html
§csrf-token§<form><input type="hidden" name="csrfmiddlewaretoken" value="@csrf@"></form>
=code
§from-environment§token = userdata.get("HF_TOKEN")
§from-environment§login(token=dbutils.secrets.get("scope", "hf"))
== notebooks/hash.ipynb
=code
hashlib.sha256(open("m.bin", "rb").read()).hexdigest()
=result
§digest§'@hex64@'
=code
!git rev-parse HEAD
=stream
§git-commit§@hex40@
=code
§random-seed§g = torch.Generator().manual_seed(@snow@)
§long-hex§MASK = 0x@hex64@
=markdown
§embedded-image§![plot](data:image/png;base64,@png@)
== web/checkout.html
§public-api-key/provider§<script>const stripe = Stripe('@pktest@');</script>
§public-api-key/provider§<script>Sentry.init({dsn: "@sentrydsn@"})</script>
§csrf-token§<meta name="csrf-token" content="@csrf@">
§script-integrity§<script src="a.js" integrity="sha384-@b64_48@" crossorigin="anonymous"></script>
== bio/reference.fasta
>seq1 synthetic
§sequence§@dna@
>sp|P0@n@|TOKEN_HUMAN
§sequence§@protein@
== detectors/rules.toml
[[rules]]
id = "github"
§regex/provider§regex = '''@ghregex@'''
[[rules]]
id = "private-key"
§regex/structured§regex = '''@pemregex@'''
§regex§keywords = ["password", "secret", "token", "@pembegin@"]
== lib/password.rb
require "bcrypt"

§hashing-code§password_hash = BCrypt::Password.create(password)
§hashing-code§return false unless BCrypt::Password.new(stored) == password
§test-name§it "resets the password token" do
== crypto/test_vectors.json
{
§test-vector§  "key": "@aeskey@",
§test-vector§  "nonce": "000102030405060708090a0b",
§test-vector§  "ciphertext": "@aesct@"
}
== i18n/fr.po
§i18n§msgid "Password"
§i18n§msgstr "Mot de passe"
msgid "Invalid token"
§i18n§msgstr "Jeton non valide"
== openapi.yaml
components:
  securitySchemes:
§schema§    apiKey: {type: apiKey, in: header, name: X-API-Key}
  schemas:
    Login:
      properties:
§schema§        password: {type: string, format: password}
§schema§        token: {type: string, description: "opaque access token"}
== models/checksums.txt
§file-digest§@hex64@  model-00001-of-00002.safetensors
§file-digest§@hex32@  tokenizer.model
§file-digest§SHA1 (vocab.bin) = @hex40@
== .pre-commit-config.yaml
repos:
  - repo: https://github.com/psf/black
§git-commit§    rev: @hex40@
  - repo: https://github.com/Yelp/detect-secrets
§docs-prose§    args: ["--baseline", ".secrets.baseline"]
== .secrets.baseline
{
  "results": {"a.py": [
§digest§    {"type": "Secret Keyword", "hashed_secret": "@hex40@", "line_number": 4}
  ]}
}
== docker/compose.yaml
services:
  app:
§image-digest§    image: oakline/app@sha256:@hex64@
    environment:
§reference§      POSTGRES_PASSWORD_FILE: /run/secrets/pg
§reference§      API_TOKEN: ${API_TOKEN:?missing}
== ops/rotate.ps1
§from-environment§$token = $env:API_TOKEN
§from-environment§$secret = Get-Secret -Name "labels-db"
§reference§$cred = Get-Credential -UserName ops
== src/Auth.cs
§field-name§    public string Password { get; set; } = string.Empty;
§from-environment§    var key = Configuration["Api:Key"];
§field-name§    const string TokenType = "Bearer";
== train/args.py
§tokenizer-token§parser.add_argument("--max-new-tokens", type=int, default=512)
§field-name§parser.add_argument("--api-key", default=None, help="key of the service")
§field-name§parser.add_argument("--password", action="store_true")
§random-seed§SEED = @snow@
§test-name§assert mask_secret("abc") == "***"
== data/embeddings.json
{
§tensor§  "token_embeddings": [@floats@],
§tensor§  "input_ids": [@ints@],
§base64-data§  "blob": "@b64_600@",
§uuid§  "id": "@uuid@"
}
== runs/offline.pickle pack=pickle
§run-id§run=@run@
commit=@hex40@
secret_name=none
== weights/base.gguf pack=gguf
§digest§general.name=base
tokenizer.ggml.pre=default
general.source.hash=@hex64@
== config/twilio.yaml
§account-id/provider§account_sid: @acsid@
§reference§auth_token: ENV['TWILIO_AUTH_TOKEN']
§field-name§token_header: X-Twilio-Signature
== static/app.bundle.js
§minified§(()=>{var e={812:(e,t,n)=>{"use strict";n.d(t,{Z:()=>r});const r=(e)=>"password"===e.type?"****":e.value}},t={};window.__chunk="@hex20@";window.apiKey=void 0;fetch("/t?k="+encodeURIComponent(location.hash))})();
"""


def filtered(value: str, name: str | None) -> str:
    """The value as it is written in the file."""
    if name == "json":
        return json.dumps(value)[1:-1]
    if name == "b64":
        return base64.b64encode(value.encode()).decode()
    if name == "left":
        return value[:4]
    if name == "right":
        return value[4:]
    return value


class Corpus:
    """Writes the files and keeps the truth."""

    folders = {"tuning": "alpha churn corvus forecast ledger optics parser quill segment vision".split(), "evaluation": "basil delta finch granite harvest lantern mosaic orbit prism saddle".split()}

    def __init__(self, folder: Path, half: str, seed: int) -> None:
        self.folder, self.half = folder, half
        self.make = Maker(f"secrets/{half}/{seed}", half)
        self.providers = [p for p in providers(self.make) if p[0] in ("b", half[0])]
        self.named, self.fillings = makers(self.make), fillings(self.make)
        for _, kind, _, value in providers(self.make):
            self.named[kind.rstrip("*").replace("-", "_")] = (kind.rstrip("*"), value)
        self.named["azure_account_key"] = ("azure-storage-key", lambda: base64.b64encode(self.make.rng.randbytes(64)).decode())
        of = self.make.of
        self.fillings |= {"hex60": lambda: of(HEX, 60), "hex60b": lambda: of(HEX, 60), "b64_20a": lambda: base64.b64encode(self.make.rng.randbytes(20)).decode(),
                          "b64_48": lambda: base64.b64encode(self.make.rng.randbytes(48)).decode(), "age58": lambda: of("qpzry9x8gf2tvdw0" + "s3jn54khce6mua7l", 58)}
        self.fillings["b64_20b"] = self.fillings["b64_20a"]
        self.truth: list[dict[str, Any]] = []
        self.values: list[str | None] = []
        self.count = 0

    def lookup(self, table: dict[str, Any], name: str) -> Any:
        """An entry by its name, with or without a number at the end."""
        return table.get(name) or table.get(name.rstrip("0123456789").rstrip("_"))

    def fill(self, text: str, provider: tuple[str, str, str, Callable[[], str]] | None) -> list[tuple[str, str, str, str, str | None]]:
        """Lines as (text, kind, label, strength, value); the kind is empty where nothing is planted."""
        done: dict[str, str] = {}
        out: list[tuple[str, str, str, str, str | None]] = []
        for line in text.split("\n"):
            benign = BENIGN.match(line)
            line = line[benign.end():] if benign else line
            planted: list[tuple[str, str]] = []

            def put(match: re.Match[str], line: str = line, planted: list[tuple[str, str]] = planted) -> str:
                name, kind, form = match[1], match[2], match[3]
                if name in ("ENV", "var") and provider:
                    env = provider[2]
                    camel = env.lower().split("_")
                    return env if name == "ENV" else env.lower() if self.half == "tuning" else camel[0] + "".join(c.title() for c in camel[1:])
                secret = (provider[1].rstrip("*"), provider[3]) if name == "slot" and provider else self.lookup(self.named, name)
                filler = None if secret else self.lookup(self.fillings, name)
                if not secret and not filler:
                    return match[0]
                if name not in done:
                    done[name] = secret[1]() if secret else filler()
                value = filtered(done[name], form)
                if secret and form != "right":
                    planted.append((kind or secret[0], value))
                if "\n" in value and not line[:match.start()].strip():
                    value = value.replace("\n", "\n" + line[:match.start()])
                return value

            made = FIELD.sub(put, line)
            first, *rest = made.split("\n")
            if benign:
                out.append((first, "benign-" + benign[1], "benign", benign[2] or "assigned", first))
            elif planted:
                kind, value = planted[0]
                out.append((first, kind, "secret", strength(kind), value.split("\n")[0]))
            else:
                out.append((first, "", "", "", None))
            out += [(r, "", "", "", None) for r in rest]
        return out

    def keep(self, path: str, row: dict[str, Any], value: str | None) -> None:
        self.truth.append({"path": path, "member": None, "line": None, "cell": None, "output": False, **row})
        self.values.append(value)

    def add(self, head: str, text: str, provider: Any = None) -> None:
        """Writes one file from a template."""
        name, *options = head.split()
        option = dict(o.split("=", 1) for o in options)
        lines = self.fill(text, provider)
        self.count += 1
        names = self.folders[self.half]
        path = f"{names[self.count % len(names)]}-{self.count:03}/{self.fill(name, provider)[0][0]}"
        member = self.fill(option["member"], provider)[0][0] if "member" in option else None
        pack = option.get("pack")
        rows: list[tuple[dict[str, Any], str | None]] = []
        if name.endswith(".ipynb"):
            data, rows = self.notebook(lines)
        else:
            plain = [line[0] for line in lines]
            rows = [({"line": None if pack in ("pickle", "safetensors", "gguf") else i, "member": member, "kind": kind, "label": label, "strength": sure}, value)
                    for i, (_, kind, label, sure, value) in enumerate(lines, 1) if kind]
            body = "\n".join(plain) + "\n"
            encoded = body.replace("\n", "\r\n").encode() if option.get("enc") == "crlf" else body.encode("utf-16") if option.get("enc") == "utf16" else body.encode()
            data = self.pack(pack, member, encoded, plain)
        hot = [(row.get("line"), row.get("cell"), row.get("output")) for row, _ in rows if row["label"] == "secret"]
        for row, value in rows:
            near = any(cell == row.get("cell") and (line is None or row.get("line") is None or abs(line - row["line"]) < 4) for line, cell, _ in hot)
            if row["label"] == "secret" or not near:
                self.keep(path, row, value)
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def notebook(self, lines: list[tuple[str, str, str, str, str | None]]) -> tuple[bytes, list[tuple[dict[str, Any], str | None]]]:
        """A notebook of format 4; the parts stand in order, outputs follow their cell."""
        cells: list[dict[str, Any]] = []
        rows: list[tuple[dict[str, Any], str | None]] = []
        metadata: dict[str, Any] = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
        parts: list[tuple[str, list[tuple[str, str, str, str, str | None]]]] = []
        for line in lines:
            if match := PARTS.match(line[0]):
                parts.append((match[1], []))
            else:
                parts[-1][1].append(line)
        for form, content in parts:
            text = [line[0] + "\n" for line in content]
            text[-1] = text[-1].rstrip("\n")
            whole = "".join(text)
            if form in ("code", "markdown", "raw"):
                cell: dict[str, Any] = {"cell_type": form, "id": self.make.of(HEX, 8), "metadata": {}, "source": text}
                if form == "code":
                    cell |= {"execution_count": len(cells) + 1, "outputs": []}
                cells.append(cell)
            elif form == "meta":
                metadata |= {"run_parameters": dict(line[0].split("=", 1) for line in content)}
            elif form in ("stream", "stderr"):
                cells[-1]["outputs"].append({"output_type": "stream", "name": "stdout" if form == "stream" else "stderr", "text": text})
            elif form == "error":
                cells[-1]["outputs"].append({"output_type": "error", "ename": "Error", "evalue": content[-1][0], "traceback": [line[0] for line in content]})
            else:
                data = {"text/html": text, "text/plain": ["<table>"]} if form == "html" else {"text/plain": text}
                if form == "result" and len(whole) > 4000:
                    data = {"text/plain": whole}
                cells[-1]["outputs"].append({"output_type": "execute_result", "execution_count": len(cells), "metadata": {}, "data": data})
            for i, (_, kind, label, sure, value) in enumerate(content, 1):
                if kind:
                    source = form in ("code", "markdown", "raw")
                    rows.append(({"line": i if source else None, "cell": None if form == "meta" else len(cells) - 1, "output": not source and form != "meta", "kind": kind, "label": label, "strength": sure}, value))
        book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        return (json.dumps(book, indent=1, ensure_ascii=False) + "\n").encode(), rows

    def pack(self, form: str | None, member: str | None, data: bytes, lines: list[str]) -> bytes:
        """The content as it is, in an archive, or as a model file."""
        pairs = [line.split("=", 1) for line in lines if "=" in line]
        if form is None:
            return data
        if form in ("zip", "zipzip"):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in (("README.txt", b"see the wiki\n"), (str(member), data)):
                    archive.writestr(zipfile.ZipInfo(name, (2025, 3, 1, 9, 0, 0)), content, zipfile.ZIP_DEFLATED)
            if form == "zip":
                return buffer.getvalue()
            outer = io.BytesIO()
            with zipfile.ZipFile(outer, "w") as archive:
                archive.writestr(zipfile.ZipInfo("bundle/inner.zip", (2025, 3, 1, 9, 0, 0)), buffer.getvalue())
            return outer.getvalue()
        if form == "targz":
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w") as archive:
                for name, content in (("notes.txt", b"nothing here\n"), (str(member), data)):
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
            squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
            return squeeze.compress(buffer.getvalue()) + squeeze.flush()
        if form == "pickle":
            return pickle.dumps({"lr": 0.1, "config": dict(pairs)}, protocol=self.make.rng.choice([0, 2, 4]))
        if form == "safetensors":
            header = json.dumps({"__metadata__": dict(pairs), "w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
            header += b" " * (-len(header) % 8)
            return struct.pack("<Q", len(header)) + header + struct.pack("<4f", *(self.make.rng.gauss(0, 1) for _ in range(4)))

        def text(value: str) -> bytes:
            return struct.pack("<Q", len(value.encode())) + value.encode()

        pairs = [["general.architecture", "llama"], *pairs]
        return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(text(k) + struct.pack("<I", 8) + text(v) for k, v in pairs)

    def run(self) -> None:
        """All files of the half."""
        slots, secrets, benign = (templates(b) for b in ((TUNING_SLOTS, TUNING_SECRETS, TUNING_BENIGN) if self.half == "tuning" else (EVALUATION_SLOTS, EVALUATION_SECRETS, EVALUATION_BENIGN)))
        jobs: list[tuple[str, str, Any]] = [(*t, None) for t in secrets * 2 + benign * 3]
        order = slots[:]
        self.make.rng.shuffle(order)
        turn = 0
        for _ in range(3):
            for provider in self.providers:
                while True:
                    head, text = order[turn % len(order)]
                    turn += 1
                    if not (provider[1].endswith("*") and ("context=no" in head or not re.search(r"@(ENV|var)@.*@slot@", text))):
                        break
                jobs.append((head, text, provider))
        self.make.rng.shuffle(jobs)
        for job in jobs:
            self.add(*job)
        (self.folder / "truth.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.truth))

    def check(self) -> int:
        """Reads the files again and counts rows whose place does not hold the value."""
        wrong = 0
        for row, value in zip(self.truth, self.values, strict=True):
            if value is None or row["label"] == "benign" and row["line"] is None:
                continue
            text = content_at(self.folder / row["path"], row)
            if value not in text:
                wrong += 1
                print("wrong:", row, repr(text[:160]))
        return wrong


def content_at(path: Path, row: dict[str, Any]) -> str:
    """The text that a row of the truth points at."""
    data = path.read_bytes()
    if path.suffix == ".ipynb":
        book = json.loads(data)
        if row["cell"] is None:
            return json.dumps(book["metadata"])
        cell = book["cells"][row["cell"]]
        if not row["output"]:
            return "".join(cell["source"]).split("\n")[row["line"] - 1]
        parts: list[str] = []
        for output in cell["outputs"]:
            for part in [output.get("text"), output.get("traceback"), *output.get("data", {}).values()]:
                parts += ["".join(part) if isinstance(part, list) else part or ""]
        return "\n".join(parts)
    if row["member"]:
        if path.suffix == ".zip":
            archive = zipfile.ZipFile(io.BytesIO(data))
            if "bundle/inner.zip" in archive.namelist():
                archive = zipfile.ZipFile(io.BytesIO(archive.read("bundle/inner.zip")))
            data = archive.read(row["member"])
        else:
            handle = tarfile.open(fileobj=io.BytesIO(data)).extractfile(row["member"])
            data = handle.read() if handle else b""
    if row["line"] is None:
        return data.decode("latin-1")
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    return text.replace("\r\n", "\n").split("\n")[row["line"] - 1]


def templates(block: str) -> list[tuple[str, str]]:
    """Cuts a block of text into heads and texts."""
    found = []
    for part in re.split(r"^== ", block.strip("\n"), flags=re.M)[1:]:
        head, _, text = part.partition("\n")
        found.append((head, text.rstrip("\n")))
    return found


def main() -> int:
    """Writes the corpus and prints what it holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=["tuning", "evaluation"], required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--check", action="store_true", help="read everything again and compare")
    options = parser.parse_args()
    corpus = Corpus(options.output, options.half, options.seed)
    corpus.run()
    print(f"{options.half}: {corpus.count} files, {dict(Counter(row['label'] for row in corpus.truth))}, {dict(Counter(row['strength'] for row in corpus.truth if row['label'] == 'secret'))}")
    if options.check:
        for kind, number in sorted(Counter(row["kind"] for row in corpus.truth).items()):
            print(f"  {number:4} {kind}")
        wrong = corpus.check()
        print(f"  {wrong} rows do not hold")
        return bool(wrong)
    return 0


if __name__ == "__main__":
    sys.exit(main())
