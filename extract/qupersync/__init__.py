"""QuperSync: keep what Amazon Redshift forgets after seven days."""

__version__ = "0.2.0"
