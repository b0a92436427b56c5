"""The documents of the project as pages: docs/*.md, with games that play in them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import escape

Fill = Callable[[str], str]
"""Makes HTML of what a live block holds."""

FIRST = ("rl-in-one-page", "adding-an-environment", "architecture")
"""What a newcomer reads first, ahead of the rest by name."""


@dataclass(frozen=True)
class Doc:
    """One document, not yet rendered."""

    name: str  # as in its address: "parity", "adr/0033-markdown-it-py"
    title: str
    text: str


def load(root: Path) -> dict[str, Doc]:
    """All documents by name, in the order they are listed in; decisions come last."""
    folder = root / "docs"
    found = {}
    for path in [*sorted(folder.glob("*.md")), *sorted(folder.glob("adr/*.md"))]:
        name = path.relative_to(folder).with_suffix("").as_posix()
        text = path.read_text(encoding="utf-8")
        heading = re.search(r"(?m)^# (.+)$", text)
        found[name] = Doc(name, heading[1].strip() if heading else name, text)
    first = [name for name in FIRST if name in found]
    return {name: found[name] for name in [*first, *(n for n in found if n not in first)]}


def render(doc: Doc, known: Mapping[str, Doc], live: Mapping[str, Fill]) -> str:
    """The HTML of a document.

    Args:
        doc: the document.
        known: all of them, so that links between them lead to their pages.
        live: what fills fenced blocks whose word is its key; others are shown as they are.
    """
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": True})
    markdown.enable(["table", "replacements", "smartquotes"])

    def fence(self: RendererHTML, tokens: list[Token], i: int, options: Any, env: Any) -> str:
        word, _, _ = tokens[i].info.strip().partition(" ")
        if word in live:
            return live[word](tokens[i].content.strip())
        code = f'<code class="language-{escape(word)}">' if word else "<code>"
        return f'<pre tabindex="0">{code}{escape(tokens[i].content)}</code></pre>\n'

    markdown.add_render_rule("fence", fence)
    tokens = markdown.parse(doc.text)
    for token in tokens:
        for inner in token.children or []:
            if inner.type == "link_open":
                inner.attrs["href"] = address(doc.name, str(inner.attrs["href"]), known)
    _number_headings(tokens)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def address(name: str, target: str, known: Mapping[str, Doc]) -> str:
    """Where a link of the document leads on the site; to the list where the site lacks it."""
    if re.match(r"[a-z]+:|#", target):
        return target
    path, _, fragment = target.partition("#")
    parts: list[str] = []
    for part in [*name.split("/")[:-1], *path.split("/")]:
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    wanted = "/".join(parts).removesuffix(".md")
    if wanted not in known:
        return "/docs"
    return f"/docs/{wanted}" + (f"#{fragment}" if fragment else "")


def _number_headings(tokens: list[Token]) -> None:
    """Give headings the ids that links in the documents use: as a repository's pages have them."""
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            plain = re.sub(r"[^\w\- ]", "", inline.content.lower())
            token.attrs["id"] = plain.strip().replace(" ", "-")
