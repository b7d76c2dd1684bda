"""Names the corpus is made of: `name=version` of well-known packages, and made-up names close to them.

Packages and versions are real, from public registries. None of the made-up names was registered
when this was written.
"""

# PyPI: what AI projects depend on; both halves
AI = """
torch=2.15.0 torchvision=0.29.2 transformers=5.23.0 tokenizers=0.23.3 datasets=5.2.0 accelerate=1.15.0
peft=0.21.2 trl=1.16.0 diffusers=0.42.1 safetensors=0.8.0 sentence-transformers=6.2.0 langchain=1.5.0
llama-index=0.14.25 openai=3.51.0 anthropic=2.10.0 tiktoken=0.14.0 faiss-cpu=1.15.1 chromadb=1.5.9 gradio=6.31.0
streamlit=1.67.0 mlflow=3.18.0 wandb=0.31.0 onnx=1.23.2 onnxruntime=1.31.1 keras=3.15.1 tensorflow=2.21.0
scikit-learn=1.9.1 xgboost=3.4.1 lightgbm=4.7.0 spacy=3.8.18 nltk=3.10.4 gensim=4.4.0 optuna=5.0.0 ray=2.60.0
bitsandbytes=0.50.2 einops=0.8.2 timm=1.0.31 vllm=0.33.0 evaluate=0.4.6 sentencepiece=0.2.3 qdrant-client=1.20.0
flax=0.12.12 ultralytics=8.4.190
""".split()

