"""``python -m qupersync``."""

import sys

from .cli import main

sys.exit(main())
