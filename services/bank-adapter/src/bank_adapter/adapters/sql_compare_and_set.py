"""A guarded write that another process may win."""

from __future__ import annotations

from collections.abc import Sequence

from servicekit.group_commit import (
    CommitError,
    ConflictError,
    GroupCommit,
    GuardFailed,
    Statement,
    Unit,
)

from bank_adapter.application.ports.ledger import UnavailableError


async def compare_and_set(writer: GroupCommit, key: str, statements: Sequence[Statement]) -> bool:
    """Whether every guard held; False when somebody else was first and nothing was written.

    `key` keeps units about the same thing apart. Raises UnavailableError.
    """
    try:
        await writer.commit(Unit(key, tuple(statements)))
    except (GuardFailed, ConflictError):
        return False
    except CommitError as error:
        raise UnavailableError(str(error)) from error
    return True