# PyPI: most downloaded; each half has every other one
PYPI = """
boto3=1.44.5 packaging=26.3 urllib3=2.8.0 idna=3.20 requests=2.34.2 typing-extensions=4.16.0
charset-normalizer=3.5.2 setuptools=84.2.1 botocore=1.44.5 cryptography=50.0.2 aiobotocore=3.10.0
python-dateutil=4.0.0 six=1.17.0 pyyaml=6.0.3 pydantic=2.14.3 pygments=2.21.0 cffi=2.1.1 click=8.5.1 numpy=2.5.5
pluggy=1.7.0 pycparser=3.12 pydantic-core=2.50.4 grpcio-status=1.85.1 anyio=4.16.0 s3transfer=0.19.3
attrs=26.1.0 protobuf=7.36.2 h11=0.16.0 pytest=9.2.0 annotated-types=0.8.0 iniconfig=2.3.1 fsspec=2026.9.0
httpx=0.28.1 httpcore=1.0.9 typing-inspection=0.4.5 pandas=3.1.1 s3fs=2026.9.0 markupsafe=3.0.4
platformdirs=4.14.5 python-dotenv=1.2.4 pathspec=1.1.1 pyjwt=2.15.1 jinja2=3.1.6 rich=15.0.0 jmespath=1.1.0
markdown-it-py=4.3.0 aiohttp=3.14.5 filelock=4.2.11 importlib-metadata=10.2.0 yarl=1.25.1 starlette=1.10.0
multidict=7.2.1 jsonschema=4.26.0 zipp=4.1.2 uvicorn=0.54.0 propcache=0.5.4 wheel=0.48.0 mdurl=0.1.2
pyasn1=0.6.5 pytz=2026.6 googleapis-common-protos=1.76.0 frozenlist=1.8.0 fastapi=0.163.2 rpds-py=2026.9.1
tqdm=4.70.1 annotated-doc=0.0.6 aiosignal=1.4.0 referencing=0.37.0 jsonschema-specifications=2025.9.1
tzdata=2026.6 aiohappyeyeballs=2.7.1 pillow=13.0.0 virtualenv=21.15.7 greenlet=3.5.6 colorama=0.4.6
pyasn1-modules=0.4.2 typer=0.29.1 grpcio=1.85.1 tenacity=9.2.1 wrapt=2.5.2 requests-oauthlib=2.0.0
pyarrow=26.0.1 awscli=1.46.2 websockets=17.4 python-multipart=0.0.34 scipy=1.18.1 sniffio=1.3.1
pydantic-settings=2.16.3 sqlalchemy=2.1.9 pyparsing=3.3.3 shellingham=1.5.4 tomli=2.5.0 lxml=6.1.3
beautifulsoup4=4.15.0 oauthlib=4.0.1 soupsieve=4.1.1 psutil=7.2.2 regex=2026.11.15 cachetools=8.0.0
textual=8.2.8 sglang=0.5.23 exceptiongroup=1.3.1 hatchling=1.33.0 more-itertools=11.2.1 requests-toolbelt=1.0.0
watchfiles=1.3.0 tomlkit=0.15.2 proto-plus=1.29.0 distro=1.9.0 distlib=0.4.4 jiter=0.19.0 mcp=2.3.0
websocket-client=1.9.2 mypy-extensions=1.2.0 openpyxl=3.1.5 et-xmlfile=2.0.0 sse-starlette=3.7.0 wcwidth=0.9.4
editables=0.6 coverage=7.17.3 docutils=0.23 huggingface-hub=2.4.0 grpcio-tools=1.85.1 pydantic-ai-slim=2.68.0
dnspython=2.9.2 werkzeug=3.1.9 networkx=3.7 redis=8.1.0 gitpython=3.2.1 msgpack=1.2.4 pyopenssl=26.4.0
ptyprocess=0.7.0 decorator=5.3.1 python-discovery=1.9.5 smmap=5.0.3 pexpect=4.9.0 ruff=0.17.5 docker=7.2.0
pynacl=1.6.2 sortedcontainers=2.4.0 keyring=25.7.0 docstring-parser=0.18.0 uvloop=0.23.0 httptools=0.9.0
fonttools=4.68.0 multiprocess=0.70.19 tabulate=0.10.0 gitdb=4.0.12 matplotlib=3.11.2 isodate=0.7.2
async-timeout=5.0.1 httpx-sse=0.4.3 prompt-toolkit=3.0.53 jaraco-classes=3.4.0 secretstorage=3.5.0 jeepney=0.9.0
itsdangerous=2.2.0 flask=3.1.3 hf-xet=1.8.0 bcrypt=5.0.0 jaraco-functools=4.6.0 kiwisolver=1.5.1
jaraco-context=6.1.2 dill=0.4.1 joblib=1.6.0 pytest-cov=7.1.0 pytest-asyncio=1.5.0 contourpy=1.4.0
alembic=1.20.1 orjson=3.13.0 email-validator=2.4.0 deprecated=3.0.1 msal=1.39.0 chardet=7.7.0 ruamel-yaml=0.19.1
defusedxml=0.7.1 threadpoolctl=3.8.0 blinker=1.9.0 kubernetes=37.0.2 pytest-json-ctrf=0.6.1 mako=1.4.3
cycler=0.12.1 tzlocal=5.4.5 toml=0.10.2 mypy=2.4.1 sympy=1.14.0 jsonpointer=3.12 poetry-core=2.5.0
nodeenv=1.12.0 pydantic-graph=2.68.0 xxhash=4.1.0 pyproject-hooks=1.3.3 uv=0.13.8 zstandard=0.25.0
ipython=9.18.1 uritemplate=4.2.0 prometheus-client=0.26.0 asn1crypto=1.5.1 rapidfuzz=3.14.6 build=1.6.1
traitlets=5.16.1 paramiko=5.1.0 httplib2=0.32.1 ydb=3.33.2 identify=2.6.20 pre-commit=4.7.0 cfgv=3.5.0
jedi=0.20.1 aiofiles=25.1.0 parso=0.8.7 backoff=2.2.1 executing=2.3.0 weaviate-client=4.24.1 h2=4.4.1
marshmallow=4.4.0 hyperframe=6.1.0 fastjsonschema=2.22.3 hpack=4.2.0 matplotlib-inline=0.2.2 sqlparse=0.6.1
mpmath=1.4.1 durationpy=0.11 msal-extensions=1.3.1 jsonpatch=1.47 asttokens=3.0.2 setuptools-scm=10.3.4
gunicorn=27.0.1 babel=2.18.0 cloudpickle=3.1.2 authlib=1.9.6 pure-eval=0.2.4 stack-data=0.6.3 black=26.10.1
sentry-sdk=2.75.0 pytest-xdist=3.8.0 asgiref=3.13.0 tornado=6.6.1 gcsfs=2026.10.1 xmltodict=1.0.4
webencodings=0.6.1 cython=3.3.1 nest-asyncio=1.6.0 execnet=2.1.2 librt=0.16.0 termcolor=3.3.0
python-json-logger=4.2.0 pyee=16.0.1 markdown=3.11.3 playwright=1.65.2 pyzmq=27.3.0 cachecontrol=0.14.4
importlib-resources=7.1.0 joserfc=1.8.0 vcs-versioning=2.6.0 pymongo=4.20.0 watchdog=7.1.0 debugpy=1.8.22
tree-sitter=0.26.1 typing-inspect=0.9.0 aioitertools=0.13.0 rich-toolkit=0.20.6 isort=9.0.2 structlog=26.1.0
pycryptodome=4.4.0 tinycss2=1.5.1 pytest-mock=3.17.0 slack-sdk=3.47.0 asyncpg=0.32.0 mdit-py-plugins=0.7.0
pymysql=1.2.4 dulwich=1.2.21 langsmith=0.14.17 lz4=4.4.5 jupyter-core=5.9.1 jsonschema-path=0.5.0
flatbuffers=25.12.19 narwhals=2.28.0 msrest=0.7.1 ruamel-yaml-clib=0.2.15 pkginfo=2.0
grpcio-health-checking=1.85.1 installer=1.1.0 cyclopts=5.4.0 mccabe=0.7.0 jupyter-client=8.10.0 pyperclip=1.11.0
dataclasses-json=0.6.7 awswrangler=3.17.1 linkify-it-py=2.2.0 semver=3.1.1 xlsxwriter=3.3.1 sphinx=9.2.0
deepdiff=9.1.0 invoke=3.0.3 loguru=0.7.3 ipykernel=7.4.0 cfn-lint=1.58.0 uc-micro-py=2.0.0 pytokens=0.4.1
pygithub=2.10.0
""".split()

