"""Which project a command works in. The demo needs none: it has a folder of its own."""

from __future__ import annotations

import argparse

from ..config.profiles import named_target
from ..config.project_folder import demo_folder, link_models, make_folder
from ..errors import NoProjectError
from ..project import Project
from ..warehouse.postgres import DEMO_TARGET

_SERVER_ACTIONS = ("start", "stop", "status")  # of `warehouse`


def project_for(given: argparse.Namespace) -> Project:
    """The project of the working directory; the demo's where there is none and the command is about the demo.

    Errors: ConfigurationError.
    """
    try:
        project = Project.find()
    except NoProjectError:
        if not _is_about_demo(given):
            raise
        project = Project(demo_folder())
        make_folder(project.root)
    link_models(project)
    return project


def _is_about_demo(given: argparse.Namespace) -> bool:
    if given.command == "demo" or (hasattr(given, "target") and named_target(given.target) == DEMO_TARGET):
        return True
    return given.command == "warehouse" and given.action in _SERVER_ACTIONS and demo_folder().is_dir()
