# One command each. `make` alone lists them.
PYTHON ?= python3
ARGS ?=
# The revision whose OpenAPI document the present one may only add to.
BASE ?= origin/main
# Processes that `make test` divides the suite among; 0 is none besides pytest's own, the way a bare pytest runs.
WORKERS ?= auto
# Relative on purpose: the project's path may hold spaces.
BOOTSTRAP = "$(PYTHON)" -I core/bootstrap.py
VENV = .venv/bin
MYPY = config core accounts catalog verification submissions featured api bench tests clients/python/aicatalog
# What `manage.py check --deploy` is asked about: a production-like environment that exists nowhere.
PRODUCTION = DEBUG=0 SITE_URL=https://catalog.example ALLOWED_HOSTS=catalog.example EMAIL_URL=smtp://localhost EMAIL_FROM=site@catalog.example \
  SECRET_KEY=only-for-the-deploy-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF

.DEFAULT_GOAL := help
.PHONY: help run demo test e2e datalayer lint relevance bench lighthouse zoo zoo-peers chaos bench-verify bench-slots schemathesis snippets-live screenshots lock clean install bench-exports

help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

run: ## install what is missing and run the whole site (PORT=8001 for another port)
	@exec $(BOOTSTRAP) run

demo: ## run the site with tools that live on this machine, to watch verification without internet (PORT=8001)
	@exec $(BOOTSTRAP) demo

install: # what test and lint need
	@$(BOOTSTRAP) install dev

test: install ## run the whole suite on all cores, against embedded servers (ARGS="-k word" for a part, WORKERS=0 for one process)
	@exec $(VENV)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

e2e: install ## run the browser tests only; fails without a Chromium
	@E2E_REQUIRED=1 exec $(VENV)/python -m pytest -m e2e $(ARGS)

datalayer: install ## run the tests that are also run against other databases and brokers
	@exec $(VENV)/python -m pytest -m datalayer $(ARGS)

zoo: install ## measure every check against the zoo and store the confusion matrix
	@$(VENV)/python -m tests.zoo.matrix
	@$(MAKE) --no-print-directory zoo-peers

zoo-peers: install # let servers of others answer the steps; needs npm
	@exec $(VENV)/python -m pytest -m peers tests/zoo $(ARGS)

lint: install ## check style, types, layers, templates, migrations and deployment settings
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/python -m mypy --strict $(MYPY)
	$(VENV)/python -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	find templates -name '*.html' -print0 | xargs -0 $(VENV)/djade --check --target-version 5.2
	$(VENV)/python -W ignore manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(VENV)/python manage.py check --deploy --fail-level WARNING
	$(VENV)/python -W ignore manage.py openapi --check --base $(BASE)

relevance: install ## measure search and related tools by the judged sets, on the running site (ARGS=--worst)
	@$(VENV)/python -m bench.relevance $(ARGS)

bench: install ## measure how fast the site is, in its own database and folder (ARGS="--quick", --sizes, --seconds)
	@exec $(VENV)/python -m bench.speed $(ARGS)

bench-api: install ## measure the API's list against a hello-world and plain ModelSerializers (ARGS="--quick", --sizes)
	@exec $(VENV)/python -m bench.api $(ARGS)

bench-verify: install ## measure the verification engine: checks per second and what one costs (ARGS="--sweep 31000")
	@exec $(VENV)/python -m bench.verify $(ARGS)

bench-exports: install ## measure an export of 100,000 tools and a stream of 1,000,000 changes; fails when they take too much (ARGS="--quick")
	@exec $(VENV)/python -m bench.exports $(ARGS)

bench-slots: install ## let 64 buyers want one featured slot at once, 1,000 times; fails when one is sold twice (ARGS="--rounds 20")
	@exec $(VENV)/python -m bench.slots $(ARGS)

schemathesis: install ## let schemathesis look for faults of the API for five minutes, over HTTP, with the seed (ARGS="--seconds 60")
	@exec $(VENV)/python -m tests.api.schemathesis_run $(ARGS)

snippets-live: install ## run three snippets of the API with their libraries against a real MCP server (installs them apart, once)
	@exec $(VENV)/python -m pytest -m live tests/live $(ARGS)

chaos: install ## run the verification engine under faults; fails when a step is lost or done twice (ARGS="--seed 7")
	@exec $(VENV)/python -m tests.chaos $(ARGS)

lighthouse: install ## judge every type of page by its budget with Lighthouse (ARGS="home tool" for some); needs npm and Chromium
	@exec $(VENV)/python -m bench.lighthouse $(ARGS)

screenshots: install ## remake the pictures of the documentation from a running site (PORT=8000)
	$(VENV)/python docs/screenshots.py

lock: install ## resolve requirements/*.in into locked, hashed requirements/*.txt
	for name in base semantic dev live; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --upgrade "requirements/$$name.in" -o "requirements/$$name.txt" || exit 1; done

clean: ## remove caches and the virtual environment; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