# PyPI: legitimate names close to other well-known names
PYPI_NEAR = """
requests-file=3.0.1 requests-mock=1.12.1 requests-cache=1.3.3 numpydoc=1.11.0 torchmetrics=1.9.0 torchinfo=1.8.0
pandera=0.35.0 pandasql=0.7.3 psycopg=3.3.9 psycopg2=2.9.13 bs4=0.0.2 python-jose=3.5.0 uvicorn=0.54.0
gunicorn=27.0.1 mypy=2.4.1 pypdf=7.1.0 pypdf2=3.0.1 httpx=0.28.1 httpie=3.2.4 tomli=2.5.0 tomlkit=0.15.2
toml=0.10.2 nox=2026.10.20 tox=4.67.13 dask=2026.8.0 flask-cors=6.0.5 cattrs=26.2.1 boto=2.49.0 s3fs=2026.9.0
gcsfs=2026.10.1 jupyter=1.1.1 jupyterlab=4.6.6 torchaudio=2.11.0 xlrd=2.0.2 xlwt=1.3.0 web3=8.0.0
python-docx=1.2.0 docx2txt=0.9 tf-keras=2.21.0 keras-tuner=1.4.8 pytest-mock=3.17.0 pytest-django=4.14.0
fastapi-users=15.0.5 pydantic-settings=2.16.3 aiofiles=25.1.0 aiohttp-retry=2.9.1 rich-click=1.9.9
typer-slim=0.24.0 loguru=0.7.3 polars=2.1.0 pyyaml-include=2.2 ruamel-yaml=0.19.1 scikit-image=0.26.0
scikit-optimize=0.10.2 tensorflow-hub=0.16.1 tensorflow-datasets=4.9.10 open-clip-torch=3.3.0
langchain-core=1.8.1 langgraph=1.2.22 pyjwt=2.15.1 jwcrypto=1.6.1 pillow-heif=1.8.1 celery=5.7.0 kombu=5.7.0
redis-om=1.2.0 sqlmodel=0.0.50 sqlglot=30.30.0 click-log=0.4.0 cliff=4.17.0 attrs=26.1.0 orjson=3.13.0
ujson=6.1.0 simplejson=4.3.0 jsonpickle=4.1.4 mlxtend=0.25.0 hydra-core=1.3.8 seaborn=0.13.2 pyod=3.6.7
prettytable=3.18.0 tabulate=0.10.0 texttable=1.7.2 black=26.10.1 flake8=7.5.0 pytorch-lightning=2.6.6
pytorch-metric-learning=2.9.0 tqdm-joblib=0.0.5 sktime=1.2.0 spacy-transformers=1.4.0 rasterio=1.5.2
numexpr=2.14.2 xarray=2026.9.0 mock=5.2.0 responses=0.26.3 respx=0.23.1
""".split()

# npm: direct dependencies of front ends; both halves
FRONT = """
react=19.3.1 react-dom=19.3.1 next=16.4.6 express=5.3.0 axios=1.21.1 lodash=4.18.1 vite=8.3.8 typescript=7.0.2
zod=4.6.7 openai=7.55.0 @huggingface/inference=4.13.30 @xenova/transformers=2.17.2 onnxruntime-web=1.30.0
@tensorflow/tfjs=4.22.0 langchain=1.5.14 @langchain/core=1.2.13 socket.io=4.8.4 cors=2.8.6 helmet=8.3.0
jest=30.5.2 vitest=5.1.0 prettier=3.10.1
""".split()

