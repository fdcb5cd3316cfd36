"""Storage right of the journal: event segments, and tables that can always be rebuilt from them."""
