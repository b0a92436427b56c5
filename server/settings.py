"""What can be set from outside, each as an environment variable GYMCADE_<NAME>."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one server process."""

    model_config = SettingsConfigDict(env_prefix="GYMCADE_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on")
    preview: str = Field(
        default="", description="environment whose page follows its C file, none if empty"
    )
    root: Path = Field(default=Path(__file__).parents[1], description="folder of the project")

    @property
    def static(self) -> Path:
        """Folder of everything that is served as it is."""
        return self.root / "web" / "static"

    @property
    def build(self) -> Path:
        """Folder of what may be thrown away and made again."""
        return self.root / "build"
