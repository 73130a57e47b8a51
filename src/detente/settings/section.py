"""How the settings write a state and an act."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


CameoCode = Annotated[str, Field(pattern=r"^\d{2,4}$")]
