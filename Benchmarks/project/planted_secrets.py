#!/usr/bin/env python3
"""Writes files with planted secrets and benign look-alikes, and says where each one is.

    planted_secrets.py --half tuning|evaluation --output DIR [--seed N]

Values are made at run time from the seed by the providers' published forms, check sums included; none of them stands here. The halves
share neither a context nor, but for the common ones, a provider. Truth: one JSON object a row in truth.jsonl, as README-notebooks.md says;
`strength` tells provider tokens, structured secrets and plain assignments apart.
"""
from __future__ import annotations

import argparse
import base64
import gzip
import io
import json
import pickle
import random
import string
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from pathlib import Path

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALNUM, HEX = LOWER + UPPER + DIGITS, DIGITS + "abcdef"
URL_SAFE = ALNUM + "-_"
BASE62 = DIGITS + UPPER + LOWER


class Maker:
    """Random values."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def of(self, alphabet: str, count: int) -> str:
        return "".join(self.random.choices(alphabet, k=count))

    def base62(self, value: int, width: int) -> str:
        text = ""
        while value:
            value, rest = divmod(value, 62)
            text = BASE62[rest] + text
        return text.rjust(width, "0")

    def checked(self, prefix: str, count: int) -> str:
        """GitHub's and npm's form: a CRC-32 in base 62 at the end (github.blog, 2021-04-05)."""
        body = self.of(ALNUM, count)
        return prefix + body + self.base62(zlib.crc32(body.encode()), 6)

    def jwt(self) -> str:
        def part(value: object) -> str:
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

        claims = {"sub": self.of(DIGITS, 8), "iss": "auth", "exp": 4102444800 + self.random.randrange(10**6)}
        return ".".join([part({"alg": "HS256", "typ": "JWT"}), part(claims), self.of(URL_SAFE, 43)])

    def pem(self, kind: str, size: int) -> str:
        body = base64.b64encode(self.random.randbytes(size)).decode()
        lines = [body[i : i + 64] for i in range(0, len(body), 64)]
        return "\n".join(["-" * 5 + f"BEGIN {kind}" + "-" * 5, *lines, "-" * 5 + f"END {kind}" + "-" * 5])

    def password(self) -> str:
        while True:
            text = self.of(ALNUM + "!@%^*-_+=", self.random.randrange(11, 18))
            if any(c in DIGITS for c in text) and any(c in LOWER for c in text) and any(c in UPPER for c in text):
                return text


def providers(make: Maker, half: str) -> list[tuple[str, str, str]]:
    """Kind, a name for the variable, value. Prefixes are joined from parts so that no scanner takes this file for a leak."""
    of = make.of
    both = [
        ("github-classic", "GITHUB_TOKEN", make.checked("gh" + make.random.choice("pousr") + "_", 30)),
        ("huggingface", "HF_TOKEN", "hf" + "_" + of(LOWER + UPPER, 34)),
        ("aws-key-id", "AWS_ACCESS_KEY_ID", "AK" + "IA" + of(UPPER + "234567", 16)),
        ("openai-project", "OPENAI_API_KEY", "sk-" + "proj-" + of(URL_SAFE, 74) + "T3Blbk" + "FJ" + of(URL_SAFE, 74)),
    ]
    tuning = [
        ("github-fine", "GH_PAT", "github" + "_pat_" + of(ALNUM, 22) + "_" + of(ALNUM, 59)),
        ("openai", "OPENAI_KEY", "sk-" + of(ALNUM, 20) + "T3Blbk" + "FJ" + of(ALNUM, 20)),
        ("slack-bot", "SLACK_BOT_TOKEN", "xo" + "xb-" + of(DIGITS, 12) + "-" + of(DIGITS, 12) + "-" + of(ALNUM, 24)),
        ("slack-webhook", "SLACK_URL", "https://hooks.slack" + ".com/services/T" + of(UPPER + DIGITS, 8) + "/B" + of(UPPER + DIGITS, 8) + "/" + of(ALNUM, 24)),
        ("stripe", "STRIPE_KEY", "sk_" + "live_" + of(ALNUM, 24)),
        ("google-api", "MAPS_KEY", "AI" + "za" + of(URL_SAFE, 35)),
        ("gitlab", "GITLAB_TOKEN", "gl" + "pat-" + of(URL_SAFE, 20)),
        ("npm", "NPM_TOKEN", make.checked("np" + "m_", 30)),
        ("pypi", "TWINE_PASSWORD", "py" + "pi-" + "AgEIcHlwaS5vcmc" + of(URL_SAFE, 140)),
        ("sendgrid", "SENDGRID", "SG" + "." + of(URL_SAFE, 22) + "." + of(URL_SAFE, 43)),
        ("replicate", "REPLICATE_API_TOKEN", "r8" + "_" + of(ALNUM, 37)),
        ("groq", "GROQ_API_KEY", "gs" + "k_" + of(ALNUM, 52)),
        ("databricks", "DATABRICKS_TOKEN", "da" + "pi" + of(HEX, 32)),
        ("digitalocean", "DO_TOKEN", "do" + "p_v1_" + of(HEX, 64)),
        ("nvidia", "NGC_KEY", "nv" + "api-" + of(URL_SAFE, 64)),
        ("langsmith", "LANGCHAIN_API_KEY", "lsv2" + "_pt_" + of(HEX, 32) + "_" + of(HEX, 10)),
        ("telegram", "BOT", of("123456789", 1) + of(DIGITS, 9) + ":AA" + of(URL_SAFE, 33)),
        ("shopify", "SHOP", "shp" + "at_" + of(HEX, 32)),
        ("vault", "VAULT_TOKEN", "hv" + "s." + of(URL_SAFE, 95)),
        ("azure-storage", "AZURE", "DefaultEndpointsProtocol=https;AccountName=data;Account" + "Key=" + base64.b64encode(make.random.randbytes(64)).decode() + ";EndpointSuffix=core.windows.net"),
        ("wandb", "WANDB_API_KEY", of(HEX, 40)),
        ("perplexity", "PPLX", "pp" + "lx-" + of(ALNUM, 48)),
    ]
    evaluation = [
        ("anthropic", "ANTHROPIC_API_KEY", "sk-" + "ant-api03-" + of(URL_SAFE, 93) + "AA"),
        ("openai-service", "OPENAI_SVC", "sk-" + "svcacct-" + of(URL_SAFE, 74) + "T3Blbk" + "FJ" + of(URL_SAFE, 74)),
        ("slack-user", "SLACK_TOKEN", "xo" + "xp-" + of(DIGITS, 12) + "-" + of(DIGITS, 12) + "-" + of(DIGITS, 12) + "-" + of(HEX, 32)),
        ("discord-webhook", "HOOK", "https://discord" + ".com/api/webhooks/" + of(DIGITS, 18) + "/" + of(URL_SAFE, 68)),
        ("stripe-restricted", "PAY_KEY", "rk_" + "live_" + of(ALNUM, 24)),
        ("google-oauth", "CLIENT_SECRET", "GOC" + "SPX-" + of(URL_SAFE, 28)),
        ("gitlab-runner", "RUNNER", "gl" + "rt-" + of(URL_SAFE, 20)),
        ("docker", "DOCKER_PAT", "dckr" + "_pat_" + of(URL_SAFE, 27)),
        ("twilio", "TWILIO_SID_KEY", "S" + "K" + of(HEX, 32)),
        ("mailgun", "MAIL_KEY", "ke" + "y-" + of(HEX, 32)),
        ("xai", "XAI_API_KEY", "xa" + "i-" + of(ALNUM, 80)),
        ("pinecone", "PINECONE_API_KEY", "pc" + "sk_" + of(ALNUM, 6) + "_" + of(ALNUM, 63)),
        ("notion", "NOTION", "nt" + "n_" + of(DIGITS, 11) + of(ALNUM, 35)),
        ("linear", "LINEAR", "lin" + "_api_" + of(ALNUM, 40)),
        ("postman", "POSTMAN", "PM" + "AK-" + of(HEX, 24) + "-" + of(HEX, 34)),
        ("newrelic", "NEW_RELIC", "NR" + "AK-" + of(UPPER + DIGITS, 27)),
        ("supabase", "SUPABASE", "sb" + "p_" + of(HEX, 40)),
        ("grafana", "GRAFANA", grafana(make)),
        ("doppler", "DOPPLER", "dp" + ".pt." + of(ALNUM, 43)),
        ("terraform", "TFE_TOKEN", of(ALNUM, 14) + "." + "atlas" + "v1." + of(URL_SAFE, 64)),
        ("atlassian", "JIRA", "ATA" + "TT3xFfGF0" + of(URL_SAFE, 171) + "=" + of(DIGITS + "ABCDEF", 8)),
        ("square", "SQUARE", "EA" + "AA" + of(URL_SAFE, 60)),
        ("age", "AGE", age(make)),
        ("azure-client", "AZURE_CLIENT_SECRET", of(ALNUM, 3) + "8" + "Q~" + of(ALNUM + "_-.~", 34)),
        ("comet", "COMET_API_KEY", of(ALNUM, 25)),
    ]
    return both + (tuning if half == "tuning" else evaluation)


def grafana(make: Maker) -> str:
    """The check sum is over the prefix too, lowest byte first (grafana/pkg/components/satokengen)."""
    start = "gl" + "sa_" + make.of(ALNUM, 32)
    return start + "_" + zlib.crc32(start.encode()).to_bytes(4, "little").hex()


def age(make: Maker) -> str:
    """Bech32 of 32 bytes (BIP 173; filippo.io/age)."""
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

    def polymod(values: list[int]) -> int:
        check = 1
        for value in values:
            top = check >> 25
            check = (check & 0x1FFFFFF) << 5 ^ value
            for i, generator in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
                check ^= generator if top >> i & 1 else 0
        return check

    number, data = int.from_bytes(make.random.randbytes(32), "big") << 4, []
    for shift in range(51, -1, -1):
        data.append(number >> 5 * shift & 31)
    human = "age-secret" + "-key-"
    expanded = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    check = polymod(expanded + data + [0] * 6) ^ 1
    data += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return (human + "1" + "".join(alphabet[d] for d in data)).upper()


def structured(make: Maker, half: str) -> list[tuple[str, str]]:
    user, word, host = make.of(LOWER, 6), make.password().replace("@", "x"), make.of(LOWER, 8) + ".internal.net"
    if half == "tuning":
        return [
            ("rsa-key", make.pem("RSA PRIVATE" + " KEY", 1190)),
            ("openssh-key", make.pem("OPENSSH PRIVATE" + " KEY", 400)),
            ("postgres", f"postgres" + f"ql://{user}:{word}@{host}:5432/app"),
            ("mongodb", f"mongodb+srv" + f"://{user}:{word}@{host}/db"),
            ("jwt", make.jwt()),
        ]
    return [
        ("pkcs8-key", make.pem("PRIVATE" + " KEY", 1216)),
        ("ec-key", make.pem("EC PRIVATE" + " KEY", 121)),
        ("mysql", f"mysql+pymysql" + f"://{user}:{word}@{host}/train"),
        ("redis", f"redis" + f"://:{word}@{host}:6379/0"),
        ("amqp", f"amqps" + f"://{user}:{word}@{host}/vhost"),
        ("basic-auth", f"https" + f"://{user}:{word}@{host}/artifactory"),
        ("jwt", make.jwt()),
    ]


def places(half: str) -> list[tuple[str, str]]:
    """File names and lines with @name@ and @value@."""
    if half == "tuning":
        return [
            (".env", "@name@=@value@"),
            ("config/settings.py", '@name@ = "@value@"'),
            ("deploy/values.yaml", "  @lower@: @value@"),
            ("train.sh", "export @name@='@value@'"),
            ("app.json", '  "@lower@": "@value@",'),
            ("Dockerfile", "ENV @name@=@value@"),
            ("notes.md", "Use `@value@` for now."),
            ("run.log", "2025-03-01 10:00:01 INFO using @lower@=@value@"),
            ("service.toml", '@lower@ = "@value@"'),
            ("src/Client.java", '    private static final String @name@ = "@value@";'),
        ]
    return [
        ("ci/job.yml", "      @name@: '@value@'"),
        ("lib/client.ts", "const @lower@: string = '@value@';"),
        ("docker-compose.yml", "      - @name@=@value@"),
        ("etc/app.properties", "@lower@=@value@"),
        ("main.go", '\t@lower@ := "@value@"'),
        ("infra/prod.tfvars", '@lower@ = "@value@"'),
        ("history.txt", "  412  curl -H 'X-Token: @value@' https://api.internal.net/v1/runs"),
        ("appsettings.xml", '  <add key="@name@" value="@value@" />'),
        ("analysis.R", 'Sys.setenv(@name@ = "@value@")'),
        ("chat.jsonl", '{"role": "user", "content": "my key is @value@ , why does it fail?"}'),
    ]


ASSIGNED = {
    "tuning": [("app.py", 'password = "@p@"'), (".env", "DB_PASSWORD=@p@"), ("db.yaml", 'api_secret: "@p@"'), ("db.yaml", "  passwd: @p@"), ("web.json", '{"client_secret": "@p@"}'), ("app.py", "requests.get(url, auth=('svc', '@p@'))")],
    "evaluation": [("web.json", '"password" : "@p@"'), ("pod.yaml", "MYSQL_ROOT_PASSWORD: @p@"), ("app.properties", "spring.datasource.password=@p@"), ("conf.ini", "connection=Pwd=@p@;Server=db"), ("db.php", "$dbPassword = '@p@';"), ("load.py", 'conn = connect(user="svc", password="@p@")')],
}

BENIGN = {
    "tuning": """
