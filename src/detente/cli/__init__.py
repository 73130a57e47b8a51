"""The command line."""

import os

# pydantic looks through every installed package for plugins of its own, of which none is used here:
# a third of the time that a question to the database takes.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
