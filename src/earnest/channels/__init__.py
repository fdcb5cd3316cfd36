"""Messaging channels: what each provider's webhooks say, read into what was told. One file a channel."""
