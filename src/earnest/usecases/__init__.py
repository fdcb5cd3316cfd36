"""Use cases: what a person asks for, one function a file; the only place where engines, stores and files meet."""
