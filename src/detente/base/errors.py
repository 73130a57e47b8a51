"""The one exception tree. The command line prints the message of these and no traceback."""


class DetenteError(Exception):
    """Base of every error that a user can meet: what was expected, what was found, what to do."""

    exit_code = 1


class SettingsError(DetenteError):
    """`detente.toml` is missing, is no TOML, or holds an unknown or wrong key."""

    exit_code = 2


class UsageError(DetenteError):
    """A command was called with arguments that make no sense."""

    exit_code = 2


class RawFileError(DetenteError):
    """A raw input, or the sidecar that describes it, cannot be used as a whole."""


class DownloadError(DetenteError):
    """A provider's list could not be downloaded, so that nothing is known about what it has."""


class AccessDenied(DownloadError):
    """A provider refuses the account or its token."""

    def __init__(self, message: str, status: int, answer: bytes = b"") -> None:
        super().__init__(message)
        self.status, self.answer = status, answer


class StoreError(DetenteError):
    """The event store is damaged or inconsistent."""


class CommitConflict(StoreError):
    """Another machine committed to the event store since this run took its list over."""


class NewerStore(StoreError):
    """A newer version of detente wrote the event store."""


class QueryError(DetenteError):
    """An ad-hoc query failed, ran too long, or tried what a read-only query may not do."""


class CheckFailed(DetenteError):
    """A check found failing rows, so the new database was not published."""


class NotPublished(DetenteError):
    """There is no published database to read yet."""


class Busy(DetenteError):
    """Another run holds the lock on the build."""
