"""What `python -m matts.download` does."""

from matts.download.command import main

main()
