"""Ground: values every other package speaks in. No I/O, no clock, no randomness."""
