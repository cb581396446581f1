"""What went wrong with a cluster → an error that a user can act on. SQLSTATE decides, never a message's text.

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html; Redshift keeps its codes.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from ..config.clusters import WEAK_SSL_MODES, ClusterConfig
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
from .messages import BadValueError, LoginError, NoAddressError, NoTlsError, ProtocolError, ServerError, WireError
from .tls import CaFileError

DENIED = ("42501",)
ABSENT = ("42P01", "3F000")
DATA = ("22",)  # classes are the first two characters
CANCELLED = ("57014",)
UNAVAILABLE = ("53", "58", "57P0")
LOST = ("08",)
NO_ENTRY = "28000"
_DISABLE = 'sslmode = "disable" would send the password and all rows unencrypted'
_NETWORK = "is the security group open to this machine, is the cluster public or in this network (VPC)?"


def of_login(config: ClusterConfig, error: Exception) -> SourceError:
    """Why no session could be opened, and what to look at."""
    failed, reason = f"could not connect to {config.where}", first_line(error)
    if isinstance(error, NoTlsError):
        return SourceError(
            f'{failed}: {reason}, which {config.setting("sslmode")} = "{config.sslmode}" (the mode in force) demands; '
            f"are {_place(config)} right? {_DISABLE}"
        )
    return SourceError(f"{failed}; {_check(config, error)}: {reason}")


def _check(config: ClusterConfig, error: Exception) -> str:
    sslmode = config.setting("sslmode")
    if isinstance(error, LoginError) and error.method in DRIVER_METHODS:
        return f'set {config.setting("login")} = "redshift_connector"'
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f'PGSSLROOTCERT names the file of another CA; {sslmode} = "verify-ca" does not compare the host name, '
            '"require" verifies nothing'
        )
    if isinstance(error, (socket.gaierror, NoAddressError)):
        endpoint = "the endpoint without :5439/dev" if config.host else "AWS's API gave it"
        return f"check {_place(config, port=False)} ({endpoint})"
    if isinstance(error, TimeoutError):
        return f"check {_place(config)}, and .connect_timeout; {_NETWORK}"
    if isinstance(error, ServerError):
        return _check_login(config, error.sqlstate)
    if isinstance(error, ssl.SSLError):
        return f"check {_place(config)}, and {sslmode}"
    if isinstance(error, CaFileError):
        return f"check PGSSLROOTCERT and {sslmode}"
    if isinstance(error, OSError):
        return f"check {_place(config)}; {_NETWORK}"
    if isinstance(error, ProtocolError):
        return f"check {_place(config)}"
    if isinstance(error, LoginError) and not config.uses_driver:
        return _check_login(config)
    return f"check {_place(config)}, {_user(config)} and .database"


def _check_login(config: ClusterConfig, sqlstate: str = "") -> str:
    if sqlstate.startswith(UNAVAILABLE):
        return "try again later"
    # A cluster that requires TLS has no entry for a login without it.
    without_tls = sqlstate == NO_ENTRY and config.sslmode in WEAK_SSL_MODES
    return f"check {_user(config)}" + (", .database and .sslmode" if without_tls else " and .database")


def _place(config: ClusterConfig, port: bool = True) -> str:
    """The settings that say where the cluster is; with IAM, AWS's API knows it by its name."""
    if config.host:
        return config.setting("host") + (" and .port" if port else "")
    return config.setting("workgroup" if config.workgroup else "cluster_identifier") + " and .region"


def _user(config: ClusterConfig) -> str:
    return config.setting("username") + ("" if config.uses_iam or config.uses_identity_provider else ", .password")


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
