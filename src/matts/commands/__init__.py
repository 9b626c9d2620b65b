"""`matts` on the command line."""

import sys


def main() -> None:
    """Run the command that was typed; what a user can mend is one sentence and exit code 1."""
    try:
        import typer  # noqa: F401, PLC0415 (an extra)
    except ImportError:
        sys.exit("the command matts needs typer: pip install 'matts[live]'")
    from matts.commands.app import run  # noqa: PLC0415

    run()
