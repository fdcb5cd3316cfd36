"""Attribution: which touches a conversion is credited to, under named rules. Bookkeeping, not evidence of cause."""
