// Written by Scripts/make_embedded_data.py; do not edit.

extension AbandonedPackages {
    /// Ecosystem, name and successor, one package a line.
    static let rows = """
        pypi sklearn scikit-learn
        pypi pinecone-client pinecone
        pypi pandas-profiling ydata-profiling
        pypi tensorflow-gpu tensorflow
        pypi tf-nightly-gpu tf-nightly
        pypi slackclient slack-sdk
        pypi sqlglotrs sqlglotc
        pypi hijri-converter hijridate
        pypi neptune-fetcher neptune-query
        pypi roman-numerals-py roman-numerals
        pypi vastai-sdk vastai
        pypi braintrust-langchain braintrust
        pypi duckduckgo-mcp web-forager
        pypi lia-web cross-web
        pypi daytona-sdk daytona
        pypi composio-core composio
        pypi databind-json databind
        pypi fireblocks-sdk fireblocks
        pypi pysnmp-lextudio pysnmp
        pypi sf-hamilton apache-hamilton
        pypi blender-mcp mcp-for-blender
        pypi copier-templates-extensions copier-template-extensions
        pypi u8darts darts
        pypi fake-factory Faker
        pypi linkedin-scraper-mcp mcp-server-linkedin
        pypi hud-python hud
        pypi mypy-boto3 types-boto3
        pypi mandrill mailchimp-transactional
        pypi langchain-azure-dynamic-sessions langchain-azure-compute
        npm hast rehype
        npm @emotion/styled-base @emotion/styled/base
        npm @unocss/preset-uno @unocss/preset-wind3
        npm ripple-lib xrpl
        npm iframe-resizer-react @iframe-resizer/react
        pypi faiss faiss-cpu
        """
}
