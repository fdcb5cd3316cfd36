"""Reports: a story becomes ordered, worded blocks; printers only lay them out."""
