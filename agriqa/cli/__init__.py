"""The command `agriqa`."""

from __future__ import annotations

import typer

from agriqa.cli import assess, decisions, edition, files, store
from agriqa.cli.shared import app
from agriqa.errors import AgriqaError

__all__ = ["app", "assess", "decisions", "edition", "files", "main", "store"]


def main() -> None:
    """Run the command; an agriqa error is a message, not a traceback."""
    import sys

    try:
        app()
    except AgriqaError as error:
        typer.secho(f"错误 error: {error}", fg=typer.colors.RED, err=True)
        sys.exit(2)
    except OSError as error:
        # A full disk, a missing right: the system's own words and the file say it best.
        typer.secho(f"系统错误 system error: {error}", fg=typer.colors.RED, err=True)
        sys.exit(2)
