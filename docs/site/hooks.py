"""mkdocs hooks: pages that are made from files outside docs/, so that no text is written twice.

- A comment ``<!-- section: FILE#Heading -->`` in a page is replaced by that section of a file of the repository.
- ``contributing.md``, ``changelog.md`` and ``security.md`` are the files of these names in the repository's root.
- ``marts.md`` describes every entity, mart and finding, from the YAML beside the models.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
DOCS = "docs"
# Files of the root that are pages, too, and those that the page of another name takes the place of.
PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "SECURITY.md": "security.md"}
INSTEAD = {**PAGES, "README.md": "index.md"}
CHAPTERS = (("Entities", "entities"), ("Marts", "marts"), ("Findings", "findings"))

_SECTION = re.compile(r"<!-- section: (?P<file>[^#\n]+)#(?P<heading>[^\n]+?) -->")
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_DOC = re.compile(r"{{ *doc\('(?P<name>\w+)'\) *}}")
_DOCS_BLOCK = re.compile(r"{% docs (?P<name>\w+) %}(?P<text>.*?){% enddocs %}", re.S)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages."""
    for source, name in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=relinked(text, ".")))
    files.append(File.generated(config, "marts.md", content=marts_reference()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fills in sections of other files."""
    filled = _SECTION.sub(lambda match: section(match["file"], match["heading"]), markdown)
    return relinked(filled, DOCS) if page.file.generated_by is None else filled


def section(file: str, heading: str) -> str:
    """The text below a heading of a file, up to the next heading of its level or above, with links as from docs/.

    Errors: PluginError when the file has no such heading.
    """
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    levels = {line: len(line) - len(line.lstrip("#")) for line in lines if line.startswith("#")}
    begin = next((n for n, line in enumerate(lines) if levels.get(line) and line.lstrip("# ") == heading), None)
    if begin is None:
        raise PluginError(f"{file} has no heading {heading!r}")
    level, found, fenced = levels[lines[begin]], [], False
    for line in lines[begin + 1 :]:
        if line.startswith("```"):
            fenced = not fenced
        if not fenced and 0 < levels.get(line, 0) <= level:
            break
        found.append(line)
    return relinked("\n".join(found), str(Path(file).parent))


def relinked(text: str, folder: str) -> str:
    """Links of a text that lies in ``folder`` of the repository, as links of a page of docs/.

    What the site does not have (a file of the project) is named without a link.
    """

    def link(match: re.Match[str]) -> str:
        target, _, anchor = match["target"].partition("#")
        if not target or "://" in target or target.startswith("mailto:"):
            return match[0]
        path = posixpath.normpath(posixpath.join(folder, target))
        if path not in INSTEAD and not path.startswith(f"{DOCS}/") and path not in PAGES.values():
            return match["text"]
        page = INSTEAD.get(path, posixpath.relpath(path, DOCS))
        return f"[{match['text']}]({page}{'#' + anchor if anchor else ''})"

    return _LINK.sub(link, text)


def marts_reference() -> str:
    """One section a model: its description and its columns."""
    blocks = {match["name"]: match["text"].strip() for match in _DOCS_BLOCK.finditer(_all_docs())}
    lines = ["# Entities, marts and findings", "", "Made from the YAML beside the models. Times are UTC.", ""]
    for title, folder in CHAPTERS:
        lines += [f"## {title}", ""]
        for model in sorted(_models(ROOT / "models" / folder), key=lambda one: str(one["name"])):
            lines += [f"### {model['name']}", "", _text(model.get("description"), blocks), ""]
            columns = model.get("columns") or []
            if columns:
                lines += ["| column | type | |", "|---|---|---|"]
                lines += [
                    f"| `{one['name']}` | {one.get('data_type', '')} | {_text(one.get('description'), blocks)} |"
                    for one in columns
                ]
                lines.append("")
    return "\n".join(lines)


def _models(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*.yml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        yield from document.get("models") or []


def _all_docs() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "models").rglob("*.md")))


def _text(description: Any, blocks: dict[str, str]) -> str:
    """A description in one line of a table. Errors: PluginError for a docs block that does not exist."""

    def block(match: re.Match[str]) -> str:
        if match["name"] not in blocks:
            raise PluginError(f"no docs block {match['name']!r} in models/")
        return blocks[match["name"]]

    words = " ".join(_DOC.sub(block, str(description or "")).split())
    return words.replace("|", "\\|").replace("<", "&lt;")