password = os.environ["DB_PASSWORD"]
api_key = getpass.getpass("API key: ")
OPENAI_API_KEY=<your-key-here>
token: ${{ secrets.GITHUB_TOKEN }}
password: changeme
sha256:@hex64@
commit @hex40@
numpy==2.1.0 --hash=sha256:@hex64@
"integrity": "sha512-@b64_88@"
id = "@uuid@"
token = tokenizer.decode(ids)
pad_token = "<pad>"
max_tokens = 4096
def test_password_reset(self):
password_hash = hashlib.sha256(password.encode()).hexdigest()
"password": "Passwort",
secret_name = "training-credentials"
etag: "@hex32@"
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7@EXAMPLE@
api_key = "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"
key = "TEST_VECTOR_000102030405060708090a0b0c0d0e0f"
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI@b64_43@ user@host
postgresql://user:password@localhost:5432/db
"cell_id": "@hex8@"
run_id = "@run@"
""",
    "evaluation": """
const password = process.env.DB_PASSWORD;
apiKey: {{ .Values.apiKey }}
HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
secretKeyRef: {name: db, key: password}
image: registry/app@sha256:@hex64@
checksum = "@hex64@"
"resolved": "https://registry/pkg.tgz#@hex40@"
trace_id=@uuid@
merges: "Ġpass word"
eos_token_id: 50256
password_field = forms.CharField(widget=forms.PasswordInput)
PASSWORD_MIN_LENGTH = 12
auth_token = None
secret = generate_secret(length=32)
credentials: /run/secrets/gcp.json
-----BEGIN PUBLIC KEY-----
stripe_publishable = "pk_live_@alnum24@"
sk-...your key...
password=***
mongodb://<user>:<password>@cluster.example.net/db
blob: data:image/png;base64,@b64_200@
seed = 0x@hex32@
"sequence": "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVV"
token_pattern = r"gh[pousr]_[A-Za-z0-9]{36}"
model_hash: md5:@hex32@
""",
}


class Corpus:
    def __init__(self, folder: Path, half: str, seed: int) -> None:
        self.folder, self.half, self.make = folder, half, Maker(seed)
        self.rows: list[dict] = []
        self.count = 0

    def fill(self, text: str) -> str:
        make = self.make
        for name, value in {
            "hex64": lambda: make.of(HEX, 64), "hex40": lambda: make.of(HEX, 40), "hex32": lambda: make.of(HEX, 32), "hex8": lambda: make.of(HEX, 8),
            "uuid": lambda: "-".join(make.of(HEX, n) for n in (8, 4, 4, 4, 12)), "b64_88": lambda: make.of(ALNUM + "+/", 86) + "==",
            "b64_43": lambda: make.of(ALNUM + "+/", 43), "b64_200": lambda: make.of(ALNUM + "+/", 200), "run": lambda: make.of(LOWER + DIGITS, 8),
            "alnum24": lambda: make.of(ALNUM, 24), "EXAMPLE": lambda: "EXAMPLE",
        }.items():
            while f"@{name}@" in text:
                text = text.replace(f"@{name}@", value(), 1)
        return text

    def write(self, name: str, content: bytes, rows: list[dict]) -> None:
        self.count += 1
        path = f"p{self.count:03}/{name}"
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        for row in rows:
            self.rows.append({"path": path, "member": None, "line": None, "cell": None, "output": None, **row})

    def text(self, name: str, planted: list[tuple[str, str, str, str]], form: str = "") -> None:
        """Lines of benign text with planted ones between: (line, kind, label, strength)."""
        lines, rows = [], []
        for line, kind, label, strength in planted:
            for _ in range(self.make.random.randrange(1, 3)):
                lines.append(self.filler(name))
            lines.append(line)
            rows.append({"line": sum(l.count("\n") + 1 for l in lines[:-1]) + 1, "kind": kind, "label": label, "strength": strength})
        lines.append(self.filler(name))
        body = ("\r\n" if form == "crlf" else "\n").join(lines) + "\n"
        data = body.encode("utf-16") if form == "utf16" else body.encode()
        if form == "utf16":
            rows = [{**row, "line": None} for row in rows]
        self.write(name, data, rows)

    def filler(self, name: str) -> str:
        word = self.make.of(LOWER, 7)
        ending = name.rsplit(".", 1)[-1]
        return {"json": f'  "{word}": {self.make.random.randrange(100)},', "yaml": f"  {word}: 3", "yml": f"      {word.upper()}: on", "jsonl": '{"role": "user", "content": "hello"}',
                "py": f"{word} = {self.make.random.randrange(100)}", "xml": f'  <add key="{word}" value="on" />', "go": f"\t{word} := 3", "java": f"    int {word} = 3;", "ts": f"let {word} = 3;"}.get(ending, f"# {word}")

    def notebook(self, cells: list[tuple[str, str | None]], rows: list[dict]) -> None:
        made = []
        for index, (source, output) in enumerate(cells):
            outputs = [{"output_type": "stream", "name": "stdout", "text": [output]}] if output else []
            made.append({"cell_type": "code", "execution_count": index, "metadata": {}, "outputs": outputs, "source": source.splitlines(True)})
        notebook = {"cells": made, "metadata": {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}, "nbformat": 4, "nbformat_minor": 4}
        self.write("work.ipynb", json.dumps(notebook).encode(), rows)

    def run(self) -> None:
        make = self.make
        where = places(self.half)
        # Every provider in two places, structured secrets and assignments in all kinds of files.
        for turn in range(2):
            for index, (kind, name, value) in enumerate(providers(make, self.half)):
                file, line = where[(index * 3 + turn * 5) % len(where)]
                made = line.replace("@name@", name).replace("@lower@", name.lower()).replace("@value@", value)
                strength = "assigned" if kind in ("wandb", "comet", "aws-key-id") else "provider"
                if kind in ("wandb", "comet") and "@n" not in line and "@l" not in line:
                    made = f"{name}={value}"
                self.text(file, [(made, f"secret-{kind}", "secret", strength)], ["", "crlf", ""][index % 3])
        for index, (kind, value) in enumerate(structured(make, self.half) + structured(make, self.half)):
            file, line = where[index % len(where)]
            made = value if "key" in kind else line.replace("@name@", "SERVICE_URL").replace("@lower@", "service_url").replace("@value@", value)
            self.text("id_key" if "key" in kind else file, [(made, f"secret-{kind}", "secret", "structured")])
        for file, template in ASSIGNED[self.half] * 2:
            self.text(file, [(template.replace("@p@", make.password().replace('"', "x").replace("'", "y")), "secret-assigned", "secret", "assigned")])
        self.containers()
        lines = [line for line in BENIGN[self.half].splitlines() if line]
        names = ["conf.py", "setup.cfg", "values.yaml", "notes.md", "app.js", "data.txt"]
        for turn in range(6):
            for index, line in enumerate(lines):
                self.text(names[(index + turn) % len(names)], [(self.fill(line), "benign-" + line.split()[0].strip('":')[:20].lower(), "benign", "assigned")])
        (self.folder / "truth.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.rows))

    def containers(self) -> None:
        """Notebooks, archives, pickles, model metadata, other encodings."""
        make = self.make
        for turn in range(4):
            tokens = make.random.sample([p for p in providers(make, self.half) if p[0] not in ("wandb", "comet", "aws-key-id", "twilio", "mailgun")], 7)
            (k1, n1, v1), (k2, _, v2), (k3, _, v3), (k4, n4, v4), (k5, n5, v5), (k6, n6, v6), (k7, n7, v7) = tokens
            self.notebook([("import os\n", None), (f"client = connect()\nkey = '{v1}'\n", None), ("print(headers)\n", f"{{'Authorization': 'Bearer {v2}'}}\n")], [
                {"cell": 1, "line": 2, "kind": f"secret-{k1}", "label": "secret", "strength": "provider"},
                {"cell": 2, "output": 0, "kind": f"secret-{k2}", "label": "secret", "strength": "provider"}])
            config = f"debug=1\n{n4}={v4}\n".encode()
            if self.half == "tuning":
                buffer = io.BytesIO()
                with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr("app/.env", config)
                self.write("backup.zip", buffer.getvalue(), [{"member": ".env", "kind": f"secret-{k4}", "label": "secret", "strength": "provider"}])
            else:
                inner, buffer = io.BytesIO(), io.BytesIO()
                with tarfile.open(fileobj=inner, mode="w:gz") as archive:
                    info = tarfile.TarInfo("srv/app.conf")
                    info.size = len(config)
                    archive.addfile(info, io.BytesIO(config))
                with zipfile.ZipFile(buffer, "w") as archive:
                    archive.writestr("inner.tar.gz", inner.getvalue())
                self.write("export.zip", buffer.getvalue(), [{"member": "app.conf", "kind": f"secret-{k4}", "label": "secret", "strength": "provider"}])
            self.write("state.pkl", pickle.dumps({"epoch": 3, "config": {"hub_token": v5, "lr": 0.1}}, protocol=[0, 2, 4, 5][turn]), [{"kind": f"secret-{k5}", "label": "secret", "strength": "provider"}])
            header = json.dumps({"__metadata__": {"format": "pt", "trained_with": f"{n6}={v6}"}, "w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
            self.write("model.safetensors", struct.pack("<Q", len(header)) + header + bytes(8), [{"kind": f"secret-{k6}", "label": "secret", "strength": "provider"}])

            def text(value: str) -> bytes:
                return struct.pack("<Q", len(value)) + value.encode()

            pairs = text("general.architecture") + struct.pack("<I", 8) + text("llama") + text("general.description") + struct.pack("<I", 8) + text(f"pushed with {v7}")
            self.write("model.gguf", b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + pairs, [{"kind": f"secret-{k7}", "label": "secret", "strength": "provider"}])
            self.text("wide.txt", [(f"{n1}={v3}", f"secret-{k3}", "secret", "provider")], "utf16")
            self.write("trace.log.gz", gzip.compress(f"start\ntoken {v1}\n".encode(), mtime=0), [{"kind": f"secret-{k1}", "label": "secret", "strength": "provider"}])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=["tuning", "evaluation"], required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    corpus = Corpus(options.output, options.half, options.seed + (options.half == "evaluation"))
    corpus.run()
    counts = Counter((row["label"], row["strength"]) for row in corpus.rows)
    print(options.output, corpus.count, "files", dict(counts))


if __name__ == "__main__":
    main()
