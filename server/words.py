"""The words of an environment, from its README.md: title, one line, and the rest as HTML."""

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": True}).enable(
    ["table", "replacements", "smartquotes"]
)


@dataclass(frozen=True)
class Words:
    """Plain title and line, and HTML that is safe to put on a page."""

    title: str
    line: str
    html: str


def _plain(token: Token) -> str:
    parts = [" " if t.type.endswith("break") else t.content for t in token.children or []]
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def parse(text: str) -> Words:
    """Split a README: its heading, its first paragraph as plain text, everything after as HTML."""
    tokens = _MARKDOWN.parse(text)
    title = line = ""
    rest = 0
    for i, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1" and not title:
            title, rest = _plain(tokens[i + 1]), i + 3
        elif token.type == "paragraph_open" and i == rest and not line:
            line, rest = _plain(tokens[i + 1]), i + 3
    return Words(title, line, _MARKDOWN.renderer.render(tokens[rest:], _MARKDOWN.options, {}))


def read(path: Path, title: str) -> Words:
    """Words of the README at path; title stands in where there is none."""
    try:
        words = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Words(title, "", "")
    return words if words.title else Words(title, words.line, words.html)
