"""`qupersync init`: a project folder for one's own clusters."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from ..config.project_folder import link_models, make_folder, not_ignored
from ..errors import ConfigurationError
from ..hints import program
from ..project import Project


def init(folder: str) -> int:
    """Make a project folder, or add what one lacks; 0. Nothing is overwritten. Errors: ConfigurationError."""
    try:
        root = Path(folder).expanduser().resolve()
    except RuntimeError:  # such as ~nobody
        raise ConfigurationError(f"{folder}: there is no such user, or no home directory") from None
    files = make_folder(root)
    link_models(Project(root))
    print(f"project folder {root}")
    for name, is_new in files.items():
        print(f"  {'new ' if is_new else 'kept'}  {name}")
    lacking = [] if files[".gitignore"] else not_ignored(root)
    if lacking:
        print(
            f"warning: {root / '.gitignore'} lacks {', '.join(lacking)}: add what is not to be committed",
            file=sys.stderr,
        )
    command = program(root)
    change = "" if root == Path.cwd().resolve() else f"`cd {shlex.quote(_from_here(root))}`, "
    print(f"next: {change}name your cluster in .dlt/secrets.toml, then `{command} check` and `{command} run`")
    return 0


def _from_here(root: Path) -> str:
    here = Path.cwd().resolve()
    return str(root.relative_to(here) if root.is_relative_to(here) else root)
