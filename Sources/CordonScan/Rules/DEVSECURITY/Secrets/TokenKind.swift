internal import CordonCore

/// A kind of token that its provider gives a form of its own.
struct TokenKind: Sendable {
    /// What more than the form can be checked without asking the provider.
    enum Check: Sendable {
        case none
        /// The last six characters are the CRC-32 of the rest after the prefix, in base 62.
        case crc32
        /// Bech32 (BIP 173).
        case bech32
        /// A token behind a well-known text in base64.
        case base64
    }

    let name: String
    let shape: TokenShape
    let check: Check
    let severity: Severity

    init(_ name: String, _ pattern: String, _ check: Check = .none, _ severity: Severity = .high) {
        self.name = name
        shape = TokenShape(pattern)
        self.check = check
        self.severity = severity
    }
}

extension TokenKind {
    /// The forms, as providers document them or as their tokens show them; where a provider has several lengths, all of them.
    static let all: [TokenKind] = models + clouds + code + services

    /// Models, data and experiments.
    private static let models = [
        TokenKind("Hugging Face user access token", "hf_{a34}"),
        TokenKind("Hugging Face organisation token", "api_org_{a34}"),
        TokenKind("OpenAI API key", "sk-{w20}T3BlbkFJ{w20}"),
        TokenKind("OpenAI project key", "sk-proj-{x40-200}"),
        TokenKind("OpenAI service account key", "sk-svcacct-{x40-200}"),
        TokenKind("OpenAI admin key", "sk-admin-{x40-200}"),
        TokenKind("OpenAI key without a user", "sk-None-{x40-200}"),
        TokenKind("Anthropic API key", "sk-ant-api{d2}-{x80-120}"),
        TokenKind("Anthropic admin key", "sk-ant-admin{d2}-{x80-120}"),
        TokenKind("Anthropic OAuth token", "sk-ant-oat{d2}-{x80-120}"),
        TokenKind("Anthropic session key", "sk-ant-sid{d2}-{x80-140}"),
        TokenKind("OpenRouter API key", "sk-or-v1-{h64}"),
        TokenKind("Langfuse secret key", "sk-lf-{h8}-{h4}-{h4}-{h4}-{h12}"),
        TokenKind("LangSmith API key", "lsv2_pt_{h32}_{h10}"),
        TokenKind("LangSmith service key", "lsv2_sk_{h32}_{h10}"),
        TokenKind("LangSmith API key, first form", "ls__{h32}"),
        TokenKind("Groq API key", "gsk_{w52}"),
        TokenKind("Replicate API token", "r8_{x37-40}"),
        TokenKind("xAI API key", "xai-{x70-90}"),
        TokenKind("Perplexity API key", "pplx-{w48-56}"),
        TokenKind("Fireworks AI API key", "fw_{w22-48}"),
        TokenKind("Together AI API key", "tgp_v1_{x43}"),
        TokenKind("Cerebras API key", "csk-{w40-60}"),
        TokenKind("NVIDIA API key", "nvapi-{x60-90}"),
        TokenKind("Pinecone API key", "pcsk_{x60-80}"),
        TokenKind("Voyage AI API key", "pa-{x43}"),
        TokenKind("Jina AI API key", "jina_{x60-70}"),
        TokenKind("Tavily API key", "tvly-{x32-60}"),
        TokenKind("E2B API key", "e2b_{h40}"),
        TokenKind("RunPod API key", "rpa_{w40-50}"),
        TokenKind("ElevenLabs API key", "sk_{h48}"),
        TokenKind("Weights & Biases API key", "wandb_v1_{x60-90}"),
        TokenKind("Neptune API token", "eyJhcGlfYWRkcmVzcyI6{b40-600}", .base64),
        TokenKind("Databricks personal access token", "dapi{h32}"),
        TokenKind("Databricks OAuth secret", "dose{h32}"),
        TokenKind("Prefect API key", "pnu_{w36}"),
        TokenKind("Prefect service key", "pnb_{w36}"),
        TokenKind("dbt Cloud service token", "dbtc_{x40-60}"),
        TokenKind("dbt Cloud user token", "dbtu_{x40-60}"),
        TokenKind("Kaggle API token", "KGAT_{h32}"),
    ]

