"""Rules of next steps: each file declares one `RULE`. A new file is found by looking; nothing else has to be edited."""
