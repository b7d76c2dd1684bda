internal import CordonCore
internal import CordonFormats

/// Objects of Java, .NET, Torch7, Julia, MATLAB, and Avro's classes: what making them again would run.
enum SerializedObjects {
    private static func malformed(_ what: String, _ text: String, at spot: Spot, in inspection: Inspection) {
        inspection.report(Rules.exoticMalformed, at: spot.offset(0), "\(what): \(text)", subject: "\(what) structure")
    }

    private static func leftovers(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        NativeInspector.search(view, at: spot, in: inspection)
        HiddenPickles.search(view, from: 1, at: spot, in: inspection)
    }

    // MARK: Java

    /// Classes of published deserialisation chains (ysoserial; "Marshalling Pickles", Frohoff and Lawrence, 2015).
    private static let javaDangers = [
        "org.apache.commons.collections.functors.", "org.apache.commons.collections4.functors.",
        "org.apache.commons.collections.keyvalue.TiedMapEntry", "org.apache.commons.collections4.keyvalue.TiedMapEntry",
        "org.apache.commons.collections.map.LazyMap", "org.apache.commons.collections4.map.LazyMap",
        "org.apache.commons.beanutils.BeanComparator", "org.apache.xalan.xsltc.trax.TemplatesImpl",
        "com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl", "com.sun.rowset.JdbcRowSetImpl", "com.sun.jndi.",
        "org.codehaus.groovy.runtime.ConvertedClosure", "org.codehaus.groovy.runtime.MethodClosure",
        "javax.management.BadAttributeValueExpException", "sun.reflect.annotation.AnnotationInvocationHandler",
        "java.rmi.", "sun.rmi.", "com.mchange.v2.c3p0.", "org.springframework.", "bsh.", "org.mozilla.javascript.",
        "clojure.", "org.python.", "org.hibernate.", "org.jboss.weld.", "javassist.", "net.sf.json.", "com.vaadin.",
        "org.aspectj.weaver.", "org.apache.wicket.", "org.apache.click.", "com.rometools.rome.", "com.sun.syndication.",
        "javax.script.", "java.lang.Runtime", "java.lang.ProcessBuilder", "java.lang.ProcessImpl",
        "java.beans.EventHandler",
        "org.apache.commons.fileupload.", "org.apache.myfaces.", "com.alibaba.fastjson.JSON",
        "org.apache.logging.log4j.core.",
    ]

    static func inspectJava(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let stream = view.withSpan { JavaStream.read($0) }
        var seen: Set<String> = []
        for name in stream.classes where seen.insert(name).inserted {
            let plain = name.drop { $0 == "[" || $0 == "L" && name.hasPrefix("[") }
            guard let danger = javaDangers.first(where: { plain.hasPrefix($0) }) else { continue }
            inspection.report(
                Rules.exoticClass, at: spot.element(name),
                "an object of '\(PrintableText.quoting(name, limit: 120))', which leads to commands when it is read",
                subject: name, severity: danger.hasSuffix("Impl") || danger.hasSuffix("functors.") ? .critical : nil)
        }
        if stream.classes.contains("java.net.URL"), stream.classes.contains("java.util.HashMap") {
            inspection.report(
                Rules.exoticOutside, at: spot.element("java.net.URL"),
                "an address as a key: reading the map looks its host up", subject: "java.net.URL", severity: .medium)
        }
        if let failure = stream.failure { malformed("Java object stream", failure, at: spot, in: inspection) }
        if stream.isCut {
            inspection.skipped("\(spot.prefix)Java object stream: what a class wrote in a form of its own")
        }
        leftovers(view, at: spot, in: inspection)
    }

    // MARK: .NET

    /// Types of published chains (ysoserial.net).
    private static let dotNetDangers = [
        "System.Windows.Data.ObjectDataProvider", "System.Windows.ResourceDictionary", "System.Windows.Markup.",
        "System.Security.Principal.WindowsIdentity", "System.Security.Claims.Claims",
        "System.Security.Principal.WindowsPrincipal",
        "TextFormattingRunProperties", "System.Diagnostics.Process", "System.Collections.Generic.ComparisonComparer",
        "System.DelegateSerializationHolder", "System.Workflow.ComponentModel.", "System.Data.DataSet",
        "System.Data.DataTable",
        "System.Configuration.Install.AssemblyInstaller", "System.Activities.Presentation.",
        "System.Management.Automation.",
        "System.Web.UI.", "System.Web.Security.RolePrincipal", "System.CodeDom.", "System.Runtime.Remoting.",
        "System.Resources.",
        "Microsoft.PowerShell.", "System.IdentityModel.", "System.Reflection.", "System.UnitySerializationHolder",
        "System.Windows.Forms.AxHost", "System.Drawing.Design.ToolboxItemContainer", "System.Messaging.",
    ]

