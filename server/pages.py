"""What each page shows: one frozen dataclass a template."""

from dataclasses import dataclass
from typing import Any, ClassVar

from markupsafe import Markup, escape

from server import curve, facts, player
from server.catalog import Environment, Policy, featured
from server.curve import Curve
from server.player import Mode
from server.site import Snapshot

PLAYS = {"greedy": "the likeliest choice", "sampled": "by chance, as its odds are"}
EMBED_WIDTH, EMBED_BAR = 640, 72  # px: of the frame in the snippet, and of the row below the scene
STYLES = (
    *("site.css", "viewer.css", "seats.css", "timeline.css", "replays.css", "asking.css"),
    *("panels.css", "sight.css", "layouts.css", "curve.css"),
)


@dataclass(frozen=True)
class Shell:
    """Head and frame of a page."""

    title: str
    description: str
    icon: str
    styles: tuple[str, ...]
    script: str
    live_reload: str  # address of the preview's script, empty outside a preview
    version: str  # of the previewed game as this page has it
    ahead: str  # address of a file to fetch at once, may be empty


@dataclass(frozen=True)
class Card:
    """One game on the gallery."""

    href: str
    title: str
    line: str
    facts: tuple[str, ...]
    strength: str  # of the best agent, empty where it is not known
    still: str  # addresses of pictures, empty where there are none
    moving: str


@dataclass(frozen=True)
class Row:
    """One line of the evaluation table, already in words."""

    opponent: str
    episodes: str
    score: str
    result: str
    length: str
    floor: str
    met: bool | None


@dataclass(frozen=True)
class Training:
    """How one policy came about."""

    name: str
    onnx: str
    sidecar: str
    made: tuple[tuple[str, str], ...]  # label, value
    rows: tuple[Row, ...]
    curve: Curve | None


@dataclass(frozen=True)
class Parameter:
    """One line of the table of parameters."""

    name: str
    text: str
    default: str
    range: str
    when: str


@dataclass(frozen=True)
class GalleryPage:
    """The front page."""

    template: ClassVar[str] = "gallery.html"
    shell: Shell
    island: Markup
    featured: Card | None
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class GamePage:
    """One game, with everything about it."""

    template: ClassVar[str] = "game.html"
    shell: Shell
    island: Markup
    title: str
    line: str
    still: str
    words: Markup
    trainings: tuple[Training, ...]
    parameters: tuple[Parameter, ...]
    snippet: str
    source: str
    api: str


@dataclass(frozen=True)
class EmbedPage:
    """One player and nothing else."""

    template: ClassVar[str] = "embed.html"
    shell: Shell
    island: Markup
    title: str
    still: str


@dataclass(frozen=True)
class ProblemPage:
    """Says that something is not there or went wrong, and what to do."""

    template: ClassVar[str] = "problem.html"
    shell: Shell
    status: int
    heading: str
    message: str
    cards: tuple[Card, ...]


Page = GalleryPage | GamePage | EmbedPage | ProblemPage


def shell(
    snapshot: Snapshot,
    preview: str,
    title: str,
    description: str,
    playing: Environment | None = None,
) -> Shell:
    """Head and frame; preview names the game being written, empty for none; playing is shown."""
    assets = snapshot.assets
    group = assets.groups.get(f"envs/{preview}") if preview else None
    styles = (*STYLES, "preview.css") if preview else STYLES
    return Shell(
        title=title,
        description=description,
        icon=assets.url("img", "icon.svg"),
        styles=tuple(assets.url("css", name) for name in styles),
        script=assets.url("js", "main.js"),
        live_reload=assets.url("js", "preview/main.js") if preview else "",
        version=group.hash if group else "",
        ahead=player.ahead(playing, snapshot) if playing else "",
    )


def _picture(environment: Environment, snapshot: Snapshot, file: str) -> str:
    group = f"envs/{environment.name}"
    return snapshot.assets.url(group, file) if snapshot.assets.has(group, file) else ""


def card(environment: Environment, snapshot: Snapshot) -> Card:
    """One game in short."""
    return Card(
        href=f"/play/{environment.name}",
        title=environment.words.title,
        line=environment.words.line,
        facts=facts.summary(environment),
        strength=facts.strength(environment),
        still=_picture(environment, snapshot, "still.webp"),
        moving=_picture(environment, snapshot, "preview.webp"),
    )


def _row(evaluation: dict[str, Any], multiples: frozenset[str]) -> Row:
    score, error = evaluation.get("score_mean"), evaluation.get("score_se")
    length = evaluation.get("length_mean")
    rates = [
        f"{facts.percent(evaluation[key])} {word}"
        for key, word in (("win_rate", "won"), ("draw_rate", "drawn"), ("loss_rate", "lost"))
        if evaluation.get(key)
    ]
    value = evaluation.get("floor_value")
    times = evaluation.get("opponent") in multiples
    metric = facts.words(evaluation.get("floor_metric") or "score")
    if times and value is not None:
        rates.append(f"{facts.number(value)}× the {metric}")
    if between := facts.interval(evaluation, multiples):
        said = f"{between} (95{facts.NBSP}%)"
        rates.append(said if times else f"{metric} {said}")
    return Row(
        opponent=facts.against(evaluation),
        episodes=facts.count(evaluation.get("episodes") or 0),
        score=("" if score is None else facts.number(score))
        + ("" if error is None else f" ± {error:.2g}"),
        result=", ".join(rates),
        length="" if length is None else f"{facts.number(length)} ticks",
        floor=facts.floor(evaluation, multiples),
        met=evaluation.get("met"),
    )


