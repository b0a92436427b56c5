# The commands of this project: `make help` lists them. Each does only what has not been done already.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.PHONY: help setup serve test check lint bench bench-page bench-frames bench-train fix train export reproduce new preview debug
SHELL := bash

PORT ?= 8000
PYTHON ?= python3
export PYTHON

V := .venv/bin
NODE := web/node_modules/.package-lock.json
ENVS := $(shell for folder in envs_c/*/; do name=$$(basename $$folder); [ ! -f $$folder$$name.c ] || echo $$name; done)
WASM := $(ENVS:%=web/static/envs/%/spec.json)
PICTURES := $(ENVS:%=web/static/envs/%/preview.webp)
ORT := web/static/vendor/ort/ort.wasm.min.mjs
UPLOT := web/static/vendor/uplot/uPlot.min.js
BUILT := $(WASM) $(PICTURES) $(ORT) $(UPLOT)

# Node may hang as it ends while V8's own threads are at work (nodejs/node#47748, #54918): it gets none,
# and if it hangs all the same it is asked once more; in CI, also if a test fails.
MODULES := timeout 300 node --single-threaded --test tests/web/*.test.js
NODE_TESTS = $(MODULES) || { [ $$? -eq 124 -o -n "$(CI)" ] && $(MODULES); }
# Tests with a page in them keep all cores busy by themselves; the others share the cores, file by file.
SHARED := -n auto --maxprocesses 4 --dist loadfile

help: ## list these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

setup: .venv/serve.stamp build/compressed.stamp ## fetch and build all that serving needs

serve: setup ## serve the gallery at http://127.0.0.1:8000; PORT= changes the port
	@exec $(V)/python -m server serve --port $(PORT)

test: .venv/test.stamp lint $(BUILT) ## run every check and every test
	tools/system.sh chromium
	tools/system.sh clang
	$(NODE_TESTS)
	$(V)/pytest -m "not browser" $(SHARED)
	$(V)/pytest -m browser

ifdef ENV
check: .venv/test.stamp
	@tools/system.sh emscripten cc
	$(V)/python -m envs_c ready $(ENV) $(ARGS)
else
check: .venv/test.stamp lint $(BUILT) ## the quick subset, no browser; with ENV=, all that a pull request needs for that one
	$(NODE_TESTS)
	$(V)/pytest -m "not browser" $(SHARED)
endif

lint: .venv/test.stamp $(NODE)
	$(V)/ruff check
	$(V)/ruff format --check
	$(V)/mypy
	git ls-files '*.c' '*.h' | xargs $(V)/clang-format --dry-run --Werror
	for folder in $(JS); do (cd $$folder && $(BIOME) ci --config-path=$(CURDIR)/web .) || exit 1; done
	web/node_modules/.bin/tsc --noEmit -p web

fix: .venv/test.stamp $(NODE) ## format everything and mend what can be mended by itself
	$(V)/ruff check --fix
	$(V)/ruff format
	git ls-files '*.c' '*.h' | xargs $(V)/clang-format -i
	for folder in $(JS); do (cd $$folder && $(BIOME) check --write --config-path=$(CURDIR)/web .) || exit 1; done

bench: .venv/test.stamp $(WASM) ## agent ticks a second, natively and in WebAssembly, also in build/bench.json
	tools/system.sh chromium
	$(V)/python -m envs_c bench --out build/bench.json

bench-page: .venv/test.stamp build/compressed.stamp ## time and bytes from opening a game page to play, also in build/bench-page.json
	tools/system.sh chromium
	$(V)/python -m server bench --out build/bench-page.json $(ARGS)

bench-frames: .venv/test.stamp build/compressed.stamp ## frames, script time and memory of game pages with all panels open, also in build/bench-frames.json
	tools/system.sh chromium
	$(V)/python -m server frames --out build/bench-frames.json

bench-train: .venv/test.stamp ## wall time to a fixed score, ours and Stable-Baselines3's, also in build/bench-train.json
	$(V)/python -m trainer bench --out build/bench-train.json

train: .venv/test.stamp ## train a policy: ENV=pong; ARGS= are passed on
	$(V)/python -m trainer train $(call needed,ENV) $(ARGS)

export: .venv/test.stamp ## export the newest run of ENV= to ONNX; ARGS= are passed on
	$(V)/python -m exporter $(call needed,ENV) $(ARGS)

reproduce: .venv/test.stamp ## train ENV= again from nothing; fails unless it reaches its floors; ARGS= are passed on
	$(V)/python -m trainer reproduce $(call needed,ENV) $(ARGS)

new: .venv/serve.stamp ## start an environment of your own: ENV=lava
	$(V)/python -m envs_c new $(call needed,ENV)

preview: .venv/serve.stamp $(ORT) $(UPLOT) ## serve ENV= and rebuild it when its C file is saved; PORT= as above
	@tools/system.sh emscripten cc
	$(V)/python -m envs_c preview $(call needed,ENV) --port $(PORT)

debug: .venv/serve.stamp ## play ENV= under the sanitizers; a game that crashes becomes a replay; ARGS= are passed on
	@tools/system.sh cc
	$(V)/python -m envs_c debug $(call needed,ENV) $(ARGS)

needed = $(or $($1),$(error say which: make $@ $1=...))
BIOME := $(CURDIR)/web/node_modules/.bin/biome
JS := web tests envs_c

# --- What is fetched -----------------------------------------------------------------------------

# One constraints file holds every version; the stamps say which groups are in.
.venv/serve.stamp: pyproject.toml constraints.txt
	@tools/system.sh venv cc node
	[ -x $(V)/pip ] || $(PYTHON) -m venv .venv
	PIP_CONSTRAINT=constraints.txt $(V)/pip install -q --disable-pip-version-check -e '.[serve]'
	@touch $@

.venv/test.stamp: .venv/serve.stamp
	PIP_CONSTRAINT=constraints.txt $(V)/pip install -q --disable-pip-version-check -e '.[serve,train,test]'
	@touch $@

$(NODE): web/package.json web/package-lock.json
	@tools/system.sh node
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# --- What is built -------------------------------------------------------------------------------

HEADERS := $(wildcard envs_c/*.h)

$(WASM): web/static/envs/%/spec.json: $$(wildcard envs_c/$$*/*.[ch] envs_c/$$*/golden.txt) $(HEADERS) \
		build_wasm.sh tools/web_window.c tools/web_window.h | $(NODE)
	@tools/system.sh emscripten cc
	./build_wasm.sh $*

$(PICTURES): web/static/envs/%/preview.webp: $$(wildcard envs_c/$$*/*.[ch]) $(HEADERS) envs_c/pictures.py \
		| .venv/serve.stamp
	$(V)/python -m envs_c pictures $*

ORT_FILES := ort.wasm.min.mjs ort-wasm-simd-threaded.mjs ort-wasm-simd-threaded.wasm
$(ORT): $(NODE)
	mkdir -p $(@D)
	cp $(ORT_FILES:%=web/node_modules/onnxruntime-web/dist/%) $(@D)
	@touch $@

$(UPLOT): $(NODE)
	mkdir -p $(@D)
	cd web/node_modules/uplot && cp LICENSE dist/uPlot.min.css $(CURDIR)/$(@D)
	web/node_modules/.bin/esbuild web/node_modules/uplot/dist/uPlot.esm.js --minify \
		--banner:js='/* uPlot by Leon Sorokin, MIT: see LICENSE */' --log-level=warning --outfile=$@

build/compressed.stamp: $(BUILT) $(shell find web/static -type f 2>/dev/null) $(wildcard server/*.py) | .venv/serve.stamp
	$(V)/python -m server precompress
	@touch $@
