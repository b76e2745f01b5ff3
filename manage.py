#!/usr/bin/env python
"""Django's command line for this project."""

import errno
import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from config.env import BadSetting


def main() -> None:
    """Run a command; a setting or a database that cannot be used is one sentence, not a traceback."""
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
            else "The embedded one runs while the site does: start `make run` in another terminal."
        )
        sys.exit(f"Error: the database does not answer: {str(error).strip().splitlines()[0]}\n{hint}")


if __name__ == "__main__":
    main()