    /// Clouds and infrastructure.
    private static let clouds = [
        TokenKind("AWS access key id", "AKIA{t16}"),
        TokenKind("AWS temporary access key id", "ASIA{t16}", .none, .medium),
        TokenKind("AWS bearer token", "ABIA{t16}"),
        TokenKind("AWS context credential", "ACCA{t16}"),
        TokenKind("Amazon Bedrock API key", "ABSK{b100-140}"),
        TokenKind("Amazon Bedrock short-term key", "bedrock-api-key-{b60-2000}", .none, .medium),
        TokenKind("Google API key", "AIza{x35}"),
        TokenKind("Google OAuth client secret", "GOCSPX-{x28}"),
        TokenKind("Google OAuth access token", "ya29.{x20-400}", .none, .medium),
        TokenKind("Azure Storage account key", "AccountKey={b86}=="),
        TokenKind("Azure shared access key", "SharedAccessKey={b43}="),
        TokenKind("DigitalOcean access token", "dop_v1_{h64}"),
        TokenKind("DigitalOcean OAuth token", "doo_v1_{h64}"),
        TokenKind("DigitalOcean refresh token", "dor_v1_{h64}"),
        TokenKind("Alibaba Cloud access key id", "LTAI{w17-21}"),
        TokenKind("Tencent Cloud secret id", "AKID{w32}"),
        TokenKind("Yandex Cloud API key", "AQVN{x35-38}"),
        TokenKind("Heroku API key", "HRKU-{x36-60}"),
        TokenKind("Fly.io token", "FlyV1 fm{d1}_{b40-2000}"),
        TokenKind("Netlify access token", "nfp_{w36-40}"),
        TokenKind("Vercel access token", "vcp_{w24-60}"),
        TokenKind("Supabase access token", "sbp_{h40}"),
        TokenKind("Supabase secret key", "sb_secret_{x22-40}"),
        TokenKind("PlanetScale password", "pscale_pw_{v32-64}"),
        TokenKind("PlanetScale token", "pscale_tkn_{v32-64}"),
        TokenKind("MongoDB Atlas service account secret", "mdb_sa_sk_{x40-60}"),
        TokenKind("Vault service token", "hvs.{x24-300}"),
        TokenKind("Vault batch token", "hvb.{x100-400}"),
        TokenKind("Terraform Cloud token", "{w14}.atlasv1.{x60-70}"),
        TokenKind("Doppler token", "dp.pt.{w40-44}"),
        TokenKind("Doppler service token", "dp.st.{v40-80}"),
        TokenKind("Pulumi access token", "pul-{h40}"),
        TokenKind("Tailscale key", "tskey-{x20-100}"),
        TokenKind("1Password service account token", "ops_eyJ{x200-2000}"),
        TokenKind("Cloudflare origin CA key", "v1.0-{h24}-{h146}"),
        TokenKind("age secret key", "AGE-SECRET-KEY-1{u58}", .bech32),
        TokenKind("Infracost API key", "ico-{w32}"),
        TokenKind("Grafana service account token", "glsa_{w32}_{H8}"),
        TokenKind("Grafana Cloud token", "glc_{b32-400}"),
        TokenKind("New Relic user key", "NRAK-{u27}"),
        TokenKind("New Relic ingest key", "NRII-{x32}"),
        TokenKind("Dynatrace token", "dt0c01.{u24}.{u64}"),
        TokenKind("Sentry organisation token", "sntrys_{b80-400}"),
        TokenKind("Sentry user token", "sntryu_{h64}"),
    ]

