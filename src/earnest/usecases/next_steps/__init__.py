"""Next steps: what to do, ranked by what is at stake, each with the figures and commands it rests on; one file a rule."""