def _standing(policy: Policy) -> list[tuple[str, str]]:
    """The rating, and how often a move keeps the true value, each with its 95 % interval."""
    standing = []
    if policy.rating:
        r = policy.rating
        label, show = (
            ("rating", "{:.0f}".format) if r.get("unit") == "elo" else ("score", facts.number)
        )
        span = f"({show(r['low'])} to {show(r['high'])})" if r.get("low") is not None else ""
        games = f"in {facts.count(r.get('games') or 0)} games"
        standing.append((label, f"{show(r['value'])} {span} {games}"))
    solver = policy.sidecar.get("solver")
    if solver:
        span = f"({facts.percent(solver['kept_low'])} to {facts.percent(solver['kept_high'])})"
        text = f"{facts.percent(solver['kept'])} {span} of {facts.count(solver['moves'])} moves"
        standing.append(("keeps the true value", text))
    return standing


def _training(environment: Environment, policy: Policy, snapshot: Snapshot) -> Training:
    sidecar, group = policy.sidecar, f"policies/{environment.name}"
    made = [("algorithm", str(sidecar.get("algorithm") or "unknown"))]
    if sidecar.get("train_steps"):
        made.append(("agent steps", facts.count(sidecar["train_steps"])))
    if sidecar.get("wall_time_s"):
        made.append(("time", facts.duration(sidecar["wall_time_s"])))
    if sidecar.get("state_size"):
        made.append(("memory", f"{sidecar['state_size']} numbers, recurrent"))
    if sidecar.get("seed") is not None:
        made.append(("seed", str(sidecar["seed"])))
    made += _standing(policy)
    play = sidecar.get("play") or {}
    if play.get("mode") in PLAYS:
        made.append(("plays", PLAYS[play["mode"]]))
    return Training(
        name=policy.name,
        onnx=snapshot.assets.url(group, policy.file),
        sidecar=snapshot.assets.url(group, f"{policy.name}.json"),
        made=tuple(made),
        rows=tuple(_row(e, environment.multiples) for e in policy.evaluations),
        curve=curve.draw(policy.curve, environment.seats == 1) if policy.curve else None,
    )


def _parameter(row: dict[str, Any]) -> Parameter:
    unit = f" {row['unit']}" if row["unit"] else ""
    return Parameter(
        name=row["name"],
        text=row["text"],
        default=f"{facts.number(row['default'])}{unit}",
        range=f"{facts.number(row['min'])} – {facts.number(row['max'])}",
        when="any time" if row["live"] else "new game",
    )


def _island(environment: Environment, snapshot: Snapshot, mode: Mode, preview: str) -> Markup:
    shown = player.config(environment, snapshot, mode, preview == environment.name)
    return player.island({"player": shown})


def gallery(snapshot: Snapshot, preview: str) -> GalleryPage:
    """All games, one of them running."""
    first = featured(snapshot.environments)
    return GalleryPage(
        shell=shell(
            snapshot,
            preview,
            "Gymcade: games you can take over from trained agents",
            "Reinforcement-learning environments that you play in the browser.",
            first,
        ),
        island=_island(first, snapshot, "featured", preview) if first else player.island({}),
        featured=card(first, snapshot) if first else None,
        cards=tuple(card(e, snapshot) for e in snapshot.environments.values()),
    )


def game(environment: Environment, snapshot: Snapshot, preview: str, base_url: str) -> GamePage:
    """One game; base_url is where this server answers, with a slash at the end."""
    words, spec, name = environment.words, environment.spec, environment.name
    height = round(EMBED_WIDTH * spec["height"] / spec["width"]) + EMBED_BAR
    return GamePage(
        shell=shell(snapshot, preview, f"{words.title} · Gymcade", words.line, environment),
        island=_island(environment, snapshot, "page", preview),
        title=words.title,
        line=words.line,
        still=_picture(environment, snapshot, "still.webp"),
        words=Markup(words.html),
        trainings=tuple(_training(environment, p, snapshot) for p in environment.policies),
        parameters=tuple(_parameter(row) for row in spec["params"]),
        snippet=f'<iframe src="{base_url}embed/{name}" title="{escape(words.title)}, playable" '
        f'width="{EMBED_WIDTH}" height="{height}" loading="lazy" sandbox="allow-scripts"></iframe>',
        source=f"envs_c/{name}/{name}.c",
        api=f"/api/v1/environments/{name}",
    )


def embed(environment: Environment, snapshot: Snapshot, preview: str) -> EmbedPage:
    """One player for another site's frame."""
    words = environment.words
    return EmbedPage(
        shell=shell(snapshot, preview, words.title, words.line, environment),
        island=_island(environment, snapshot, "embed", preview),
        title=words.title,
        still=_picture(environment, snapshot, "still.webp"),
    )


def problem(
    snapshot: Snapshot, preview: str, status: int, heading: str, message: str
) -> ProblemPage:
    """Words for a page that cannot be shown."""
    return ProblemPage(
        shell=shell(snapshot, preview, f"{heading} · Gymcade", message),
        status=status,
        heading=heading,
        message=message,
        cards=tuple(card(e, snapshot) for e in snapshot.environments.values()),
    )
