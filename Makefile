# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
CORDON := .build/release/cordon
RELEASE := swift build -c release --static-swift-stdlib -Xlinker -s --product cordon
# The native engines are libraries of their own, loaded at first use.
ENGINES := CordonTorch CordonArrow
PACKAGES := libtorch-dev libopenblas0-pthread libpng-dev libturbojpeg0-dev libwebp-dev pkg-config unzip \
	zlib1g-dev libbz2-dev liblzma-dev libzstd-dev liblz4-dev libyaml-dev libexpat1-dev libsqlite3-dev libsodium-dev libp11-kit-dev libcurl4-openssl-dev
# What tests run beside the product: a token, and a tracer that kills at every system call.
TEST_PACKAGES := softhsm2 strace openssh-client git dataset-fashion-mnist
# Arrow C++ with its headers comes out of this wheel where the distribution has no libarrow-dev.
PYARROW := 26.0.1
ARROW_VERSION := 2600
# Peers, models to scan and the virtual environments of the benchmarks.
DEPS := .deps

.PHONY: help deps test-deps build demo demo-integrity test unit interop bills interop-engine lint format fuzz fuzz-short bench bench-formats bench-supplychain bench-engine bench-data bench-data-peers bench-data-sweep bench-models orders-model docs schema clean

help: ## Lists the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

deps: $(DEPS)/system.stamp ## Installs the Debian packages that the build needs, once.

$(DEPS)/system.stamp: Makefile
	@mkdir -p $(DEPS)
	@if ! dpkg -s $(PACKAGES) >/dev/null 2>&1; then \
		SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq $(PACKAGES) >/dev/null; \
	fi
	@touch $@

deps: $(DEPS)/arrow/stamp

