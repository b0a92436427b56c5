"""Templates: each is rendered from one frozen dataclass, and a name it lacks is an error."""

from dataclasses import fields
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.doc_page import DocPage
from server.pages import Page

TEMPLATES = Path(__file__).parent / "templates"

jinja = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(page: Page | DocPage) -> str:
    """Render the page with its own template, its fields being all that the template sees."""
    context = {field.name: getattr(page, field.name) for field in fields(page)}
    return jinja.get_template(page.template).render(context)
