"""Who may do what: users, sessions, API keys and roles of a workspace, kept beside its journal."""
