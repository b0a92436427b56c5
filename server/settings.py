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
    replays: Path | None = Field(
        default=None, description="folder of replays that visitors share; data/replays if not set"
    )
    replays_count: int = Field(default=20_000, ge=0, description="replays kept; 0 keeps none")
    replays_mb: int = Field(default=512, ge=0, description="MB that all of them may take")
    replays_a_minute: int = Field(
        default=20, ge=1, description="replays that one address may store in a minute"
    )

    @property
    def static(self) -> Path:
        """Folder of everything that is served as it is."""
        return self.root / "web" / "static"

    @property
    def kept_replays(self) -> Path:
        """Folder of what visitors have shared: it cannot be made again."""
        return self.replays or self.root / "data" / "replays"

    @property
    def build(self) -> Path:
        """Folder of what may be thrown away and made again."""
        return self.root / "build"
