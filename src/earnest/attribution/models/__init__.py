"""Attribution models, one file each: a rule that turns a journey's touches into weights."""