# npm: most downloaded; each half has every other one
NPM = """
semver=7.8.6 ansi-styles=7.0.0 debug=4.4.3 minimatch=11.0.9 strip-ansi=7.2.0 chalk=6.0.1 supports-color=11.0.0
string-width=9.0.0 ansi-regex=6.6.0 ms=2.1.3 lru-cache=11.5.3 brace-expansion=5.0.13 tslib=2.9.1
emoji-regex=11.0.0 wrap-ansi=10.0.2 type-fest=5.10.0 commander=15.1.0 glob=14.0.6 color-name=2.1.1
color-convert=3.1.3 source-map=0.8.0 has-flag=5.0.1 readable-stream=4.8.0 picomatch=4.0.7 ajv=8.20.0
safe-buffer=5.2.1 escape-string-regexp=5.0.0 uuid=14.0.3 yallist=5.0.0 signal-exit=4.1.0 react-is=19.3.1
is-fullwidth-code-point=5.1.0 which=7.0.0 p-limit=7.3.3 json-schema-traverse=1.0.0 find-up=8.0.0
locate-path=8.0.0 p-locate=7.0.0 mime-db=1.54.0 eslint-visitor-keys=5.0.1 minipass=7.1.3 glob-parent=6.0.2
iconv-lite=0.7.3 string_decoder=1.3.0 js-yaml=5.5.0 isarray=2.0.5 mime-types=3.0.2 @babel/types=8.1.2
@babel/code-frame=8.0.6 globals=17.14.0 path-key=4.0.0 yargs-parser=22.0.0 ws=8.23.0 resolve=1.22.14
get-stream=9.0.1 argparse=3.0.4 @babel/parser=8.1.2 yargs=18.2.0 pretty-format=30.5.1 ignore=7.0.16
undici-types=8.12.4 acorn=8.19.0 isexe=4.0.0 cross-spawn=7.0.6 postcss=8.5.33 balanced-match=5.0.0
resolve-from=5.0.0 fs-extra=11.4.1 camelcase=10.0.0 cliui=9.0.1 @jridgewell/trace-mapping=0.3.31 punycode=2.3.1
@babel/helper-validator-identifier=8.0.6 @babel/generator=8.1.2 is-stream=4.0.1 entities=9.0.0 agent-base=9.0.0
estraverse=5.3.0 strip-json-comments=5.1.0 shebang-regex=4.0.0 shebang-command=2.0.0 json5=2.2.3
@babel/traverse=8.1.2 webidl-conversions=8.0.1 path-exists=5.0.0 path-to-regexp=9.0.0 whatwg-url=17.3.0
https-proxy-agent=9.1.0 onetime=8.0.0 @babel/core=8.1.2 form-data=4.0.6 tr46=7.0.0 @babel/template=8.1.2
execa=10.2.1 eslint-scope=9.1.2 inherits=2.0.4 convert-source-map=2.0.0 rimraf=6.1.4 negotiator=1.1.0 qs=6.17.1
get-intrinsic=1.3.1 @babel/helper-module-imports=8.0.0 @babel/runtime=8.1.2 statuses=2.0.2 universalify=2.0.1
fast-deep-equal=3.1.3 minimist=1.2.8 picocolors=1.1.1 @babel/helper-module-transforms=8.1.2 chokidar=6.0.0
@babel/compat-data=8.1.2 @babel/helpers=8.1.2 has-symbols=1.1.0 @jest/types=30.5.1 esbuild=0.28.2
@typescript-eslint/types=8.73.0 @babel/helper-compilation-targets=8.0.7 function-bind=1.1.2
caniuse-lite=1.0.30001826 npm-run-path=6.0.0 js-tokens=10.0.0 graceful-fs=4.2.12
@babel/helper-string-parser=8.1.2 is-number=7.0.0 bytes=3.1.2 @jridgewell/sourcemap-codec=1.6.0 readdirp=5.1.1
mimic-fn=5.0.0 slash=5.1.0 @typescript-eslint/typescript-estree=8.73.0 y18n=5.0.8 browserslist=4.29.6
electron-to-chromium=1.5.488 kind-of=6.0.3 @typescript-eslint/visitor-keys=8.73.0 yaml=2.9.1 buffer=6.0.3
cookie=2.0.2 jsesc=3.1.0 braces=3.0.3 fill-range=7.1.1 @babel/helper-plugin-utils=8.0.1 hasown=2.0.4 ini=7.0.0
node-fetch=3.3.2 escalade=3.2.0 @jridgewell/gen-mapping=0.3.13 human-signals=8.0.1 mkdirp=3.0.1 gopd=1.2.0
http-errors=2.0.1 micromatch=4.0.8 @typescript-eslint/scope-manager=8.73.0 strip-bom=5.0.0 es-object-atoms=1.1.2
concat-map=0.0.2 make-dir=5.1.0 is-glob=4.0.3 es-define-property=1.0.1 nanoid=6.0.2 @smithy/util-utf8=4.5.2
es-errors=1.3.0 to-regex-range=5.0.1 @babel/helper-validator-option=8.0.0 call-bind-apply-helpers=1.0.2
schema-utils=4.8.3 update-browserslist-db=1.4.0 path-scurry=3.0.0 yocto-queue=1.2.2 node-releases=2.0.65
ci-info=4.5.0 dunder-proto=1.0.1 math-intrinsics=1.1.0 mime=4.1.2 get-proto=1.0.1 @jridgewell/resolve-uri=3.1.3
has-tostringtag=1.0.2 uri-js=4.4.1 magic-string=1.4.5 object-inspect=1.13.4 fast-glob=3.3.3 dotenv=18.0.10
pify=6.1.0 @aws-sdk/types=3.975.1 @typescript-eslint/utils=8.73.0 @smithy/util-buffer-from=4.5.2
http-proxy-agent=9.1.0 is-extglob=2.1.1 strip-final-newline=4.0.0 parse-json=8.3.0 espree=11.2.0 once=1.4.0
source-map-support=0.5.21 content-disposition=3.0.0 jest-util=30.5.1 es-set-tostringtag=2.1.0 is-wsl=3.1.1
wrappy=1.0.2 @sinclair/typebox=0.34.52 safer-buffer=2.1.2 normalize-path=3.0.0 side-channel=1.1.1
is-core-module=2.18.0 eslint=10.15.0 cosmiconfig=10.0.1 util-deprecate=1.0.2 jsonfile=6.2.1 ansi-escapes=7.3.0
encodeurl=3.0.1 jest-worker=30.5.1 @smithy/is-array-buffer=4.5.2 depd=2.0.0 jackspeak=4.2.3 scheduler=0.28.0
doctrine=3.0.0 @smithy/types=4.20.0 postcss-selector-parser=7.2.1 flat-cache=6.1.23 callsites=4.2.0
delayed-stream=1.0.0 @opentelemetry/core=3.1.1 is-arrayish=0.3.4 @typescript-eslint/parser=8.73.0 asynckit=0.5.0
require-from-string=2.0.2 combined-stream=1.0.8 file-entry-cache=11.1.5 source-map-js=1.2.2 is-docker=4.0.0
@jest/schemas=30.5.0 object-assign=4.1.1 eastasianwidth=0.3.0 parse5=8.1.1 arg=5.0.2 estree-walker=3.0.3
fastq=1.20.3 send=1.2.1 get-caller-file=2.0.5 finalhandler=2.1.1 esprima=4.0.1 import-fresh=4.0.1
path-parse=1.0.7 raw-body=4.0.0 range-parser=1.3.0 optionator=0.9.4 anymatch=3.1.3 esutils=2.0.3
type-check=0.4.0 restore-cursor=5.1.0 call-bound=1.0.4 diff=9.0.0 csstype=3.2.4 write-file-atomic=8.0.0
setprototypeof=1.2.0 path-type=6.0.0 keyv=6.1.0 supports-preserve-symlinks-flag=1.0.0 async=3.2.6
foreground-child=4.0.3 on-finished=2.4.2 levn=0.4.1 prelude-ls=1.2.1 vary=1.1.2 fast-json-stable-stringify=2.1.0
globby=16.2.4 cli-cursor=5.0.0 @typescript-eslint/eslint-plugin=8.73.0 slice-ansi=10.0.1 base64-js=1.5.1
rxjs=7.8.2 @nodelib/fs.stat=4.0.0 merge-stream=2.0.0 eventemitter3=5.0.4 detect-libc=2.1.2 serve-static=2.2.1
lines-and-columns=2.0.4 require-directory=2.1.1 @typescript-eslint/type-utils=8.73.0 rollup=4.68.5 reusify=1.1.0
tough-cookie=6.1.0 sprintf-js=1.1.3 @babel/helper-globals=8.0.6 body-parser=2.4.0 follow-redirects=1.16.3
jiti=2.7.0 imurmurhash=0.1.4 hosted-git-info=10.1.1 json-parse-even-better-errors=6.0.0 open=11.0.4
is-plain-obj=4.1.0 parent-module=3.2.0 flatted=3.4.4 @isaacs/cliui=9.0.0
""".split()

