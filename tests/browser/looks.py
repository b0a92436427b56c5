"""How a page looks, in both schemes: nothing too wide for its window, no text too faint."""

from playwright.sync_api import Page

from envs_c.build import ROOT

SHOTS = ROOT / "build" / "screenshots"

# Texts whose colour is too near that of their ground; what lies over a scene is left out.
FAINT = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest('.stage, script, noscript')) continue;
    const style = getComputedStyle(e);
    if (e.matches(':disabled') || !style.color.startsWith('rgb')) continue;
    const [a, b] = [light(parse(style.color)), light(ground(e))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${e.className || e.tagName}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


def look(page: Page, name: str, *, whole: bool = True) -> None:
    """Take pictures of a page in the light and in the dark, and see that it fits and can be read.

    They are kept as build/screenshots/NAME-WIDTH-SCHEME.png, `whole` or of what is in the window.
    """
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    SHOTS.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shot = SHOTS / f"{name}-{width}-{scheme}.png"
        # What is on its way from one colour to another is brought to its end.
        page.screenshot(path=shot, full_page=whole, animations="disabled")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, scheme)
        assert page.evaluate(FAINT) == [], (name, scheme)
