"""The journal: the one truth of a workspace. Append only, durable, chained; everything else can be rebuilt from it."""