    /// Code, packages and their builds.
    private static let code = [
        TokenKind("GitHub personal access token", "ghp_{w36}", .crc32),
        TokenKind("GitHub OAuth token", "gho_{w36}", .crc32),
        TokenKind("GitHub user-to-server token", "ghu_{w36}", .crc32),
        TokenKind("GitHub server-to-server token", "ghs_{w36}", .crc32),
        TokenKind("GitHub refresh token", "ghr_{w36-76}"),
        TokenKind("GitHub fine-grained token", "github_pat_{w22}_{w59}"),
        TokenKind("GitLab personal access token", "glpat-{x20}"),
        TokenKind("GitLab personal access token", "glpat-{x27-300}.{w2}.{w9}"),
        TokenKind("GitLab deploy token", "gldt-{x20}"),
        TokenKind("GitLab runner token", "glrt-{x20-30}"),
        TokenKind("GitLab runner registration token", "GR1348941{x20}"),
        TokenKind("GitLab CI job token", "glcbt-{w1-5}_{x20}"),
        TokenKind("GitLab trigger token", "glptt-{h40}"),
        TokenKind("GitLab feed token", "glft-{x20}"),
        TokenKind("GitLab agent token", "glagent-{x50}"),
        TokenKind("GitLab OAuth secret", "gloas-{x64}"),
        TokenKind("Bitbucket or Atlassian API token", "ATATT3{x150-250}={H8}"),
        TokenKind("Bitbucket app password", "ATBB{w28-36}"),
        TokenKind("npm access token", "npm_{w36}", .crc32),
        TokenKind("PyPI upload token", "pypi-AgEIcHlwaS5vcmc{x50-1000}"),
        TokenKind("TestPyPI upload token", "pypi-AgENdGVzdC5weXBpLm9yZw{x50-1000}", .none, .medium),
        TokenKind("RubyGems API key", "rubygems_{h48}"),
        TokenKind("crates.io token", "cio{w32}"),
        TokenKind("NuGet API key", "oy2{l43}"),
        TokenKind("Docker Hub access token", "dckr_pat_{x27}"),
        TokenKind("Docker organisation token", "dckr_oat_{x32}"),
        TokenKind("Artifactory API key", "AKCp{w65-75}"),
        TokenKind("Artifactory reference token", "cmVmdGtuOj{w50-60}"),
        TokenKind("CircleCI token", "CCIPAT_{w20-24}_{h40}"),
        TokenKind("Buildkite token", "bkua_{h40}"),
        TokenKind("SonarQube user token", "squ_{h40}"),
        TokenKind("SonarQube project token", "sqp_{h40}"),
        TokenKind("SonarQube analysis token", "sqa_{h40}"),
        TokenKind("Codecov upload token", "codecov_{w32-40}"),
        TokenKind("Snyk token", "snyk_uat.{h8}.{x50-200}"),
        TokenKind("Postman API key", "PMAK-{h24}-{h34}"),
        TokenKind("ReadMe API key", "rdme_{l70}"),
        TokenKind("Clojars token", "CLOJARS_{h60}"),
    ]

