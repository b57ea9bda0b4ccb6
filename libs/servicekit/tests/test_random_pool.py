"""Random bytes for ids come from one draw and are never given twice."""

import itertools
import secrets

import pytest
from servicekit.ids import RandomPool


def test_a_pool_gives_no_byte_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = itertools.count()
    monkeypatch.setattr(
        secrets, "token_bytes", lambda count: bytes([next(drawn)]) * (count - 1) + b"\xff"
    )
    pool = RandomPool(octets=10)

    given = [pool(4) for _ in range(5)] + [pool(25)]

    assert [len(piece) for piece in given] == [4, 4, 4, 4, 4, 25]
    # What is left of a pool is thrown away, never joined with the next.
    assert [piece[0] for piece in given] == [0, 0, 1, 1, 2, 3]
