"""The page of a document: its words, and what is made of the facts in the middle of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from markupsafe import Markup, escape

from server import docs, table
from server.docs import Doc
from server.pages import EMBED_BAR, EMBED_WIDTH, Shell, shell
from server.site import Snapshot

EMBED_TIMELINE = 150  # px
DECISIONS = "adr/"


@dataclass(frozen=True)
class DocPage:
    """One document, or the list of them."""

    template: ClassVar[str] = "doc.html"
    shell: Shell
    words: Markup
    links: tuple[tuple[str, str, bool], ...]  # address, title, whether it is this one


def doc(name: str, known: Mapping[str, Doc], snapshot: Snapshot, preview: str) -> DocPage:
    """One document; without a name the first of them."""
    chosen = known[name or next(iter(known))]
    framed = shell(snapshot, preview, f"{chosen.title} · Gymcade", f"{chosen.title}: Gymcade")
    live = {
        "play": lambda text: _play(text, snapshot),
        "table": lambda text: table.html(text, snapshot.environments),
    }
    beside = chosen.name.startswith(DECISIONS)
    # Decisions are many: they are listed only beside each other.
    listed = [d for d in known.values() if beside or not d.name.startswith(DECISIONS)]
    return DocPage(
        shell=replace(framed, styles=(*framed.styles, snapshot.assets.url("css", "docs.css"))),
        words=Markup(docs.render(chosen, known, live)),
        links=tuple((f"/docs/{d.name}", d.title, d is chosen) for d in listed),
    )


def _play(text: str, snapshot: Snapshot) -> str:
    """A frame with a game; `text`: its name, and ?timeline to have that too."""
    name, _, query = text.partition("?")
    environment = snapshot.environments.get(name)
    if environment is None:
        return f'<p class="notice">{escape(name)} plays here once it is built.</p>\n'
    spec, more = environment.spec, EMBED_BAR + (EMBED_TIMELINE if query else 0)
    height = round(EMBED_WIDTH * spec["height"] / spec["width"]) + more
    return (
        f'<iframe class="doc-play" src="/embed/{escape(text)}" width="{EMBED_WIDTH}" '
        f'height="{height}" title="{escape(environment.words.title)}, playable" loading="lazy" '
        'sandbox="allow-scripts"></iframe>\n'
    )
