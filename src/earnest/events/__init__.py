"""Canonical events: what every payload and every file row becomes, and the keys that make two tellings one event."""
