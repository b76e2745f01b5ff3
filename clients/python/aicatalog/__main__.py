"""The command `aicatalog`, also as `python -m aicatalog`. What it needs is imported late: Ctrl-C may come any time."""

from __future__ import annotations


def main() -> None:
    """Run the command with the arguments of the process, and end it with its exit code."""
    try:
        from aicatalog import stopping  # noqa: PLC0415

        with stopping.AtOnce():
            from aicatalog import cli  # noqa: PLC0415
        code = cli.run()
    except KeyboardInterrupt:
        from os import write  # noqa: PLC0415

        from aicatalog import stopping  # noqa: PLC0415

        write(2, stopping.SAID)
        code = stopping.INTERRUPTED
    stopping.end(code)


if __name__ == "__main__":
    main()
