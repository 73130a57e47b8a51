"""Write anew what the tests hold of the hand-kept tables and of the small studies."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support import ledger, profile

if __name__ == "__main__":
    ledger.write()
    for name in profile.STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            profile.keep(name, profile.of(profile.build(Path(folder) / "study", name)))
