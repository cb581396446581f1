"""A made-up Redshift cluster: the system views of some believable weeks, in a database of the embedded server."""
