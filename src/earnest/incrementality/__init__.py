"""Engine: how much would not have come anyway. Randomised arms in, differences with intervals and returns out; pure."""
