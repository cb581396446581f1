"""``python -m qupersync``."""

from .cli import program

program()