    /// Services that applications use.
    private static let services = [
        TokenKind("Slack bot token", "xoxb-{d8-14}-{d8-14}-{w20-34}"),
        TokenKind("Slack bot token, first form", "xoxb-{d8-14}-{w18-26}"),
        TokenKind("Slack user token", "xoxp-{d8-14}-{d8-14}-{d8-14}-{w28-34}"),
        TokenKind("Slack workspace token", "xoxa-{d1-14}-{x20-80}"),
        TokenKind("Slack refresh token", "xoxe-{d1}-{w100-200}"),
        TokenKind("Slack session token", "xoxs-{d8-14}-{x20-80}"),
        TokenKind("Slack app-level token", "xapp-{d1}-{u8-14}-{d8-14}-{h32-64}"),
        TokenKind("Slack webhook", "hooks.slack.com/services/T{u7-11}/B{u7-11}/{w23-25}"),
        TokenKind("Slack workflow webhook", "hooks.slack.com/workflows/T{u7-11}/A{u7-11}/{d10-20}/{w23-25}"),
        TokenKind("Discord webhook", "discord.com/api/webhooks/{d17-20}/{x60-80}"),
        TokenKind("Discord webhook", "discordapp.com/api/webhooks/{d17-20}/{x60-80}"),
        TokenKind(
            "Microsoft Teams webhook",
            ".webhook.office.com/webhookb2/{h8}-{h4}-{h4}-{h4}-{h12}@{h8}-{h4}-{h4}-{h4}-{h12}/IncomingWebhook/{h32}/{h8}-{h4}-{h4}-{h4}-{h12}"
        ),
        TokenKind("Telegram bot token", "{d8-10}:AA{x33}"),
        TokenKind("Stripe live key", "sk_live_{w24-107}"),
        TokenKind("Stripe restricted key", "rk_live_{w24-107}"),
        TokenKind("Stripe test key", "sk_test_{w24-107}", .none, .low),
        TokenKind("Stripe restricted test key", "rk_test_{w24-107}", .none, .low),
        TokenKind("Stripe webhook secret", "whsec_{b32-44}"),
        TokenKind("Square access token", "EAAA{x60}"),
        TokenKind("Square OAuth secret", "sq0csp-{x43}"),
        TokenKind("Square access token", "sq0atp-{x22}"),
        TokenKind("PayPal Braintree token", "access_token$production${l16}${h32}"),
        TokenKind("Shopify access token", "shpat_{H32}"),
        TokenKind("Shopify custom app token", "shpca_{H32}"),
        TokenKind("Shopify private app token", "shppa_{H32}"),
        TokenKind("Shopify shared secret", "shpss_{H32}"),
        TokenKind("SendGrid API key", "SG.{x22}.{x43}"),
        TokenKind("Mailgun API key", "key-{h32}"),
        TokenKind("Mailchimp API key", "{h32}-us{d1-2}"),
        TokenKind("Brevo API key", "xkeysib-{h64}-{w16}"),
        TokenKind("Resend API key", "re_{w8}_{w24}"),
        TokenKind("Notion token", "ntn_{w40-50}"),
        TokenKind("Notion integration token", "secret_{w43}"),
        TokenKind("Linear API key", "lin_api_{w40}"),
        TokenKind("Figma token", "figd_{x40-44}"),
        TokenKind("Airtable token", "pat{w14}.{h64}"),
        TokenKind("Dropbox short-lived token", "sl.{x130-160}", .none, .medium),
        TokenKind("HubSpot private app token", "pat-na1-{h8}-{h4}-{h4}-{h4}-{h12}"),
        TokenKind("HubSpot private app token", "pat-eu1-{h8}-{h4}-{h4}-{h4}-{h12}"),
        TokenKind("Facebook access token", "EAACEdEose0cBA{w20-200}"),
        TokenKind("Typeform token", "tfp_{v40-60}"),
        TokenKind("Contentful token", "CFPAT-{x43}"),
        TokenKind("LaunchDarkly key", "api-{h8}-{h4}-4{h3}-{h4}-{h12}"),
        TokenKind("LaunchDarkly SDK key", "sdk-{h8}-{h4}-4{h3}-{h4}-{h12}"),
        TokenKind("Duffel token", "duffel_live_{x43}"),
        TokenKind("EasyPost live key", "EZAK{w54}"),
        TokenKind("Flutterwave secret key", "FLWSECK-{h32}-X"),
        TokenKind("Frame.io token", "fio-u-{x64}"),
        TokenKind("Lob live key", "live_{h35}"),
        TokenKind("Plaid token", "access-production-{h8}-{h4}-{h4}-{h4}-{h12}"),
        TokenKind("Shippo token", "shippo_live_{h40}"),
        TokenKind("Scalingo token", "tk-us-{x48}"),
        TokenKind("Twilio API key", "SK{h32}"),
        TokenKind("Azure shared access signature", "&sig={p43-80}"),
        TokenKind("PuTTY private key", "PuTTY-User-Key-File-{d1}: {x3-40}"),
        TokenKind("password hash of Apache (MD5)", "$apr1${c1-8}${c22}", .none, .low),
        TokenKind("password hash (bcrypt)", "$2y${d2}${c53}", .none, .low),
        TokenKind("password hash (SHA-512)", "$6${c1-16}${c86}", .none, .low),
    ]
}
