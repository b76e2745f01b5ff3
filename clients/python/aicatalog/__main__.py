"""`python -m aicatalog`."""

from aicatalog.cli import main

main()
