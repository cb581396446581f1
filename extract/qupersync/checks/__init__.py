"""`qupersync check`: what a user may see of a cluster, whether the warehouse can be written, how often syncs run."""
