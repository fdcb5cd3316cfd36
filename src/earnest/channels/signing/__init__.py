"""How providers sign their deliveries: one file a scheme, each a `SCHEME`; verified on the raw bytes, before parsing."""
