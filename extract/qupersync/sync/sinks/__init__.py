"""Where the rows of a view go: into the warehouse while the cluster is being read, or into files that dlt loads."""
