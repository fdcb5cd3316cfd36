"""Judgement: the bridge from revenue to contribution, and the one of six verdicts that the evidence allows."""
