"""The errors that a user sees: one line that names the setting, the view or the row."""

from __future__ import annotations


class QupersyncError(Exception):
    """Something the user can act on. ``exit_code`` is the exit code of the process."""

    exit_code = 1


class ConfigurationError(QupersyncError):
    """A setting is missing or wrong."""

    exit_code = 2


class NoProjectError(ConfigurationError):
    """Neither the working directory nor a folder above it is a project."""


class AlreadyRunningError(QupersyncError):
    """Another sync of the same cluster holds the lock."""

    exit_code = 3


class SourceError(QupersyncError):
    """The cluster could not be reached or did not answer."""


class ViewError(SourceError):
    """One view could not be read; the others can."""


class ViewAbsentError(ViewError):
    """The view does not exist on this cluster."""


class ViewDeniedError(ViewError):
    """The user may not read the view."""


class ViewLostError(ViewError):
    """The connection was lost while the view was being read."""


class ViewDataError(ViewError):
    """A value of the view cannot be read or converted; read one by one, the other rows can."""


class ViewCancelledError(ViewError):
    """The cluster cancelled the statement: a timeout, a query monitoring rule, or somebody."""


class ViewUnavailableError(ViewError):
    """The cluster lacks resources or is going down; the next sync reads the view."""


class WarehouseError(QupersyncError):
    """The warehouse could not be reached or written."""


def first_line(error: BaseException) -> str:
    """The first line of an error's text, without the details that follow it; its class when it has no text."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
