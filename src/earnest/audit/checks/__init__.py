"""The checks, one file each: see `audit.check` for what one declares."""
