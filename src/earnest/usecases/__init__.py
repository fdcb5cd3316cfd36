"""Use cases: one file each, a function that reads like a table of contents. Only here are adapters, clock and environment wired."""
