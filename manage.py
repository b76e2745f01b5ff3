#!/usr/bin/env python
"""Django's command line for this project."""

import errno
import importlib.util
import os
import sys
from pathlib import Path

VENV = Path(__file__).resolve().parent / ".venv"


def main() -> None:
    """Run a command; a setting or a database that cannot be used is one sentence, not a traceback."""
    _with_packages()
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - only now it is sure to be there
    from django.db import OperationalError  # noqa: PLC0415

    from config.env import BadSetting  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except BadSetting as error:
        sys.exit(f"Error: {error} See docs/settings.md.")
    except OSError as error:
        if error.errno not in {errno.EROFS, errno.ENOSPC, errno.ENOTDIR, errno.EACCES}:
            raise
        sys.exit(
            f"Error: {error.filename or 'var'} cannot be used ({error.strerror}). Set VAR_DIR to a folder of yours."
        )
    except OperationalError as error:
        hint = (
            "Check DATABASE_URL."
            if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")
            else "The embedded one runs while the site does: start `make run` in another terminal,"
            " or type `. var/demo/env` here when `make demo` runs there."
        )
        sys.exit(f"Error: the database does not answer: {str(error).strip().splitlines()[0]}\n{hint}")


def _with_packages() -> None:
    """Go on as the Python in .venv where this one has no Django; leave with a sentence when that is not there."""
    if importlib.util.find_spec("django") is not None:
        return
    python = VENV / "bin" / "python"
    if Path(sys.prefix) == VENV or not python.exists():
        sys.exit("Error: the packages of this site are not installed. Run `make install` once, then this again.")
    os.execv(python, [str(python), *sys.argv])  # noqa: S606 - our own Python, the same command


if __name__ == "__main__":
    main()
