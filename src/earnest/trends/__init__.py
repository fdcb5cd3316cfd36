"""Numbers over time and over contacts: what a day should look like, what frequency does, what an opt-out costs."""
