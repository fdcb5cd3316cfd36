"""A simulated shop with known truth, for the demo, tests, docs and benchmarks; everything in it is made up."""
