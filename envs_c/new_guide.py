"""The comments that make a new environment's C file its own guide."""

import textwrap

WIDTH = 97  # of a line without its slashes

GUIDE = {
    "#define AGENTS": (
        "How many seats a copy of the game has, what one seat sees, and what can be set and "
        "measured: Obs is uint8_t (kinds of things) or float (measures); OBS_SIZE of them are "
        "one observation. PARAMS and METRICS may be empty. docs/adding-an-environment.md "
        "lists all that may stand here."
    ),
    "enum { SIZE": (
        "Constants: an enum each group, so that arithmetic with them needs no casts. Sizes of "
        "the scene are in pixels."
    ),
    "typedef struct State {": (
        "The whole game. Plain fields of fixed width, no pointers: copying these bytes saves "
        "it. `rng` comes first and `p` second. Checked: a size that is a multiple of 8, no "
        "byte left unset, the same layout natively and in the page. All but `rng` and `p` is "
        "0 when `reset` is called."
    ),
    "static const Choice MOVES": (
        "The choices of the one decision a tick, in the order of the enum above, each with "
        "the keys that drive it (KeyboardEvent.code). The first is what happens with no key "
        "held. Checked: that each choice ever changes anything."
    ),
    "static const EnvSpec SPEC": (
        "The facts, written once: Python, the page and the documents read them from here. "
        "Each part of the observation has a shape and either categories (uint8_t) or the "
        "range it keeps (float). Checked: the range, that each value ever changes, and that "
        "the network is not handed hundreds."
    ),
    "static void reset": (
        "Opens a game. Draw from s->rng, one number a statement. Checked: that games are not "
        "all alike."
    ),
    "static bool step": (
        "Plays one tick: the only place that changes State. Write `reward`, `terminated` (the "
        "rules ended it) or `truncated` (time ran out), never both, and return whether the "
        "game is over: it then opens anew by itself. Checked: that something is rewarded, by "
        "about 1; that no player can put off the end for ever; that the same actions give the "
        "same bytes everywhere."
    ),
    "static void observe": (
        "Writes what one seat may know, all OBS_SIZE values. It is called on the game's last "
        "state too, so it has to stand an agent that has left the board."
    ),
    "#define HAS_MEASURE": (
        "Optional: the metrics of an episode that ends. A game that can be won says so."
    ),
    "// Walks straight": (
        "Optional: a player written by hand. It plays from the first preview on, opens the "
        "floors of train.toml, and tells the doctor which rewards can be had."
    ),
    "#ifdef ENV_DRAW": (
        "The picture, the only place that calls raylib. It shows a moment between two ticks: "
        "blend from v->before to s by v->t. driver_colour is orange for a person and blue for "
        "an agent. Checked: that it changes nothing and shows what changes."
    ),
}
"""By the beginning of a line of the pattern: what is said above it."""


def comment(words: str) -> list[str]:
    """The words as lines of a comment."""
    return [f"// {line}" for line in textwrap.wrap(words, WIDTH, break_on_hyphens=False)]


def guided(text: str) -> str:
    """The pattern's C file with a comment above each section.

    Raises:
        ValueError: the pattern has no such line, or several.
    """
    lines = text.splitlines()
    for anchor, words in GUIDE.items():
        found = [i for i, line in enumerate(lines) if line.startswith(anchor)]
        if len(found) != 1:
            raise ValueError(f"want one line that begins with {anchor!r}, got {len(found)}")
        lines[found[0] : found[0]] = comment(words)
    return "\n".join(lines) + "\n"
