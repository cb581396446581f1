"""Ctrl-C and the signals that end a process: the running statement is cancelled, the stack is unwound."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any, NoReturn

from ..warehouse.interrupts import cancel_statements


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: everything that ends cleanly at Ctrl-C does so here too."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def _raise(number: int, _frame: Any) -> NoReturn:
    raise Terminated(number)


def listen() -> None:
    """Turn the signals into exceptions, from now on and for the whole process. One that is ignored stays so (nohup)."""
    heard = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    for number in heard[1:]:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raise)
    # A handler in Python runs when a call into C returns, and a statement of the warehouse is one such call: another
    # thread hears of the signal at once, and cancels the statement.
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)

    def wait() -> None:
        while numbers := os.read(reads, 64):
            if set(numbers) & {int(number) for number in heard}:
                cancel_statements()

    threading.Thread(target=wait, name="signals", daemon=True).start()
