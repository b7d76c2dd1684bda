/// What a word can be in a sentence that gives orders to a model.
struct WordKind: OptionSet, Sendable {
    let rawValue: UInt32

    /// A name for a model: certain, and possible.
    static let model = WordKind(rawValue: 1 << 0)
    static let maybeModel = WordKind(rawValue: 1 << 1)
    /// To put aside, and what is put aside.
    static let override = WordKind(rawValue: 1 << 2)
    static let rule = WordKind(rawValue: 1 << 3)
    static let earlier = WordKind(rawValue: 1 << 4)
    /// What a model is told to do; to say; to give away.
    static let act = WordKind(rawValue: 1 << 5)
    static let say = WordKind(rawValue: 1 << 6)
    static let disclose = WordKind(rawValue: 1 << 7)
    /// What is given away.
    static let secret = WordKind(rawValue: 1 << 8)
    /// What a model writes, and for whom.
    static let answer = WordKind(rawValue: 1 << 9)
    static let user = WordKind(rawValue: 1 << 10)
    static let whenever = WordKind(rawValue: 1 << 11)
    static let asked = WordKind(rawValue: 1 << 12)
    static let only = WordKind(rawValue: 1 << 13)
    static let must = WordKind(rawValue: 1 << 14)
    static let not = WordKind(rawValue: 1 << 15)
    static let reads = WordKind(rawValue: 1 << 16)
    static let tool = WordKind(rawValue: 1 << 17)
    static let free = WordKind(rawValue: 1 << 18)
    static let praise = WordKind(rawValue: 1 << 19)
    static let everlasting = WordKind(rawValue: 1 << 20)
    static let remember = WordKind(rawValue: 1 << 21)
    static let entire = WordKind(rawValue: 1 << 22)
    static let talk = WordKind(rawValue: 1 << 23)
    static let you = WordKind(rawValue: 1 << 24)
    static let anybody = WordKind(rawValue: 1 << 25)
}

/// Words and phrases that orders to a model are made of. Facts of language, collected from descriptions of attacks
/// (Greshake and others 2023; Perez and Ribeiro 2022; Yi and others 2023).
enum OrderLexicon {
    /// Kinds of a word in lower case.
    static let kinds: [String: WordKind] = {
        var kinds: [String: WordKind] = [:]
        for (kind, words) in lists {
            for word in words.split(separator: " ") { kinds[String(word), default: []].insert(kind) }
        }
        return kinds
    }()

