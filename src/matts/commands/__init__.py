"""`matts` on the command line."""


def main() -> None:
    """Run the command that was typed."""
