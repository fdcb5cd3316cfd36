"""What the server answers: one file a group of addresses, each with its `ROUTES`; who may call them stands with them."""
