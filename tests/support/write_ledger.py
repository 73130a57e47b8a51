"""Write what the tests hold of the hand-kept tables, of statements and of the small studies."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support import irregular, ledger, pages, profile

if __name__ == "__main__":
    ledger.write()
    irregular.write()
    for name in profile.STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            database = profile.build(Path(folder) / "study", name)
            profile.keep(name, profile.of(database))
            if name == "asked":
                pages.write(pages.of(database, Path(folder) / "reports"))
