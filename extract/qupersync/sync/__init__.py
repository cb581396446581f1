"""One sync: from a cluster's system views to staged rows, and the state that the next sync resumes from."""
