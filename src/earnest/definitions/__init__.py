"""What a workspace's people have declared: settings, campaigns, segments, experiments, imports, cost lines; folded from the journal."""
