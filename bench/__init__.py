"""Side-by-side speed: every figure is a ratio within one run, because machines differ and are noisy."""
