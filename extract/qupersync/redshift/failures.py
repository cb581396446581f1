"""What went wrong with a cluster → an error that a user can act on. SQLSTATE decides, never a message's text.

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html; Redshift keeps its codes.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from ..config.clusters import ClusterConfig
from ..errors import (
    QupersyncError,
    SourceError,
    ViewAbsentError,
    ViewCancelledError,
    ViewDataError,
    ViewDeniedError,
    ViewError,
    ViewLostError,
    ViewUnavailableError,
    first_line,
)
from ..hints import hint
from .login import DRIVER_METHODS
from .messages import BadValueError, LoginError, NoTlsError, ServerError, WireError

DENIED = ("42501",)
ABSENT = ("42P01", "3F000")
DATA = ("22",)  # classes are the first two characters
CANCELLED = ("57014",)
UNAVAILABLE = ("53", "58", "57P0")
LOST = ("08",)


def of_login(config: ClusterConfig, error: Exception) -> SourceError:
    """Why no session could be opened, and the setting to look at."""
    check = "check {host}, .port, .database, .username and .password"
    if isinstance(error, LoginError) and error.method in DRIVER_METHODS:
        check = 'set {login} = "redshift_connector"'
    elif isinstance(error, ssl.SSLCertVerificationError):
        check = (
            "PGSSLROOTCERT names the file of another CA; {sslmode} = "
            '"verify-ca" does not compare the host name, "require" verifies nothing'
        )
    elif isinstance(error, NoTlsError):
        check = '{sslmode} = "disable" sends the password and all rows unencrypted'
    elif isinstance(error, TimeoutError):
        check = "check {host}, .port and .connect_timeout"
    elif isinstance(error, ServerError) and error.sqlstate.startswith(UNAVAILABLE):
        check = "try again later"
    settings = {name: config.setting(name) for name in ("host", "login", "sslmode")}
    return SourceError(f"could not connect to {config.where}; {check.format(**settings)}: {first_line(error)}")


def of_view(config: ClusterConfig, view: str, error: ServerError) -> ViewError:
    """What an error of the server means for a view that was being read or described."""
    state, reason = error.sqlstate, first_line(error)
    if state in DENIED:
        return ViewDeniedError(f"{config.where} may not read {view}: {hint('check')} prints the GRANT")
    if state in ABSENT:
        return ViewAbsentError(f"{config.where} has no view {view}")
    unread = f"{config.where}: {view} cannot be read: {reason}"
    if state.startswith(DATA):
        return ViewDataError(unread)
    if state in CANCELLED:
        return ViewCancelledError(
            f"{config.where}: the cluster cancelled reading {view}: {reason}; limits are "
            f"{config.setting('statement_timeout')} ({config.statement_timeout} s), WLM and query monitoring rules"
        )
    if state.startswith(UNAVAILABLE):
        return ViewUnavailableError(f"{unread}; the next sync reads it")
    if state.startswith(LOST):
        return ViewLostError(unread)
    return ViewError(f"{unread} (SQLSTATE {state})" if state else unread)


@contextmanager
def view_errors(config: ClusterConfig, view: str) -> Iterator[None]:
    """Errors: of the product instead of the protocol's, while a view is read or described."""
    try:
        yield
    except ViewError:
        raise
    except QupersyncError as error:  # no session
        raise ViewError(f"{view} cannot be read: {error}") from None
    except ServerError as error:
        raise of_view(config, view, error) from None
    except OSError as error:
        raise ViewLostError(f"{config.where}: {view} cannot be read: {first_line(error)}") from None
    except BadValueError as error:
        raise ViewDataError(f"{config.where}: {view} cannot be read: {first_line(error)}") from None
    except WireError as error:
        raise ViewError(f"{config.where}: {view} cannot be read: {first_line(error)}") from None
