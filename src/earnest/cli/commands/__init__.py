"""One file a noun; each holds the commands of that noun and nothing else."""
