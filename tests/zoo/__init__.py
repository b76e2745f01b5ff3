"""The zoo: loopback endpoints that behave well, badly and in between, each with its expected verdict.

`python -m tests.zoo` serves it (for `make demo`), `make zoo` measures the checks against it.
"""
