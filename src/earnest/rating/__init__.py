"""Rating: what a provider charges for each message, from dated rate cards."""
