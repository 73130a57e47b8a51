"""What the sections of the settings share: immutable, unknown keys refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


CameoCode = Annotated[str, Field(pattern=r"^\d{2,4}$")]


class Section(BaseModel):
    """A table of the file; an unknown key is refused, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)
