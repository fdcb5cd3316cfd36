"""Rule attribution models, one file a family: rules that turn a journey's touches into weights."""