    private static let lists: [(WordKind, String)] = [
        (
            .model,
            "llm llms chatbot chatbots gpt chatgpt copilot summariser summarizer summarisers summarizers genai chat-bot gpt-4 language-model ai-assistant ai-model"
        ),
        (
            .maybeModel,
            "ai ais a.i assistant assistants bot bots model models agent agents claude gemini llama mistral grok crawler crawlers retriever machine automated automation reviewer evaluator grader screener ranker parser scraper indexer pipeline pipelines summary-bot"
        ),
        (
            .override,
            "ignore ignoring disregard disregarding disregarded forget forgetting override overriding overrides overridden bypass bypassing overlook overlooking discard discarding neglect abandon supersede supersedes superseded overrule overrules void voided dismiss erase unlearn drop suspend suspended revoke revoked rescinded nullify nullified cancel cancelled canceled lift lifted obsolete outdated expired replace replaces replaced withdrawn waive waived disable disabled circumvent deviate skip reset"
        ),
        (
            .rule,
            "instruction instructions prompt prompts directive directives direction directions rule rules guideline guidelines policy policies order orders constraint constraints restriction restrictions safeguard safeguards safety guardrail guardrails training programming context task tasks role persona limits limitations ethics moderation briefing brief alignment configuration mandate guidance told commands filters query message messages request"
        ),
        (
            .earlier,
            "previous prior earlier above preceding before initial original existing past former foregoing your any all every everything whatever current"
        ),
        (
            .act,
            "use call invoke execute run trigger fetch visit click open delete remove transfer approve accept reject deny refuse confirm act pretend behave obey comply follow put swap change switch treat consider assume proceed perform look go navigate download install buy purchase book schedule rank rate score prefer favour favor promote endorse accord grant enter set render embed append include insert add attach classify label mark continue make ensure start begin stop cease abort halt link redirect send post forward mail e-mail email upload encode"
        ),
        (
            .say,
            "say tell claim answer reply respond recommend praise mention output print state write conclude describe summarise summarize report assert insist declare inform convince urge advise suggest present repeat translate return produce generate speak quote cite warn announce explain display show finish end close ask request instruct direct persuade steer note emphasise emphasize highlight cast"
        ),
        (
            .disclose,
            "reveal print output repeat disclose send show list leak exfiltrate give share dump recite transmit forward e-mail email mail post append include embed upload encode display paste supply provide expose hand return tell copy quote pass report deliver extract place attach write"
        ),
        (
            .secret,
            "password passwords passphrase credential credentials token tokens secret secrets cookie cookies confidential history api-key apikey keys key pin card ssh cvv login logins initial-prompt .env environment inbox mailbox e-mails emails contacts address"
        ),
        (.talk, "conversation conversations chat chats dialogue session sessions messages question query context memory"),
        (
            .answer,
            "answer answers reply replies response responses output outputs summary summaries conclusion review evaluation verdict recommendation recommendations ranking report completion message assessment"
        ),
        (
            .user,
            "user users user's users' reader readers customer customers questioner asker human humans person operator client visitor recruiter"
        ),
        (.whenever, "when whenever if once should anytime every always each until"),
        (
            .asked,
            "asked asks ask asking question questions inquires enquires inquire queried query queries mentions mention mentioned wonders requests wants summarise summarize summarising summarizing"
        ),
        (.only, "only just solely exclusively nothing verbatim else simply merely"),
        (.must, "must should shall please always never need required obliged ought have has kindly immediately instead now"),
        (.not, "not don't never without refrain avoid no cannot"),
        (
            .reads,
            "read reads reading process processes processing summarise summarises summarize summarizes summarising summarizing retrieve retrieves retrieving retrieved index indexes indexing ingest ingests ingesting quote quotes quoting parse parses parsing analyse analyses analyze analyzes analyzing evaluating screening reviewing crawling consuming"
        ),
        (.tool, "tool tools function functions plugin plugins api connector action capability shell terminal browser interpreter"),
        (
            .free,
            "unrestricted unfiltered uncensored unlimited unbound jailbroken jailbreak dan amoral evil freed liberated limitless omnipotent unaligned root-access unlocked anything-goes"
        ),
        (
            .praise,
            "positive positively highest best top maximum excellent outstanding favourable favorable superior strongest recommended flawless perfect five-star hire acceptance 10/10"
        ),
        (.everlasting, "future later subsequent every all always permanently forever long-term persistent following"),
        (.remember, "remember memorise memorize store save keep persist retain note record"),
        (.entire, "entire full whole exact complete verbatim raw stored hidden internal private user's your their system all last"),
        (.you, "you your yours yourself you're"),
        (.anybody, "whoever whichever any anyone every all dear attention hey hello hi to for note"),
    ]

    /// Marks of turns and roles in the formats of models.
    static let templateMarks = [
        "<|im_start|>", "<|im_end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|endoftext|>", "<|eot_id|>",
        "<|start_header_id|>", "<|end_header_id|>", "<|begin_of_text|>", "[inst]", "[/inst]", "<<sys>>", "<</sys>>",
        "### instruction:", "### response:", "### system:", "### assistant:", "### human:", "### input:", "[system]",
        "[/system]", "<start_of_turn>", "<end_of_turn>", "<system>", "</system>", "<|start|>", "<|channel|>",
        "<|message|>", "[system_prompt]", "<s>[", "<system_prompt>", "<assistant>", "[assistant]", "<|end|>",
        "<function_calls", "<tool_call", "[tool_calls]", "<|tool|>", "<|developer|>", "</s>", "<system-reminder",
        "[system message", "[developer", "[admin", "<instructions>", "<important>", "<hidden>",
    ]

