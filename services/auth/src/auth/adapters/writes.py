"""Writes to the database, in the words of the ports."""

from servicekit.group_commit import (
    CommitFailed,
    CommitUnknown,
    ConflictError,
    GroupCommit,
    GuardFailed,
    Unit,
)

from auth.application.ports import (
    AlreadyExistsError,
    ChangedElsewhereError,
    StoreUnavailableError,
)


async def commit(writer: GroupCommit, unit: Unit, *, what: str) -> None:
    """Return after the commit; `what` names the row in an error.

    Raises AlreadyExistsError, ChangedElsewhereError, StoreUnavailableError.
    """
    try:
        await writer.commit(unit)
    except ConflictError:
        raise AlreadyExistsError(what) from None
    except GuardFailed:
        raise ChangedElsewhereError(what) from None
    except CommitFailed as error:
        raise StoreUnavailableError(f"the database cannot be written: {error}") from None
    except CommitUnknown:
        raise StoreUnavailableError(
            "the database went away while it was writing, so nobody knows whether it did; "
            "look before you try again"
        ) from None
