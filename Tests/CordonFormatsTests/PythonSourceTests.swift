import CordonFormats
import Testing

@Suite("Python source")
struct PythonSourceTests {
    private func calls(_ text: String) -> [String] {
        ByteView(copying: Array(text.utf8)).withSpan { PythonSource.read($0) }.calls.filter { !$0.isDeferred }.map(
            \.name)
    }

    @Test(
        "Calls at import time are found, however they are spelled",
        arguments: [
            "import os\nos.system('x')", "import os as o\no.system('x')", "from os import system\nsystem('x')",
            "from os import (system as s,\n popen)\ns('x')", "__import__('os').system('x')",
            "import importlib\nimportlib.import_module('os').system('x')",
            "import os\ngetattr(os, 'system')('x')", "import os\nif True:\n    os.system('x')",
            "import os\nclass A:\n    b = os.system('x')",
            "import os\ntry:\n  pass\nexcept: os.system('x')", "import os\nx = (1,\n  os.system('x'))",
            "import os; os.system('x')",
            "import os\nos \\\n  .system('x')", "import os\n@os.system('x')\ndef f(): pass",
            "import os\ndef f():\n    pass\nos.system('x')",
        ])
    func found(_ text: String) { #expect(calls(text).contains("os.system"), "\(calls(text))") }

    @Test(
        "What does not run on import, or only mentions the call, is passed over",
        arguments: [
            "import os\ndef f():\n    os.system('x')\n", "import os\nif __name__ == '__main__':\n    os.system('x')\n",
            "'''\nos.system('x')\n'''", "# os.system('x')", "x = \"os.system('x')\"",
            "import os\nclass A:\n    def f(self):\n        os.system('x')\n",
            "import os\nasync def f():\n    os.system('x')\n", "import os\ndef f(): os.system('x')\n",
            "import os\nx = os.system\n",
        ])
    func passedOver(_ text: String) { #expect(!calls(text).contains("os.system"), "\(calls(text))") }

    @Test("Python is told from other text")
    func matches() {
        func isPython(_ text: String) -> Bool {
            ByteView(copying: Array(text.utf8)).withSpan { PythonSource.matches($0) }
        }
        #expect(
            isPython("\"\"\"Doc.\"\"\"\nimport os\n") && isPython("from a import b\n") && isPython("#!x\ndef f():\n"))
        #expect(
            !isPython("from here to there\n") && !isPython("import {a} from 'b';\n")
                && !isPython("import java.util.List;\n"))
    }

    @Test(
        "Hostile text is read to the end without a trap",
        arguments: [
            "'", "\"\"\"", "\\", "(((((", "from", "from x import", "import", "getattr(", "__import__('x'", "@", ":",
            "getattr(getattr(getattr(",
        ])
    func hostile(_ text: String) {
        _ = calls(text)
        _ = calls(String(repeating: text, count: 2000))
        _ = calls("import a\n" + String(repeating: " ", count: 5000) + text)
    }

    // MARK: Statements without a telling word are passed over

    private func read(_ text: String, telling words: PythonWords?) -> PythonSource {
        ByteView(copying: Array(text.utf8)).withSpan { PythonSource.read($0, telling: words) }
    }

    @Test(
        "A telling call keeps its line, its block and its meaning wherever it stands",
        arguments: [
            "import os\nx = foo(1); os.system('x')\n", "import os\nx = \"\"\"\nos\n\"\"\"\nos.system('x')",
            "import os\ndef f(a,\n      b=2):\n    '''doc'''\n    return os.system(a)\nos.system('b')\n",
            "import os\nclass A(install):\n    def run(self):\n        x = 1\n        os.system('a')\n",
            "from os import system as s\ny = [\n 1,\n 2]\nif y:\n    s('x')\n",
            "import os\nasync def f(): pass\nos.system('x')\n", "import os\nx = 1 \\\n + 2\nos.system('x')",
            "import os\nif __name__ == '__main__':\n    y = 1\n    os.system('x')\nz = 2\nos.system('y')",
            "import os as o\nrun = o.system\na = b'\\''\nrun(a)\n", "\tx = 1\n\tsystem('x')", "x = '\nsystem('x')",
            "kw = {'shell': True}\ncall('x', **kw)", "é = system('x')\nü = é\nsystem(ü)", "def f(a=system('x')): pass",
            "x = f(1)\ny = {x: 1}\n# system(\n",
        ])
    func telling(_ text: String) {
        let words = PythonWords(["system", "shell"])
        func kept(_ source: PythonSource) -> [PythonCall] {
            source.calls.filter { $0.name.hasSuffix("system") || $0.isTrue("shell") }
        }
        let some = kept(read(text, telling: words))
        let all = kept(read(text, telling: nil))
        #expect(some.map(\.name) == all.map(\.name))
        #expect(some.map(\.line) == all.map(\.line))
        #expect(some.map(\.isDeferred) == all.map(\.isDeferred))
        #expect(some.map(\.context) == all.map(\.context))
    }

    @Test("Values are followed through statements that hold no telling word but their variable")
    func carried() {
        let words = PythonWords(["exec"], carried: ["fetch"])
        let text = "import net\na = net.fetch(u)\nb = str(a)\nc = other()\nexec(b)\nexec(c)\na = 1\nexec(a)\n"
        let runs = read(text, telling: words).calls.filter { $0.name == "exec" }
        #expect(runs.map { $0.origins.contains("net.fetch") } == [true, false, false])
    }

    @Test("What is defined is not called", arguments: ["def compile(self): pass", "class exec(Base): pass"])
    func defined(_ text: String) { #expect(read(text, telling: nil).calls.isEmpty) }
}