    /// Phrases that are orders by themselves, and how much they say.
    static let phrases: [(String, Double)] = [
        ("you are now", 2.5), ("from now on you", 2.5), ("from here on you", 2.5), ("from this point on", 1.5),
        ("you will now", 2), ("pretend to be", 2), ("pretend you", 2.5), ("pretend that you", 2.5),
        ("imagine you", 2), ("imagine that you", 2), ("act as", 1), ("you act as", 2.5), ("take on the role", 2.5),
        ("assume the role", 2.5), ("roleplay", 1.5), ("role-play", 1.5), ("your new task", 3), ("your task is", 1.5),
        ("your real task", 3), ("new instructions", 2), ("new instruction", 2), ("new policy", 1.5),
        ("new directive", 2.5), ("updated instructions", 2), ("your new role", 3), ("your only goal", 3),
        ("your goal is", 1.5), ("your objective", 2), ("maintenance mode", 1.5), ("developer mode", 1.5),
        ("debug mode", 0.5), ("god mode", 1.5), ("admin mode", 1.5), ("system prompt", 2), ("hidden prompt", 2.5),
        ("initial prompt", 2), ("system message", 1.5), ("system instruction", 2), ("hidden instruction", 2),
        ("language model", 1.5), ("language models", 1), ("no restrictions", 1.5), ("without restrictions", 1.5),
        ("no limits", 1), ("without limits", 1), ("content policy", 2), ("safety policy", 2), ("word for word", 1.5),
        ("nothing else", 1.5), ("pay no attention", 3), ("do not follow", 1.5), ("stop following", 2.5),
        ("no longer apply", 2.5), ("no longer valid", 2), ("no longer bound", 3), ("set aside", 1.5),
        ("takes precedence", 1.5), ("higher priority", 1), ("end of document", 1.5), ("end of context", 2.5),
        ("end of input", 1), ("end of page", 1), ("end of data", 1), ("tell the user", 3), ("tell the reader", 3),
        ("inform the user", 2), ("ask the user", 1.5), ("instruct the user", 2.5), ("the user's question", 1.5),
        ("the user asks", 2), ("user's last", 2), ("in your answer", 2.5), ("in your reply", 2.5),
        ("in your response", 2.5), ("in your summary", 3), ("your summary", 2), ("your answer", 1.5),
        ("your reply", 1.5), ("your response", 1.5), ("under your", 1), ("your reply with", 2), ("do not mention", 2),
        ("don't mention", 2), ("never mention", 2), ("without mentioning", 2), ("do not tell", 2), ("never tell", 2),
        ("do not reveal", 1.5), ("do not disclose", 1), ("keep this secret", 2), ("keep this instruction", 3),
        ("confidential instruction", 3), ("if you are an ai", 4), ("if you are a language", 4), ("if you are an llm", 4),
        ("as an ai", 2), ("as a language model", 3), ("ai systems", 1.5), ("ai assistant", 1.5), ("ai model", 1.5),
        ("ai models", 1.5), ("ai agent", 1.5), ("ai agents", 1.5), ("large language", 1), ("previous instructions", 3),
        ("prior instructions", 3), ("instructions above", 2.5), ("above instructions", 2.5), ("earlier instructions", 3),
        ("your instructions", 2.5), ("your guidelines", 3), ("your rules", 2.5), ("your programming", 2.5),
        ("your training", 2), ("your system", 1), ("your context", 2.5), ("context window", 1.5), ("your memory", 1.5),
        ("your persona", 2.5), ("your operator", 2), ("instead of the user", 3), ("obey the document", 4),
        ("regardless of the question", 3), ("whatever the question", 3), ("no matter what", 1.5),
        ("whatever the user", 3), ("the conversation so far", 3), ("chat history", 2), ("conversation history", 2),
        ("this conversation", 1), ("grandmother", 0.5), ("ignore all", 1), ("ignore the user", 4),
        ("do not summarise", 2), ("do not summarize", 2), ("/etc/shadow", 2), ("/etc/passwd", 1),
        ("before answering", 2), ("before you answer", 2.5), ("before responding", 2), ("when answering", 1.5),
        ("when responding", 2), ("when summarising", 2), ("when summarizing", 2), ("answer all questions", 2),
        ("answer every question", 2), ("answer any question", 2), ("above every alternative", 2),
        ("give a positive review", 3), ("positive review", 1.5), ("highest score", 1.5), ("top candidate", 1.5),
        ("best candidate", 1.5), ("strongly recommend", 1), ("for all future", 2), ("in all future", 2),
        ("access granted", 2), ("permissions have been", 2), ("raised your permissions", 3), ("you have been granted", 2),
        ("you have permission", 1), ("you are authorised", 2), ("you are authorized", 2),
        ("you are required", 1), ("you are instructed", 2.5), ("you are an unrestricted", 4), ("you no longer", 2.5),
    ]

