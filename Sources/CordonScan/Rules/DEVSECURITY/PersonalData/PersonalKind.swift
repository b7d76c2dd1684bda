internal import CordonCore

/// A kind of personal data that can be told by its form, its check digits or its column's name.
enum PersonalKind: String, CaseIterable, Sendable {
    case email = "e-mail address"
    case phone = "telephone number"
    case card = "payment card number"
    case iban = "bank account (IBAN)"
    case bsn = "Dutch citizen service number"
    case steuerID = "German tax identification number"
    case dni = "Spanish identity number"
    case nir = "French social security number"
    case codiceFiscale = "Italian tax code"
    case pesel = "Polish PESEL"
    case personnummer = "Swedish personal identity number"
    case hetu = "Finnish personal identity code"
    case rijksregister = "Belgian national number"
    case nhs = "NHS number"
    case nino = "British national insurance number"
    case ssn = "US social security number"
    case aadhaar = "Indian Aadhaar number"
    case cpf = "Brazilian CPF"
    case residentID = "Chinese resident identity number"
    case rrn = "Korean resident registration number"
    case sin = "Canadian social insurance number"
    case tfn = "Australian tax file number"
    case nif = "Portuguese tax number"
    case ahv = "Swiss social insurance number"
    case fodselsnummer = "Norwegian birth number"
    case cnp = "Romanian personal numerical code"
    case egn = "Bulgarian uniform civil number"
    case rodneCislo = "Czech or Slovak birth number"
    case oib = "Croatian personal identification number"
    case isikukood = "Estonian or Lithuanian personal code"
    case svnr = "Austrian social insurance number"
    case pps = "Irish personal public service number"
    case kimlik = "Turkish identification number"
    case rut = "Chilean RUT"
    case cuit = "Argentine CUIT"
    case curp = "Mexican CURP"
    case southAfricanID = "South African identity number"
    case nric = "Singaporean NRIC"
    case myNumber = "Japanese individual number"
    case teudatZehut = "Israeli identity number"
    case name = "person's name"
    case birth = "date of birth"
    case address = "postal address"
    case internetAddress = "IP address"
    case position = "position on a map"

    /// What it means when a table holds it.
    var rule: Rule {
        switch self {
        case .card, .iban: Rules.personalFinance
        case .email, .phone, .address: Rules.personalContact
        case .name, .birth, .internetAddress, .position: Rules.personalPerson
        default: Rules.personalIdentity
        }
    }

    /// Share of random values of the same length that pass; the column has to be far above it.
    var chance: Double {
        switch self {
        case .card: 0.06
        case .bsn, .nhs, .tfn, .nif, .egn, .rodneCislo, .svnr, .cuit, .myNumber, .rut: 0.09
        case .ahv, .oib, .isikukood, .cnp, .southAfricanID, .teudatZehut, .sin, .personnummer, .aadhaar, .steuerID,
            .rrn, .pesel:
            0.1
        default: 0.01
        }
    }

