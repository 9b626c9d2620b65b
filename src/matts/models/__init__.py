"""The networks, one file each: torch modules and nothing else."""
