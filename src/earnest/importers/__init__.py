"""Files → events: find the columns, check every row, write segments; ten million rows never pass through a Python loop."""