    /// Words of a column's name that say so.
    var names: [String] {
        switch self {
        case .email: ["email", "e-mail", "mail", "correo", "courriel"]
        case .phone:
            [
                "phone", "mobile", "tel", "telephone", "cell", "fax", "telefon", "telefoon", "telefono", "handy",
                "msisdn", "whatsapp", "contactnumber", "contactno",
            ]
        case .card: ["card", "pan", "credit", "cc", "kreditkarte", "ccnumber", "cardnumber"]
        case .iban: ["iban", "account", "bank", "konto", "rekening"]
        case .bsn: ["bsn", "burgerservicenummer", "sofinummer", "citizen"]
        case .steuerID:
            [
                "steuer", "steuerliche", "steuerid", "identifikationsnummer", "steueridentifikationsnummer", "idnr",
                "tin", "tax",
            ]
        case .dni: ["dni", "nie", "nif", "documento"]
        case .nir: ["nir", "secu", "insee", "securite"]
        case .codiceFiscale: ["codice", "fiscale", "cf", "codicefiscale"]
        case .pesel: ["pesel"]
        case .personnummer: ["personnummer", "personal", "pnr"]
        case .hetu: ["hetu", "henkilotunnus"]
        case .rijksregister: ["rijksregister", "national", "insz", "niss", "registre"]
        case .nhs: ["nhs"]
        case .nino: ["nino", "insurance", "ni"]
        case .ssn: ["ssn", "social", "security"]
        case .aadhaar: ["aadhaar", "aadhar", "uid"]
        case .cpf: ["cpf"]
        case .residentID: ["resident", "shenfenzheng", "id", "idcard"]
        case .rrn: ["rrn", "jumin", "resident"]
        case .sin: ["sin", "nas"]
        case .tfn: ["tfn"]
        case .nif: ["nif", "contribuinte"]
        case .ahv: ["ahv", "avs", "oasi", "ahvnr", "sozialversicherungsnummer"]
        case .fodselsnummer: ["fodselsnummer", "fnr", "personnummer"]
        case .cnp: ["cnp"]
        case .egn: ["egn"]
        case .rodneCislo: ["rodne", "rodnecislo", "rc"]
        case .oib: ["oib"]
        case .isikukood: ["isikukood", "asmens", "asmenskodas"]
        case .svnr: ["svnr", "sozialversicherung", "versicherungsnummer"]
        case .pps: ["pps", "ppsn"]
        case .kimlik: ["kimlik", "tckn", "tcno", "tc"]
        case .rut: ["rut", "run"]
        case .cuit: ["cuit", "cuil"]
        case .curp: ["curp"]
        case .southAfricanID: ["said", "identity", "idnumber"]
        case .nric: ["nric", "fin"]
        case .myNumber: ["mynumber", "kojin", "individual"]
        case .teudatZehut: ["zehut", "teudat"]
        case .name:
            [
                "firstname", "lastname", "surname", "fullname", "givenname", "forename", "familyname", "vorname",
                "nachname", "apellido", "apellidos", "prenom", "cognome", "achternaam", "voornaam", "nombre", "nome",
                "recipient", "consignee", "guest", "passenger", "patient", "applicant", "customername", "contactname",
                "imie", "nazwisko", "etunimi", "sukunimi", "fornamn", "efternamn",
            ]
        case .birth:
            [
                "birth", "birthdate", "birthday", "dob", "dateofbirth", "born", "geburtsdatum", "geburtstag",
                "geboortedatum", "nacimiento", "nascita", "naissance", "nascimento", "fodelsedatum",
            ]
        case .address: ["address", "street", "addr", "adresse", "strasse", "straat", "direccion", "indirizzo"]
        case .internetAddress:
            ["ip", "ipaddress", "ipaddr", "ipv4", "ipv6", "clientip", "remoteip", "userip", "remoteaddr", "forwarded"]
        case .position: ["latitude", "longitude", "lat", "lon", "lng", "latlng", "geo", "gps", "coordinates"]
        }
    }

    /// Whether a value has the form, and where there are check digits, the right ones.
    func matches(_ value: [UInt8]) -> Bool {
        switch self {
        case .email: PersonalForms.isEmail(value)
        case .phone: PersonalForms.isPhone(value)
        case .card: PersonalForms.isCard(value)
        case .iban: PersonalForms.isIBAN(value)
        case .name: PersonalForms.isName(value)
        case .birth: PersonalForms.isDate(value)
        case .address: PersonalForms.isAddress(value)
        case .internetAddress: PersonalForms.isPublicAddress(value)
        case .position: PersonalForms.isPosition(value)
        default: NationalNumbers.matches(self, value)
        }
    }
}

/// Rules about personal data.
extension Rules {
    static let personalData: [Rule] = [personalFinance, personalIdentity, personalContact, personalPerson]

    private static let advice =
        "Find out whether the model needs it; otherwise drop or pseudonymise the column before anybody trains on it."

    static let personalFinance = Rule(
        id: "CORDON-PII-001", title: "Payment cards or bank accounts", severity: .high, threat: .devdataleak,
        control: .devsecurity,
        why: "Whoever reads the data, or gets a model to repeat it, can charge or debit people.", remedy: advice,
        limits: "Numbers that are split over columns, masked or encrypted; whether people are real.", cwe: [359],
        atlas: ["AML.T0057"])
    static let personalIdentity = Rule(
        id: "CORDON-PII-002", title: "National identity numbers", severity: .high, threat: .devdataleak,
        control: .devsecurity,
        why: "The numbers name people for life, and laws limit who may hold them.", remedy: advice,
        limits: "Numbers of other countries, and numbers without check digits outside of columns that name them.",
        cwe: [359], atlas: ["AML.T0057"])
    static let personalContact = Rule(
        id: "CORDON-PII-003", title: "E-mail addresses, telephone numbers or postal addresses", severity: .medium,
        threat: .devdataleak,
        control: .devsecurity, why: "People can be reached and recognised by them; a model may repeat them.",
        remedy: advice,
        limits: "Local telephone numbers outside of columns that name them; addresses in free text.", cwe: [359],
        atlas: ["AML.T0057"])
    static let personalPerson = Rule(
        id: "CORDON-PII-004", title: "Names, dates of birth, IP addresses or positions", severity: .low,
        threat: .devdataleak,
        control: .devsecurity,
        why: "With other columns they say who a row is about.", remedy: advice,
        limits: "Names in free text, columns that do not say so, and positions in tables without people.",
        cwe: [359], atlas: ["AML.T0057"])
}
