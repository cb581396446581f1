"""A child of :mod:`qupersync.cli.children`: does what ``python -m MODULE …`` does, for as long as the parent lives.

The parent holds the other end of standard input and never writes to it. It ends with the parent, also when that is
killed and can hand on no signal.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

from .children import GRACE


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(GRACE)
    os._exit(130)


def main() -> None:
    """Run the module named first, with the arguments that follow it."""
    module, sys.argv = sys.argv[1], sys.argv[1:]
    # A job in the background is started with SIGINT ignored, and so would this process be.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)