    static func inspectDotNet(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let stream = view.withSpan { DotNetStream.read($0) }
        var seen: Set<String> = []
        for name in stream.names where seen.insert(name).inserted {
            guard dotNetDangers.contains(where: { name.contains($0) }) else { continue }
            inspection.report(
                Rules.exoticClass, at: spot.element(name),
                "an object of '\(PrintableText.quoting(name, limit: 120))', which leads to commands when it is read",
                subject: name)
        }
        if let failure = stream.failure { malformed(".NET object stream", failure, at: spot, in: inspection) }
        inspection.skipped("\(spot.prefix).NET object stream: names of classes were read, values were not")
        leftovers(view, at: spot, in: inspection)
    }

    // MARK: Torch7

    static func inspectTorch7(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let archive = view.withSpan { Torch7Archive.read($0) }
        for offset in archive.functions.prefix(16) {
            inspection.report(
                Rules.exoticCode, at: spot.offset(offset),
                "a function in bytecode, which is loaded without a check and can break out of Lua",
                subject: "function \(offset)")
        }
        if let failure = archive.failure { malformed("Torch7 archive", failure, at: spot, in: inspection) }
        if archive.isCut { inspection.skipped("\(spot.prefix)Torch7 archive: what a class wrote in a form of its own") }
        leftovers(view, at: spot, in: inspection)
    }

    // MARK: Julia

    private static let juliaDangers = [
        "Base.run", "Base.Cmd", "Base.pipeline", "Core.eval", "Base.eval", "Base.include", "Base.include_string",
        "Libdl.",
        "Base.Libc.Libdl.", "Base.open", "Base.rm", "Base.download", "Downloads.", "Sockets.", "Base.write",
        "Core.ccall",
        "Base.Meta.parse", "Main.eval", "Main.include", "Base.invokelatest", "Pkg.", "Distributed.",
    ]

    static func inspectBSON(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let document = view.withSpan { BSONDocument.read($0) }
        for node in document.nodes {
            let name = node.path.hasPrefix("Main.") ? String(node.path.dropFirst(5)) : node.path
            let isDanger = juliaDangers.contains {
                $0.hasSuffix(".") ? name.hasPrefix($0) : name == $0 || node.path == $0
            }
            if isDanger {
                inspection.report(
                    Rules.exoticClass, at: spot.element(node.path),
                    "a \(node.tag == "ref" ? "reference to" : "value of") '\(PrintableText.quoting(node.path, limit: 80))'",
                    subject: node.path)
            } else if node.tag.hasPrefix("jl_anonymous") || node.tag == "jl_lambda" || node.tag == "methodtable" {
                inspection.report(
                    Rules.exoticCode, at: spot.element(node.tag), "a function is defined by the file", subject: node.tag
                )
            }
        }
        if let failure = document.failure { malformed("BSON", failure, at: spot, in: inspection) }
        leftovers(view, at: spot, in: inspection)
    }

    static func inspectJulia(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let names = ["run", "eval", "include", "ccall", "dlopen", "Cmd", "pipeline", "download"].filter { name in
            view.withSpan { bytes in
                bytes.firstRange(of: Array("\u{0}\(name)\u{0}".utf8), from: 0, to: min(bytes.byteCount, 16 << 20))
                    != nil
            }
        }
        inspection.report(
            Rules.exoticCode, at: spot.offset(0),
            names.isEmpty
                ? "Julia's serializer keeps functions and types, which are made again when the file is read"
                : "Julia's serializer, with the names \(names.joined(separator: ", "))", subject: "julia",
            severity: names.isEmpty ? .low : nil)
        inspection.skipped(
            "\(spot.prefix)Julia object stream: searched for names; the form changes with Julia's version")
        leftovers(view, at: spot, in: inspection)
    }

    // MARK: Avro

