"""The errors that a user sees: one line that names the setting, the view or the row."""

from __future__ import annotations


class QupersyncError(Exception):
    """Something the user can act on. ``exit_code`` is what the process ends with."""

    exit_code = 1


class ConfigurationError(QupersyncError):
    """A setting is missing or wrong."""

    exit_code = 2


class AlreadyRunningError(QupersyncError):
    """Another sync of the same cluster holds the lock."""

    exit_code = 3


class SourceError(QupersyncError):
    """The cluster could not be reached or did not answer."""


class ViewError(SourceError):
    """One view could not be read; the others can."""


class WarehouseError(QupersyncError):
    """The warehouse could not be reached or written."""
