"""A stand-in for a Redshift cluster: the system views of a believable week, made up on the embedded server."""
