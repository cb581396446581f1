"""The TLS policy of a connection to a cluster: libpq's rules for each ``sslmode``."""

from __future__ import annotations

import os
import ssl
from pathlib import Path


def wants_tls(sslmode: str) -> bool:
    """Is TLS asked for at all?"""
    return sslmode != "disable"


def demands_tls(sslmode: str) -> bool:
    """Is a connection without TLS refused?"""
    return sslmode not in ("disable", "allow", "prefer")


def tls_context(sslmode: str) -> ssl.SSLContext:
    """The certificate is verified from ``verify-ca`` on, the host's name with ``verify-full``.

    The CA file is ``$PGSSLROOTCERT`` (``system`` for the system's), else ``~/.postgresql/root.crt``. Errors: OSError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = sslmode == "verify-full"
    if sslmode not in ("verify-ca", "verify-full"):
        context.verify_mode = ssl.CERT_NONE
        return context
    root = os.environ.get("PGSSLROOTCERT") or str(Path.home() / ".postgresql" / "root.crt")
    if root == "system":
        context.load_default_certs()
    else:
        context.load_verify_locations(root)
    return context
