.PHONY: install demo test check bench accuracy fuzz lock readme clean

PYTEST ?= -n 2 --durations 10

install: ## .venv/ with the deskpost command in .venv/bin/
	@packaging/install

demo: install ## a throw-away studio that receives, answers and bills real mail
	.venv/bin/deskpost demo

test: ## every test
	@packaging/install test
	.venv/bin/pytest $(PYTEST)

check: ## formatter, linter, types, architecture
	@packaging/install check
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy .
	.venv/bin/lint-imports --no-cache

bench: install ## benchmarks, one JSON line a figure; LETTERS=folder reads its letters instead of generated ones
	.venv/bin/python -m bench $(LETTERS)

accuracy: install ## how well letters are read: LETTERS=folder, RECORD=1 keeps the figures, QUICK=1 leaves the other readers out
	@test -n "$(LETTERS)" || { echo "LETTERS= the folder of letters with known answers"; exit 2; }
	@test -n "$(QUICK)" || packaging/install-libraries
	.venv/bin/python -m accuracy $(LETTERS) $(if $(QUICK),--quick,--libraries .venv-accuracy/bin/python) $(if $(RECORD),--record)

fuzz: install ## letters that nobody wrote, to find one that breaks its reader: MINUTES=60, LETTERS=folder to begin with
	packaging/install-fuzzer
	PYTHONPATH=.venv-fuzz .venv/bin/python -m tests.fuzz $(or $(LETTERS),tests/letters) --minutes $(or $(MINUTES),10)

lock: ## the three locks anew, as far as pyproject.toml moved; UPGRADE=--upgrade takes the newest
	@packaging/install check
	packaging/lock $(UPGRADE)

clean: ## what tools left behind; .venv/ stays
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

readme: install ## the READMEs' command tables anew, from the registry
	.venv/bin/python -m helpdesk.commands.table README.md en README.ru.md ru
