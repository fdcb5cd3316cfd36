"""Links, clicks and answers of our own: codes in addresses, where a link may lead, whether a person pressed it."""
