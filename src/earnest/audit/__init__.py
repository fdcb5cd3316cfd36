"""The data audit: what is wrong with the data, row by row, and what each defect is worth in money."""