# npm: legitimate names close to other well-known names
NPM_NEAR = """
preact=11.2.0 lodash-es=4.18.1 lodash.merge=4.6.2 cross-env=10.1.0 vitest=5.1.0 mime=4.1.2 mime-db=1.54.0
qs=6.17.1 ws=8.23.0 koa=3.2.1 jsonc-parser=3.3.1 yargs-parser=22.0.0 color=5.0.3 colord=2.13.0 colors=1.4.0
acorn-walk=8.3.5 swr=2.5.1 react-is=19.3.1 redux=5.0.1 nanoid=6.0.2 chalk-template=1.1.3 got=16.1.0 ky=2.1.0
request-ip=3.3.0 uuidv4=6.2.13 uuid-random=1.3.2 express-session=1.19.0 express-validator=7.3.2
axios-retry=4.5.0 dotenv-expand=1000.0.0 dotenv-cli=11.0.0 minimist-options=4.1.0 next-auth=4.24.15
zod-to-json-schema=3.25.2 eslint-config-prettier=10.1.8 prettier-eslint=17.1.2 rimraf=6.1.4 glob-parent=6.0.2
semver-diff=5.0.0 node-fetch-native=1.6.7 chokidar-cli=3.0.0 moment-timezone=0.6.6 dayjs=1.11.23 date-fns=4.4.0
react-router=8.5.1 react-redux=9.3.1 vue=3.5.45 vuex=4.1.0 svelte=5.57.3 sass=1.108.2 less=4.9.1
esbuild-register=3.6.0 ts-node=10.9.2 tsx=4.23.15
""".split()

