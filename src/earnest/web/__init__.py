"""The dashboard: pages made from the same figures as every other door, readable without a script."""
