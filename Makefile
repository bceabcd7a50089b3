# make demo   set up everything and play the example show    make demo ARGS="--seconds 20 --record demo.mp4"
# make gpu    train the house model on: twenty-five minutes of one GPU
# make gallery  draw the contact sheets of docs/studio.md
# make test   set up everything and run every test
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# ARGS for vj play; TESTS for pytest
ARGS   ?=
TESTS  ?= tests
# Without torch: make setup LOCK=stage (the stage runs, dreams come from the pools' loops)
LOCK   ?= all

# For make gpu: minutes of all stages together, and one stage alone (1-5)
MINUTES ?= 24
STAGE   ?= 0

.PHONY: setup demo test lint clean lock gpu gallery

setup: $(VENV)/.ready-$(LOCK)

$(VENV)/.ready-$(LOCK): requirements.lock pyproject.toml tools/system.sh
	@sh tools/system.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages into $(VENV) (once, a few minutes)"
	@if [ "$(LOCK)" = stage ]; then sed '/^# engine/,$$d' requirements.lock > $(VENV)/stage.lock; else cp requirements.lock $(VENV)/all.lock; fi
	@$(BIN)/pip install --disable-pip-version-check -q --no-deps -r $(VENV)/$(LOCK).lock
	@$(BIN)/pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@if [ "$(LOCK)" = all ]; then sh tools/torch.sh $(BIN) $(VENV)/all.lock; fi
	@if [ "$(LOCK)" = all ]; then $(BIN)/vj engine build || true; fi
	@touch $@
	@echo "Ready: $(BIN)/vj --help"

demo: setup
	@$(BIN)/vj play setlist.example.toml $(ARGS)

test: setup
	@sh tools/test.sh $(BIN) $(TESTS)

# Go on training the house model on one GPU, with the Python that is there (torch 2.11 or newer): needs no network
gpu:
	$(PYTHON) -m vj.studio.gpu --minutes $(MINUTES) --stage $(STAGE)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

gallery: setup
	$(BIN)/python -m vj.studio.gallery $(SHEETS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
