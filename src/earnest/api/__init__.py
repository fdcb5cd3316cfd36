"""The HTTP door: webhooks, events and the API. Each handler parses, calls one use case and presents."""
