"""The command line: the parser, and one module a command. Each command imports what it needs when it runs."""

from .parser import main, program

__all__ = ["main", "program"]