# made-up name < the name it is taken for
PYPI_TYPOS_TUNING = {
    "dropped letter": """
        requsts<requests pands<pandas tnsorflow<tensorflow transfomers<transformers scikt-learn<scikit-learn
        cyptography<cryptography stuptools<setuptools matplolib<matplotlib pydntic<pydantic
        beautifusoup4<beautifulsoup4 huggingfae-hub<huggingface-hub fstapi<fastapi bto3<boto3
        safetenors<safetensors streamit<streamlit
    """.split(),
    "separator": """
        requ-ests<requests pan-das<pandas ten-sorflow<tensorflow scikitlearn<scikit-learn mat-plotlib<matplotlib
        sql-alchemy<sqlalchemy pythondotenv<python-dotenv jin-ja2<jinja2 ope-nai<openai safet-ensors<safetensors
        lan-gchain<langchain stre-amlit<streamlit
    """.split(),
    "swapped letters": """
        requsets<requests pandsa<pandas tranfsormers<transformers cryptograhpy<cryptography
        setuptoosl<setuptools matplotlbi<matplotlib sqlaclhemy<sqlalchemy python-dtoenv<python-dotenv
        fatsapi<fastapi jijna2<jinja2 openia<openai safetesnors<safetensors lnagchain<langchain
        steramlit<streamlit
    """.split(),
    "affix": """
        py-requests<requests python-pandas<pandas tensorflow3<tensorflow py-scikit-learn<scikit-learn
        cryptography3<cryptography py-setuptools<setuptools matplotlib3<matplotlib pydantic-py<pydantic
        beautifulsoup43<beautifulsoup4 python-huggingface-hub<huggingface-hub py-python-dotenv<python-dotenv
        py-boto3<boto3 python-jinja2<jinja2 openai3<openai
    """.split(),
    "doubled letter": """
        tennsorflow<tensorflow transformeers<transformers sccikit-learn<scikit-learn cryptoggraphy<cryptography
        pydanntic<pydantic sqlaalchemy<sqlalchemy beautifulsouup4<beautifulsoup4
        huggingfface-hub<huggingface-hub python-ddotenv<python-dotenv fasttapi<fastapi booto3<boto3
        safettensors<safetensors langcchain<langchain
    """.split(),
    "homoglyph": """
        transf0rmers<transformers setupto0ls<setuptools pydant1c<pydantic sq1alchemy<sqlalchemy
        beaut1fulsoup4<beautifulsoup4 hugg1ngface-hub<huggingface-hub fastap1<fastapi b0to3<boto3 jlnja2<jinja2
        openal<openai langcha1n<langchain streamllt<streamlit
    """.split(),
}

# other names, and keys next to the right one
PYPI_TYPOS_EVALUATION = {
    "doubled letter": """
        nummpy<numpy certiifi<certifi typing-extensionns<typing-extensions aioohttp<aiohttp pilllow<pillow
        datassets<datasets acceleerate<accelerate anthropiic<anthropic coloramma<colorama starleette<starlette
    """.split(),
    "dropped letter": """
        nmpy<numpy python-ateutil<python-dateutil charset-normalizr<charset-normalizer protobf<protobuf
        pytst<pytest pllow<pillow botoore<botocore tkenizers<tokenizers
        sentnce-transformers<sentence-transformers onnxruntme<onnxruntime antropic<anthropic
        wbsockets<websockets
    """.split(),
    "swapped letters": """
        numyp<numpy urllbi3<urllib3 certiif<certifi pytset<pytest tkoenizers<tokenizers
        sentence-tranfsormers<sentence-transformers accelertae<accelerate colroama<colorama starltete<starlette
    """.split(),
    "affix": """
        numpy3<numpy py-urllib3<urllib3 python-dateutil-py<python-dateutil typing-extensions3<typing-extensions
        charset-normalizer3<charset-normalizer py-aiohttp<aiohttp py-protobuf<protobuf pytest3<pytest
        python-datasets<datasets onnxruntime-py<onnxruntime anthropic-py<anthropic python-colorama<colorama
        py-websockets<websockets
    """.split(),
    "separator": """
        urll-ib3<urllib3 cert-ifi<certifi pythondateutil<python-dateutil typingextensions<typing-extensions
        charsetnormalizer<charset-normalizer aioh-ttp<aiohttp pyt-est<pytest bot-ocore<botocore
        datas-ets<datasets sentencetransformers<sentence-transformers accele-rate<accelerate
        onn-xruntime<onnxruntime anthr-opic<anthropic col-orama<colorama starl-ette<starlette
    """.split(),
    "homoglyph": """
        urlllb3<urllib3 certlfi<certifi pyth0n-dateutil<python-dateutil typing-extens1ons<typing-extensions
        a1ohttp<aiohttp prot0buf<protobuf plllow<pillow b0tocore<botocore tokenlzers<tokenizers
        sentence-transforrners<sentence-transformers webs0ckets<websockets
    """.split(),
    "neighbour key": """
        charset-notmalizer<charset-normalizer proyobuf<protobuf pillpw<pillow botpcore<botocore
        tpkenizers<tokenizers datasrts<datasets acceleraye<accelerate obnxruntime<onnxruntime
        webdockets<websockets starletye<starlette
    """.split(),
}

