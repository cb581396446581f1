"""A TCP proxy to a server that breaks its connections after a number of bytes.

It runs in its own process: native code that connects may hold Python's global lock, and a thread could not serve it then.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def breaking_proxy(port: int, after: int, for_good: bool) -> Iterator[int]:
    """A proxy to the server on ``port``; it breaks all connections once after so many bytes, or for good. Yields its port."""
    words = [sys.executable, __file__, str(port), str(after), str(int(for_good))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout
        try:
            yield int(proxy.stdout.readline())
        finally:
            proxy.kill()


def _end(*ends: socket.socket) -> None:
    for one in ends:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)  # close() alone does not wake a thread that is reading
        one.close()


def main(port: int, after: int, for_good: bool) -> None:
    """Forward bytes until the process is killed."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    passed, broken = [0], threading.Event()
    pairs: list[tuple[socket.socket, socket.socket]] = []

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(8192):
                passed[0] += len(data)
                if passed[0] > after and not broken.is_set():
                    broken.set()
                    _end(*[one for pair in pairs for one in pair])
                sink.sendall(data)
        _end(source, sink)

    while True:
        client, _ = listener.accept()
        if broken.is_set() and for_good:
            client.close()
            continue
        server = socket.create_connection(("127.0.0.1", port))
        pairs.append((client, server))
        threading.Thread(target=pump, args=(client, server), daemon=True).start()
        threading.Thread(target=pump, args=(server, client), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), bool(int(sys.argv[3])))