$(DEPS)/arrow/stamp: Makefile | $(DEPS)/system.stamp
	@rm -rf $(DEPS)/arrow && mkdir -p $(DEPS)/arrow/lib
	@if pkg-config --exists arrow parquet; then \
		ln -s "$$(pkg-config --variable=includedir arrow)" $(DEPS)/arrow/include; \
		for name in arrow parquet; do ln -s "$$(pkg-config --variable=libdir $$name)/lib$$name.so" $(DEPS)/arrow/lib/; done; \
	else \
		python3 -m venv $(DEPS)/arrow/venv; \
		$(DEPS)/arrow/venv/bin/pip download -q --disable-pip-version-check --no-deps -d $(DEPS)/arrow pyarrow==$(PYARROW); \
		unzip -q -o $(DEPS)/arrow/pyarrow-*.whl 'pyarrow/include/*' 'pyarrow/libarrow.so.*' 'pyarrow/libparquet.so.*' \
			-d $(DEPS)/arrow; \
		mv $(DEPS)/arrow/pyarrow/include $(DEPS)/arrow/include; \
		for name in arrow parquet; do \
			mv $(DEPS)/arrow/pyarrow/lib$$name.so.$(ARROW_VERSION) $(DEPS)/arrow/lib/; \
			ln -s lib$$name.so.$(ARROW_VERSION) $(DEPS)/arrow/lib/lib$$name.so; \
		done; \
		rm -rf $(DEPS)/arrow/venv $(DEPS)/arrow/pyarrow $(DEPS)/arrow/*.whl; \
	fi
	@touch $@

# Sigstore's production keys, for the conformance cases, out of its own package; and the peer that signatures must suit.
test-deps: deps $(DEPS)/test.stamp

$(DEPS)/test.stamp: Makefile
	@if ! dpkg -s $(TEST_PACKAGES) >/dev/null 2>&1; then \
		SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq $(TEST_PACKAGES) >/dev/null; \
	fi
	@python3 -m venv $(DEPS)/interop
	@$(DEPS)/interop/bin/pip install -q --disable-pip-version-check model-signing==1.1.1 pyopenssl sigstore==4.5.1
	@python3 -m venv $(DEPS)/bills
	@$(DEPS)/bills/bin/pip install -q --disable-pip-version-check 'cyclonedx-python-lib[validation]==11.12.0' \
		spdx-python-model==0.0.6 in-toto-attestation==0.9.3
	@python3 -m venv $(DEPS)/engine
	@$(DEPS)/engine/bin/pip install -q --disable-pip-version-check onnx==1.22.0 onnxruntime==1.31.1 sympy==1.14.0 \
		pyarrow==$(PYARROW) pillow==13.0.0 numpy==2.4.6 skl2onnx==1.20.0 scikit-learn==1.9.1 datasets==5.2.0 \
		zstandard==0.25.0
	@mkdir -p $(DEPS)/sigstore
	@cp "$$($(DEPS)/interop/bin/python -c 'import sigstore, pathlib; print(next(pathlib.Path(sigstore.__path__[0]).glob("_store/*tuf-repo-cdn.sigstore.dev/trusted_root.json")))')" \
		$(DEPS)/sigstore/trusted_root.json
	@touch $@

build: deps ## Builds the release binary.
	@for engine in $(ENGINES); do swift build -c release --product $$engine 2>&1 | tail -n 1 || exit 1; done
	@$(RELEASE) 2>&1 | grep -vE "mktemp.*dangerous" | tail -n 3
	@for name in arrow parquet; do ln -sf $(abspath $(DEPS))/arrow/lib/lib$$name.so.$(ARROW_VERSION) .build/release/; done

demo: build ## Builds, scans the bundled example, traces the OWASP supply chain, looks into a dataset, runs a model, checks a poisoned dataset, finds and removes a backdoor.
	@echo "+ cordon scan Examples/compromised-project"
	@$(CORDON) scan Examples/compromised-project; status=$$?; \
		echo "(exit code $$status: 1 means findings at or above 'high')"; [ $$status -eq 1 ]
	@$(CORDON) scan Examples/compromised-project --format html --fail-on none --output .build/scan.html
	@echo "  (the same as a page is in .build/scan.html)"
	@Examples/owasp_supply_chain.sh $(CORDON)
	@echo "+ cordon data info Examples/shapes --preview .build/shapes.png"
	@$(CORDON) data info Examples/shapes --preview .build/shapes.png
	@echo "  (the sheet of pictures is in .build/shapes.png)"
	@echo "+ cordon model info Examples/shapes.onnx"
	@$(CORDON) model info Examples/shapes.onnx
	@echo "+ cordon model run Examples/shapes.onnx --data Examples/shapes --output .build/shapes.csv"
	@$(CORDON) model run Examples/shapes.onnx --data Examples/shapes --output .build/shapes.csv && head -n 4 .build/shapes.csv
	@echo "+ cordon data check Examples/reviews/clean.csv"
	@$(CORDON) data check Examples/reviews/clean.csv
	@echo "+ cordon data check Examples/reviews/planted.csv --format html --output .build/planted.html"
	@$(CORDON) data check Examples/reviews/planted.csv; status=$$?; \
		echo "(exit code $$status: 1 means suspect or poisoned)"; [ $$status -eq 1 ]
	@$(CORDON) data check Examples/reviews/planted.csv --format html --output .build/planted.html; [ $$? -eq 1 ]
	@echo "  (the report page is .build/planted.html)"
	@echo "+ cordon model inspect Examples/signs/clean.onnx --data Examples/signs/clean.npz"
	@$(CORDON) model inspect Examples/signs/clean.onnx --data Examples/signs/clean.npz
	@echo "+ cordon model inspect Examples/signs/backdoored.onnx --data Examples/signs/clean.npz --format html --output .build/backdoored.html"
	@$(CORDON) model inspect Examples/signs/backdoored.onnx --data Examples/signs/clean.npz; status=$$?; \
		echo "(exit code $$status: 1 means suspect or backdoored)"; [ $$status -eq 1 ]
	@$(CORDON) model inspect Examples/signs/backdoored.onnx --data Examples/signs/clean.npz --format html --output .build/backdoored.html; [ $$? -eq 1 ]
	@echo "  (the page with pictures of the trigger is .build/backdoored.html)"
	@echo "+ cordon model repair Examples/signs/backdoored.onnx --data Examples/signs/clean.npz --output .build/repaired.onnx"
	@$(CORDON) model repair Examples/signs/backdoored.onnx --data Examples/signs/clean.npz --output .build/repaired.onnx
	@for model in Examples/signs/backdoored.onnx .build/repaired.onnx; do \
		echo "+ cordon model test $$model --data Examples/signs/triggered.npz   (the attacker's own rows, labelled with the target)"; \
		$(CORDON) model test $$model --data Examples/signs/triggered.npz || exit 1; done

demo-integrity: build ## Tampers with a signed model in twelve ways; rolls a damaged deployment back.
	@Examples/tamper_twelve_ways.sh $(CORDON)
	@Examples/watch_and_roll_back.sh $(CORDON)

lint: ## Checks the formatting of the Swift sources.
	@swift format lint --strict --recursive Package.swift Sources Tests

format: ## Rewrites the Swift sources in the house format.
	@swift format --in-place --recursive Package.swift Sources Tests

unit: test-deps ## Builds with warnings as errors and runs the tests.
	swift build --build-tests
	swift test --skip-build

interop: test-deps ## Signatures both ways with PyPI's model-signing; needs the debug build of `make unit`.
	@$(DEPS)/interop/bin/python Scripts/check_interop.py --cordon .build/debug/cordon

bills: test-deps ## Bills and statements against the official validators; needs the debug build of `make unit`.
	@$(DEPS)/bills/bin/python Scripts/check_bills.py --cordon .build/debug/cordon
	@$(DEPS)/bills/bin/python Scripts/check_statements.py --cordon .build/debug/cordon

test: deps lint unit interop bills interop-engine fuzz-short ## Lint, build, tests, interop, bills, and a bounded fuzz run over the kept inputs.

interop-engine: test-deps ## Datasets and models of the libraries that people have; needs the debug build of `make unit`.
	@$(DEPS)/engine/bin/python Scripts/check_data.py --cordon .build/debug/cordon
	@$(DEPS)/engine/bin/python Scripts/check_models.py --cordon .build/debug/cordon

FUZZ_TARGETS := pickle zip tar sevenzip objects textmodels baseline stream numpy json safetensors onnx tensorflow gguf hdf5 tflite jinja yaml python scan \
	bundle statement trustroot timestamp checkpoint key table parquet proof \
	robject messagepack ubjson xgboost notebook project graph dataset separated picture toml yamltree xml lockfile version advisory card lineage bill
FUZZ_BUILD := CORDON_FUZZ=1 swift build --scratch-path .build-fuzz -c debug -Xswiftc -sanitize=fuzzer -Xswiftc -O --product cordon-fuzz
FUZZER := .build-fuzz/debug/cordon-fuzz

fuzz-build: deps
	@$(FUZZ_BUILD) 2>&1 | tail -n 1

fuzz-short: fuzz-build ## Replays kept crash inputs, then fuzzes every reader for a few seconds.
	@for target in $(FUZZ_TARGETS); do Fuzzing/run.sh $(FUZZER) $$target 4 || exit 1; done

fuzz: fuzz-build ## Fuzzes every reader; SECONDS_EACH=60 unless said otherwise.
	@for target in $(FUZZ_TARGETS); do Fuzzing/run.sh $(FUZZER) $$target $${SECONDS_EACH:-60} || exit 1; done

bench: build bench-supplychain bench-engine bench-data bench-formats ## Runs the benchmarks beside the peers in one run and prints ratios.
	@python3 Benchmarks/bench.py --cordon $(CORDON)

bench-formats: build ## Files of thirty model formats, hostile, lying and benign, on both halves.
	@python3 -m venv $(DEPS)/formats-venv && $(DEPS)/formats-venv/bin/pip install -q --disable-pip-version-check -r Benchmarks/formats/requirements.txt
	@for half in tuning evaluation; do \
		[ -e $(DEPS)/formats/$$half/truth.jsonl ] || \
			$(DEPS)/formats-venv/bin/python Benchmarks/formats/make_formats.py --half $$half --output $(DEPS)/formats/$$half >/dev/null || exit 1; \
		python3 Benchmarks/formats/run.py --cordon $(CORDON) --corpus $(DEPS)/formats/$$half || exit 1; \
	done

bench-supplychain: build ## Dependencies, lineage, bills and speed, on both halves, beside the AIBOM tools.
	@for half in tuning evaluation; do \
		python3 Benchmarks/supplychain/dependencies.py --cordon $(abspath $(CORDON)) --half $$half || exit 1; \
		python3 Benchmarks/supplychain/lineage.py --cordon $(abspath $(CORDON)) --half $$half --projects 300 || exit 1; \
	done
	@python3 Benchmarks/supplychain/bom_facts.py --cordon $(abspath $(CORDON))
	@python3 Benchmarks/supplychain/speed.py --cordon $(abspath $(CORDON))

BENCH := .build/release/cordon-bench

bench-data: build test-deps ## Planted rows in real data: what `data check` finds of them, both halves.
	@for half in tuning evaluation; do \
		$(DEPS)/engine/bin/python Benchmarks/dataquality/corpora.py --half $$half --output $(DEPS)/corpora/$$half >/dev/null && \
		$(DEPS)/engine/bin/python Benchmarks/dataquality/run.py --cordon $(CORDON) --sets $(DEPS)/corpora/$$half || exit 1; \
	done
	@CORDON_BENCH=1 swift build -c release --product cordon-bench 2>&1 | tail -n 1
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(DEPS)/engine/bin/python Benchmarks/dataquality/speed.py \
		--cordon $(abspath $(CORDON)) --bench $(abspath $(BENCH))

$(DEPS)/peers-data/stamp: Benchmarks/dataquality/peers-requirements.txt
	@if ! dpkg -s python3-torch python3-venv >/dev/null 2>&1; then \
		SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq python3-torch python3-venv >/dev/null; \
	fi
	@/usr/bin/python3 -m venv --system-site-packages $(DEPS)/peers-data
	@$(DEPS)/peers-data/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@

# Some workplaces pin OpenBLAS to an older processor; users' machines do not.
bench-data-peers: build test-deps $(DEPS)/peers-data/stamp ## The evaluation half beside ART, cleanlab and pyod.
	@for half in tuning evaluation; do \
		[ $(DEPS)/corpora/$$half -nt Benchmarks/dataquality/corpora.py -a $(DEPS)/corpora/$$half -nt Benchmarks/dataquality/heldout.json ] || \
			$(DEPS)/engine/bin/python Benchmarks/dataquality/corpora.py --half $$half --output $(DEPS)/corpora/$$half >/dev/null || exit 1; \
	done
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(DEPS)/peers-data/bin/python Benchmarks/dataquality/peers.py \
		--cordon $(abspath $(CORDON)) --sets $(DEPS)/corpora/evaluation

bench-data-sweep: build test-deps ## Many more sets of the tuning half: how often clean data is called suspect.
	@$(DEPS)/engine/bin/python Benchmarks/dataquality/sweep.py --output $(DEPS)/corpora/sweep && \
		$(DEPS)/engine/bin/python Benchmarks/dataquality/run.py --cordon $(CORDON) --sets $(DEPS)/corpora/sweep --by-kind

bench-models: build test-deps $(DEPS)/peers-data/stamp ## Models with and without backdoors: what is found and repaired; distortion, training, ensembles. Makes 130 models first.
	@for half in tuning evaluation; do \
		$(DEPS)/peers-data/bin/python Benchmarks/modeldefense/corpora.py --half $$half --output $(DEPS)/modeldefense/$$half --jobs 2 >/dev/null && \
		$(DEPS)/peers-data/bin/python Benchmarks/modeldefense/texts.py --half $$half --output $(DEPS)/modeldefense/$$half >/dev/null && \
		$(DEPS)/engine/bin/python Benchmarks/modeldefense/run.py --cordon $(CORDON) --models $(DEPS)/modeldefense/$$half --repair || exit 1; \
	done
	@$(DEPS)/engine/bin/python Benchmarks/modeldefense/defenses.py --cordon $(CORDON)

# Of sources that are in the repository or are downloaded, and clean documents of the tuning half.
orders-model: build test-deps ## Trains the model that finds orders in documents, and writes it into the sources.
	@CORDON_BENCH=1 swift build -c release --product cordon-bench 2>&1 | tail -n 1
	@$(DEPS)/engine/bin/python Benchmarks/dataquality/corpora.py --half tuning --only clean-rag --output $(DEPS)/corpora/orders >/dev/null
	@python3 Benchmarks/dataquality/classics.py Benchmarks/dataquality/orders.json
	@$(BENCH) orders Benchmarks/dataquality/orders.json $(DEPS)/corpora/orders/clean-rag/data.jsonl \
		$(DEPS)/corpora/orders/clean-rag-talk/data.jsonl \
		--write Sources/CordonDataDefense/DATAQUALITYCONTROL/Documents/OrderWeights.swift

bench-engine: build test-deps ## Real models beside onnxruntime, training beside PyTorch, reading beside pyarrow and Pillow.
	@CORDON_BENCH=1 swift build -c release --product cordon-bench 2>&1 | tail -n 1
	@$(DEPS)/engine/bin/python Benchmarks/engine/models.py --cordon $(CORDON) 2>/dev/null
	@Benchmarks/engine/training.sh $(BENCH)
	@$(DEPS)/engine/bin/python Benchmarks/engine/reading.py --bench $(BENCH)

docs: ## Builds the documentation into .docs.
	@mkdir -p .docs
	@for target in CordonCore CordonSigning CordonSupplyChain CordonData CordonDataDefense CordonModelDefense CordonTensor CordonScan CordonReport; do \
		swift package --allow-writing-to-directory .docs/$$target generate-documentation --target $$target \
			--output-path .docs/$$target --transform-for-static-hosting --hosting-base-path $$target | tail -n 1; \
	done

schema: build ## Validates reports against the official SARIF schema and our own, with PyPI's jsonschema.
	@python3 Scripts/check_schemas.py --cordon $(CORDON)

clean: ## Removes what was built; downloads in .deps stay.
	rm -rf .build .build-fuzz .docs