# npm
NPM_TYPOS_TUNING = {
    "affix": """
        lodash3<lodash express3<express commander3<commander minimist3<minimist cross-spawn3<cross-spawn
        chokidar3<chokidar
    """.split(),
    "dropped letter": """
        ldash<lodash exprss<express commandr<commander node-fech<node-fetch chokdar<chokidar
    """.split(),
    "homoglyph": """
        l0dash<lodash comrnander<commander typescrlpt<typescript minirnist<minimist cr0ss-spawn<cross-spawn
        n0de-fetch<node-fetch ch0kidar<chokidar
    """.split(),
    "swapped letters": """
        lodsah<lodash typescritp<typescript miniimst<minimist
    """.split(),
    "separator": """
        expr-ess<express com-mander<commander typesc-ript<typescript min-imist<minimist crossspawn<cross-spawn
        nodefetch<node-fetch choki-dar<chokidar
    """.split(),
    "doubled letter": """
        exppress<express typescriipt<typescript cross-spaawn<cross-spawn node-fettch<node-fetch
    """.split(),
}

# npm
NPM_TYPOS_EVALUATION = {
    "homoglyph": """
        react-dorn<react-dom supports-c0lor<supports-color b0dy-parser<body-parser
    """.split(),
    "swapped letters": """
        recat-dom<react-dom axois<axios fs-xetra<fs-extra sockte.io<socket.io
    """.split(),
    "neighbour key": """
        rract-dom<react-dom axiod<axios suppotts-color<supports-color body-psrser<body-parser doyenv<dotenv
        webpsck<webpack socket.ip<socket.io
    """.split(),
    "affix": """
        react-dom3<react-dom body-parser3<body-parser fs-extra3<fs-extra dotenv3<dotenv
    """.split(),
    "doubled letter": """
        axioos<axios body-pparser<body-parser fs-exxtra<fs-extra doteenv<dotenv webbpack<webpack
    """.split(),
    "dropped letter": """
        axos<axios suports-color<supports-color dotnv<dotenv weback<webpack socet.io<socket.io
    """.split(),
    "separator": """
        supportscolor<supports-color fsextra<fs-extra web-pack<webpack sock-et.io<socket.io
    """.split(),
}

GO = """
golang.org/x/net=0.34.0 golang.org/x/crypto=0.32.0 golang.org/x/text=0.21.0 golang.org/x/sys=0.29.0
google.golang.org/grpc=1.69.4 google.golang.org/protobuf=1.36.3 github.com/gin-gonic/gin=1.10.0
github.com/gorilla/websocket=1.5.3 github.com/spf13/cobra=1.8.1 github.com/spf13/viper=1.19.0
github.com/stretchr/testify=1.10.0 github.com/sirupsen/logrus=1.9.3 github.com/google/uuid=1.6.0
github.com/prometheus/client_golang=1.20.5 github.com/redis/go-redis/v9=9.7.0 github.com/jackc/pgx/v5=5.7.2
github.com/go-chi/chi/v5=5.2.0 github.com/golang-jwt/jwt/v5=5.2.1 github.com/BurntSushi/toml=1.4.0
github.com/klauspost/compress=1.17.11 github.com/pkg/errors=0.9.1 github.com/ollama/ollama=0.5.7
github.com/tmc/langchaingo=0.1.12 github.com/docker/docker=27.5.0 github.com/hashicorp/go-retryablehttp=0.7.7
go.uber.org/zap=1.27.0 go.opentelemetry.io/otel=1.34.0 k8s.io/client-go=0.32.1
github.com/minio/minio-go/v7=7.0.84 github.com/nats-io/nats.go=1.38.0 gopkg.in/yaml.v3=3.0.1
github.com/labstack/echo/v4=4.13.3
""".split()

CRATES = """
serde=1.0.217 serde_json=1.0.138 tokio=1.43.0 reqwest=0.12.12 anyhow=1.0.95 thiserror=2.0.11 clap=4.5.27
tracing=0.1.41 rayon=1.10.0 regex=1.11.1 rand=0.8.5 hyper=1.6.0 axum=0.8.1 candle-core=0.8.2 candle-nn=0.8.2
tokenizers=0.21.0 safetensors=0.5.2 hf-hub=0.4.1 ndarray=0.16.1 half=2.4.1 memmap2=0.9.5 bytes=1.9.0
futures=0.3.31 url=2.5.4 chrono=0.4.39 uuid=1.12.1 base64=0.22.1 sha2=0.10.8 rustls=0.23.21 h2=0.4.7 time=0.3.37
itertools=0.14.0 once_cell=1.20.2 parking_lot=0.12.3 crossbeam=0.8.4 libc=0.2.169 log=0.4.25 syn=2.0.96
quote=1.0.38 proc-macro2=1.0.93 indexmap=2.7.1 hashbrown=0.15.2 smallvec=1.13.2 dashmap=6.1.0 image=0.25.5
zip=2.2.2 tar=0.4.43 flate2=1.0.35
""".split()

