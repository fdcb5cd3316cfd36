"""The command line: parse, call one use case, present. stdout is the answer; everything else goes to stderr."""
