"""Find what is damaged in the event store, and say the way out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from detente.base.counted import counted
from detente.base.errors import DetenteError, StoreError
from detente.store.events import Store


def of_store(store: Store, downloads: Path) -> StoreError | None:
    """Read the whole event store and return the error that says which file is damaged.

    Parameters
    ----------
    downloads
        Where the files of providers lie, from which the store is loaded again.
    """
    if not store.manifest().files:
        return None
    if damaged := store.damaged():
        return StoreError(
            f"{damaged[0]}: expected a file of the event store as it was written, got "
            f"{'another content' if store.is_there(damaged[0]) else 'none'}"
            f"{f' ({len(damaged)} are damaged)' if len(damaged) > 1 else ''}. `detente rebuild` "
            f"loads it again from {downloads}."
        )
    return of_accounts(store, downloads)


def of_accounts(
    store: Store, downloads: Path, names: Sequence[str] | None = None
) -> StoreError | None:
    """Compare the accounts of files with what the store has of each.

    Parameters
    ----------
    names
        Files to compare; None for all, which reads every part of the store.
    """
    if names is not None and not names:
        return None
    wrong = store.disagreeing(names)
    if not wrong:
        return None
    return StoreError(
        "The store holds other events than the accounts say of "
        f"{counted(len(wrong), 'file')}, for instance {wrong[0]}. "
        f"`detente rebuild` loads them again from {downloads}."
    )


def behind(error: BaseException, store: Store, downloads: Path) -> BaseException:
    """Return what failed; where that is a damaged file of the event store, which one."""
    if type(error) is not DetenteError:  # those of a kind of their own say what to do
        return error
    return of_store(store, downloads) or error