    /// Classes that Avro's own tools write into schemas.
    private static let plainClasses: Set<String> = [
        "java.lang.String", "java.lang.CharSequence", "java.lang.Integer", "java.lang.Long", "java.lang.Short",
        "java.lang.Byte",
        "java.lang.Character", "java.math.BigDecimal", "java.math.BigInteger", "java.net.URI", "java.net.URL",
        "java.io.File",
        "java.util.List", "java.util.ArrayList", "java.util.LinkedList", "java.util.Set", "java.util.HashSet",
        "java.util.Collection",
        "java.util.Map", "java.util.HashMap", "java.util.TreeMap", "java.util.UUID",
    ]

    static func inspectAvro(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let file = view.withSpan { AvroFile.read($0) }
        if let failure = file.failure { malformed("Avro", failure, at: spot, in: inspection) }
        if let document = try? JSONDocument.parse(ByteView(copying: file.schema)) {
            var pending: [(JSONValue, Int)] = [(document.root, 0)]
            while let (value, depth) = pending.popLast(), depth < 100 {
                for child in value.elements { pending.append((child, depth + 1)) }
                for (key, child) in value.members {
                    pending.append((child, depth + 1))
                    guard ["java-class", "java-key-class", "java-element-class"].contains(key), let name = child.string
                    else {
                        continue
                    }
                    let isPlain = plainClasses.contains(name)
                    inspection.report(
                        Rules.exoticClass, at: spot.element(key),
                        "'\(key)' makes readers call the constructor of '\(PrintableText.quoting(name, limit: 100))' (CVE-2024-47561)",
                        subject: name, severity: isPlain ? .low : nil)
                }
            }
        } else if file.failure == nil {
            malformed("Avro", "the schema is not JSON", at: spot, in: inspection)
        }
        inspection.skipped("\(spot.prefix)Avro: the schema and the blocks' sizes were read, values were not")
        leftovers(view, at: spot, in: inspection)
    }

    // MARK: MATLAB

    static func inspectMATLAB(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        matrices(view, from: 128, at: spot, isOutermost: true, in: inspection)
        leftovers(view, at: spot, in: inspection)
    }

    private static func matrices(
        _ view: ByteView, from start: Int, at spot: Spot, isOutermost: Bool, in inspection: Inspection
    ) {
        let file = view.withSpan { MATFile.read($0, from: start) }
        if let failure = file.failure { malformed("MATLAB file", failure, at: spot, in: inspection) }
        for element in file.elements {
            guard !inspection.isExpired,
                let part = view.part(offset: element.range.lowerBound, count: element.range.count)
            else {
                return
            }
            if element.type == 15, isOutermost {
                let result = inspection.decompress(.zlib, part, at: spot)
                let inner = spot.inside("element@\(element.range.lowerBound)")
                // What came out states its own length first.
                matrices(result.view, from: 0, at: inner, isOutermost: false, in: inspection)
            } else if element.type == 14 {
                matrix(part, at: spot.shifted(element.range.lowerBound), in: inspection)
            }
        }
    }

    private static func matrix(_ view: ByteView, at spot: Spot, in inspection: Inspection) {
        let (kind, commands, names) = view.withSpan { bytes -> (Int?, [String], Bool) in
            let kind = MATFile.matrixClass(bytes)
            guard kind == 16 || kind == 17 || kind == 3 else { return (kind, [], true) }
            let end = min(bytes.byteCount, 1 << 20)
            func holds(_ text: String) -> Bool {
                let wide = text.utf8.flatMap { (byte: UInt8) -> [UInt8] in [byte, 0] }
                return bytes.firstRange(of: Array(text.utf8), from: 0, to: end) != nil
                    || bytes.firstRange(of: wide, from: 0, to: end) != nil
            }
            let commands = [
                "system(", "unix(", "dos(", "eval(", "evalin(", "feval(", "urlread(", "webread(", "java.lang.Runtime",
            ]
            let known = [
                "table", "string", "datetime", "duration", "categorical", "timetable", "dlarray", "Network",
                "dlnetwork",
                "containers.Map", "calendarDuration", "Classification", "Regression", "function_handle_workspace",
            ]
            return (kind, commands.filter(holds), known.contains(where: holds))
        }
        let what = kind == 16 ? "a function handle" : "an object, whose class runs code when it is read"
        if !commands.isEmpty {
            inspection.report(
                Rules.exoticCode, at: spot.offset(0), "\(what) with \(commands.joined(separator: ", "))",
                subject: "handle",
                severity: kind == 16 ? .high : .critical)
        } else if kind == 17, !names {
            inspection.report(
                Rules.exoticCode, at: spot.offset(0), what, subject: "object", severity: .low, confidence: .medium)
        }
    }
}