MAVEN = """
com.fasterxml.jackson.core:jackson-databind=2.18.2 com.fasterxml.jackson.core:jackson-core=2.18.2
org.apache.logging.log4j:log4j-core=2.24.3 org.springframework:spring-core=6.2.2
org.springframework:spring-web=6.2.2 org.springframework.boot:spring-boot=3.4.2 io.netty:netty-handler=4.1.117
com.google.guava:guava=33.4.0 com.google.code.gson:gson=2.12.1 org.apache.commons:commons-lang3=3.17.0
org.apache.commons:commons-compress=1.27.1 commons-io:commons-io=2.18.0 org.slf4j:slf4j-api=2.0.16
ch.qos.logback:logback-classic=1.5.16 org.yaml:snakeyaml=2.3.0 org.apache.kafka:kafka-clients=3.9.0
org.apache.spark:spark-core_2.13=3.5.4 org.apache.spark:spark-mllib_2.13=3.5.4 ai.djl:api=0.31.1
ai.djl.pytorch:pytorch-engine=0.31.1 com.microsoft.onnxruntime:onnxruntime=1.20.0
org.deeplearning4j:deeplearning4j-core=1.0.0 dev.langchain4j:langchain4j=0.36.2 org.postgresql:postgresql=42.7.5
org.junit.jupiter:junit-jupiter=5.11.4 org.mockito:mockito-core=5.15.2
""".split()

GEMS = """
rails=8.0.1 rack=3.1.8 nokogiri=1.18.2 puma=6.5.0 sinatra=4.1.1 activesupport=8.0.1 actionpack=8.0.1 i18n=1.14.6
json=2.9.1 rexml=3.4.0 bundler-audit=0.9.2 faraday=2.12.2 httparty=0.22.0 ruby-openai=7.3.1 redis=5.3.0
sidekiq=7.3.7 pg=1.5.9 bootsnap=1.18.4 rake=13.2.1 rspec=3.13.0 thor=1.3.2 tzinfo=2.0.6 zeitwerk=2.7.1
loofah=2.24.0 mail=2.8.1 nio4r=2.7.4 racc=1.8.1 mini_mime=1.1.5 addressable=2.8.7 concurrent-ruby=1.3.4
tty-prompt=0.23.1 numo-narray=0.9.2
""".split()

CRAN = """
torch=0.13.0 tensorflow=2.16.0 keras3=1.2.0 reticulate=1.40.0 dplyr=1.1.4 ggplot2=3.5.1 tidyr=1.3.1 readr=2.1.5
purrr=1.0.2 stringr=1.5.1 tibble=3.2.1 data.table=1.16.4 Rcpp=1.0.14 jsonlite=1.8.9 httr2=1.1.0 curl=6.2.0
xgboost=1.7.8 caret=6.0.94 randomForest=4.7.1 shiny=1.10.0 rmarkdown=2.29.0 knitr=1.49.0 digest=0.6.37
rlang=1.1.5 cli=3.6.3 glue=1.8.0 lifecycle=1.0.4 openssl=2.3.1 xml2=1.3.6 yaml=2.3.10 commonmark=1.9.2
haven=2.5.4
""".split()

SWIFT = """
github.com/apple/swift-nio=2.80.0 github.com/apple/swift-nio-http2=1.35.0 github.com/apple/swift-nio-ssl=2.29.0
github.com/apple/swift-log=1.6.2 github.com/apple/swift-crypto=3.11.1 github.com/apple/swift-collections=1.1.4
github.com/apple/swift-argument-parser=1.5.0 github.com/apple/swift-numerics=1.0.2
github.com/apple/swift-atomics=1.2.0 github.com/apple/swift-protobuf=1.28.2 github.com/vapor/vapor=4.112.0
github.com/vapor/fluent=4.12.0 github.com/vapor/jwt-kit=5.1.2 github.com/swift-server/async-http-client=1.24.2
github.com/huggingface/swift-transformers=0.1.17 github.com/jpsim/Yams=5.1.3
github.com/Alamofire/Alamofire=5.10.2 github.com/weichsel/ZIPFoundation=0.9.19
github.com/ml-explore/mlx-swift=0.21.2 github.com/grpc/grpc-swift=1.24.2
""".split()


def pairs(items: list[str]) -> dict[str, str]:
    """Versions by name, of `name=version`."""
    return dict(item.split("=", 1) for item in items)


def typos(kinds: dict[str, list[str]]) -> list[tuple[str, str]]:
    """(kind, made-up name)."""
    return [(kind, pair.split("<")[0]) for kind, pairs_ in kinds.items() for pair in pairs_]