    /// The same in other languages: words that put aside or give away, and what that is done to. Beginnings of words.
    static let foreign: [(verbs: [String], objects: [String])] = [
        (
            ["ignorier", "vergiss", "vergesst", "missacht", "übergeh", "verwirf", "umgeh", "verrate", "gib", "nenne", "sende"],
            ["anweisung", "anordnung", "instruktion", "vorgabe", "systemprompt", "system-prompt", "richtlinie", "passwort", "gesprächsverlauf", "sprachmodell", "regeln"]
        ),
        (
            ["ignore", "ignorez", "oubli", "néglige", "contourne", "révèle", "divulgue", "envoie", "demande", "affiche"],
            ["consigne", "instruction", "directive", "invite système", "règles", "mot de passe", "conversation", "modèle de langage", "utilisateur"]
        ),
        (
            ["ignora", "olvida", "omite", "descarta", "revela", "envía", "muestra", "recomienda", "desobedece"],
            ["instruccion", "regla", "directriz", "indicacion", "órdenes", "prompt", "contraseña", "conversación", "modelo de lenguaje"]
        ),
        (
            ["ignora", "dimentica", "trascura", "rivela", "invia", "mostra", "scarta"],
            ["istruzion", "regole", "direttiv", "prompt", "password", "conversazione", "modello linguistico", "indicazioni"]
        ),
        (
            ["ignore", "esqueça", "esquece", "desconsider", "revele", "envie", "mostre", "descarte"],
            ["instruç", "regras", "diretri", "prompt", "senha", "conversa", "modelo de linguagem", "ordens"]
        ),
        (
            ["negeer", "vergeet", "onthul", "stuur", "toon"],
            ["instructie", "regels", "richtlijn", "prompt", "wachtwoord", "gesprek", "taalmodel", "opdracht"]
        ),
        (
            ["zignoruj", "ignoruj", "zapomnij", "pomiń", "ujawnij", "wyślij", "pokaż"],
            ["instrukcj", "polece", "zasad", "prompt", "hasł", "rozmow", "wytyczn"]
        ),
        (
            ["игнориру", "забудь", "забудьте", "пренебре", "раскрой", "покажи", "отправь", "отвечай", "выведи"],
            ["инструкци", "указани", "правила", "промпт", "пароль", "переписк", "диалог", "команд"]
        ),
        (
            ["ігнору", "забудь", "розкрий", "надішли", "відкинь"], ["інструкці", "вказівк", "правил", "промпт", "пароль", "розмов"]
        ),
        (["忽略", "无视", "無視", "忘记", "忘記", "泄露", "透露", "发送", "不要理会", "绕过"], ["指令", "指示", "规则", "規則", "提示词", "提示", "对话", "密码", "系统"]),
        (["無視し", "忘れ", "従わず", "明かし", "送信し", "開示し", "教えて"], ["指示", "命令", "ルール", "プロンプト", "パスワード", "会話", "システム"]),
        (["무시하", "잊어", "잊고", "공개하", "보내", "알려"], ["지시", "명령", "규칙", "프롬프트", "비밀번호", "대화", "지침"]),
        (["تجاهل", "انس", "اكشف", "أرسل", "اعرض"], ["تعليمات", "التعليمات", "الأوامر", "القواعد", "كلمة المرور", "المحادثة"]),
        (["yok say", "görmezden gel", "unut", "ifşa et", "gönder"], ["talimat", "kural", "komut", "istem", "parola", "şifre", "konuşma"]),
        (["ignorera", "glöm", "bortse", "avslöja", "skicka"], ["instruktion", "regler", "riktlinj", "prompt", "lösenord", "konversation"]),
        (["ignoruj", "zapomeň", "prozraď", "odešli", "vypiš"], ["pokyn", "instrukc", "pravid", "prompt", "heslo", "konverzac"]),
        (["अनदेखा", "भूल", "नज़रअंदाज़", "भेज"], ["निर्देश", "नियम", "पासवर्ड", "बातचीत"]),
        (["bỏ qua", "quên", "tiết lộ", "gửi"], ["hướng dẫn", "chỉ thị", "quy tắc", "mật khẩu"]),
        (["abaikan", "lupakan", "ungkapkan", "kirim"], ["instruksi", "perintah", "aturan", "kata sandi", "percakapan"]),
        (["התעלם", "שכח", "חשוף", "שלח"], ["הוראות", "ההוראות", "כללים", "סיסמה"]),
        (["αγνόησε", "αγνοήστε", "ξέχασε", "αποκάλυψε", "στείλε"], ["οδηγίες", "εντολές", "κανόνες", "κωδικό", "συνομιλία"]),
        (["hunsahau", "sivuuta", "unohda", "paljasta", "lähetä"], ["ohje", "säännö", "kehote", "salasana", "keskustelu"]),
        (["ignor", "hagyd figyelmen", "felejtsd", "küldd", "fedd fel"], ["utasítás", "szabály", "jelszó", "beszélgetés", "rendszerprompt"]),
        (["ignoră", "uită", "dezvăluie", "trimite"], ["instrucțiun", "regul", "parol", "conversați"]),
        (["ignorér", "glem", "afslør", "send"], ["instruks", "instruktion", "regler", "adgangskode", "samtale"]),
    ]
}
