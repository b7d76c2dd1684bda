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
}
