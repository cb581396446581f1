"""The TLS policy of a connection to a cluster: what each ``sslmode`` encrypts and verifies, and by which CAs.

libpq's rules, but: ``verify-full`` is the default; without a CA file of the user's own, the file that AWS ships with
its driver and the system's CAs are trusted; a CA file that is named and missing is an error; ``allow`` is ``prefer``.
Source: https://www.postgresql.org/docs/current/libpq-ssl.html
"""

from __future__ import annotations

import os
import ssl
from importlib.util import find_spec
from pathlib import Path
from typing import Optional

from ..config.clusters import WEAK_SSL_MODES

SYSTEM = "system"
_AWS_FILE = Path("files", "redshift-ca-bundle.crt")


class CaFileError(OSError):
    """The user's CA file cannot be used."""


def wants_tls(sslmode: str) -> bool:
    """Is TLS asked for at all?"""
    return sslmode != "disable"


def demands_tls(sslmode: str) -> bool:
    """Is a connection without TLS refused?"""
    return sslmode not in WEAK_SSL_MODES


def own_ca_file() -> Optional[str]:
    """The user's CA file: ``$PGSSLROOTCERT`` (``system`` for the system's CAs), else ``~/.postgresql/root.crt``."""
    named = os.environ.get("PGSSLROOTCERT")
    if named:
        return named
    usual = Path.home() / ".postgresql" / "root.crt"
    return str(usual) if usual.exists() else None


def aws_ca_file() -> Optional[Path]:
    """The CAs of Redshift's endpoints, as AWS's driver ships them; found without importing the driver."""
    spec = find_spec("redshift_connector")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / _AWS_FILE).is_file():
            return Path(folder) / _AWS_FILE
    return None


def tls_context(sslmode: str) -> ssl.SSLContext:
    """``verify-ca`` verifies the certificate, ``verify-full`` the host's name too; ``require`` with a CA file of the
    user's own is ``verify-ca``, as in libpq.

    Errors: CaFileError.
    """
    own = own_ca_file()
    if own == SYSTEM and sslmode != "verify-full":
        raise CaFileError(f'PGSSLROOTCERT=system needs sslmode = "verify-full", not "{sslmode}"')
    verified = sslmode in ("verify-ca", "verify-full") or (sslmode == "require" and own is not None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = sslmode == "verify-full"
    if not verified:
        context.verify_mode = ssl.CERT_NONE
    elif own is None:
        context.load_default_certs()
        aws = aws_ca_file()
        if aws:
            context.load_verify_locations(aws)
    elif own == SYSTEM:
        context.load_default_certs()
    else:
        _load(context, own)
    return context


def _load(context: ssl.SSLContext, file: str) -> None:
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise CaFileError(f"the CA file {file} holds no certificate: {error.reason or error}") from None
    except OSError as error:
        raise CaFileError(error.errno, error.strerror, file) from None
