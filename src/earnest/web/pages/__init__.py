"""The pages: one file each, with its `PAGE` or `PAGES`."""
