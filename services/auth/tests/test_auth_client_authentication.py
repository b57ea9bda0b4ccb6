"""What is remembered about right secrets, and when it is forgotten."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from auth.adapters.argon2_hasher import Argon2Hasher
from auth.application.authenticate_client import ClientAuthentication, TooManyFailuresError
from auth.application.failure_limit import FailureLimit
from auth.application.rotate_client_secret import RotateClientSecret
from auth.application.set_client_status import SetClientStatus
from auth.bootstrap import Parts
from auth.domain.client import Client, ClientStatus
from auth.domain.invalid_value import InvalidValueError
from auth.limits import FAILURES_PER_KEY, MAX_REMEMBERED_SECRETS, REMEMBERED_SECRET_S
from servicekit.secret import Secret
from servicekit.testing import FakeClock

RIGHT = Secret("a-secret-that-is-long-enough-0001")
NEW = Secret("a-secret-that-is-long-enough-0002")
WRONG = Secret("a-secret-that-is-long-enough-9999")


@dataclass(slots=True)
class CountingHasher:
    """The real hasher, and how often it was asked."""

    real: Argon2Hasher
    verified: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def hash(self, secret: Secret[str]) -> str:
        return await self.real.hash(secret)

    async def verify(self, encoded_hash: str | None, secret: Secret[str]) -> bool:
        self.verified += 1
        self.asked.set()
        return await self.real.verify(encoded_hash, secret)


@pytest.fixture
def hasher(parts: Parts) -> CountingHasher:
    return CountingHasher(parts.hasher)


@pytest.fixture
def authentication(
    parts: Parts,
    hasher: CountingHasher,
    clock: FakeClock,
    random_bytes: Callable[[int], bytes],
    client: Client,
) -> ClientAuthentication:
    return ClientAuthentication(
        clients=parts.clients,
        hasher=hasher,
        limit=FailureLimit(clock),
        clock=clock,
        random_bytes=random_bytes,
    )


async def test_a_right_secret_is_hashed_once_and_then_remembered(
    authentication: ClientAuthentication, hasher: CountingHasher, client: Client
) -> None:
    for _ in range(5):
        assert await authentication.authenticate("erp", RIGHT) == client

    assert hasher.verified == 1


async def test_a_memory_ends_after_its_time(
    authentication: ClientAuthentication, hasher: CountingHasher, clock: FakeClock
) -> None:
    await authentication.authenticate("erp", RIGHT)
    clock.advance(REMEMBERED_SECRET_S)
    await authentication.authenticate("erp", RIGHT)

    assert hasher.verified == 2


async def test_a_wrong_secret_is_never_remembered(
    authentication: ClientAuthentication, hasher: CountingHasher
) -> None:
    await authentication.authenticate("erp", RIGHT)
    for _ in range(2):
        assert await authentication.authenticate("erp", WRONG) is None

    assert hasher.verified == 1 + 2 * 2


async def test_an_unknown_client_costs_as_many_hashes_as_a_wrong_secret(
    authentication: ClientAuthentication, hasher: CountingHasher
) -> None:
    assert await authentication.authenticate("erp", WRONG) is None
    wrong_secret = hasher.verified
    assert await authentication.authenticate("nobody", WRONG) is None

    assert hasher.verified == 2 * wrong_secret


async def test_a_client_amid_a_rotation_costs_as_many_hashes_as_any(
    authentication: ClientAuthentication, hasher: CountingHasher, parts: Parts, client: Client
) -> None:
    rotate = RotateClientSecret(clients=parts.clients, hasher=parts.hasher, clock=parts.clock)
    await rotate(client, NEW, overlap_s=60, actor="test")
    await authentication.authenticate("erp", WRONG)

    assert hasher.verified == 2


async def test_a_rotation_by_another_process_ends_the_memory_at_once(
    authentication: ClientAuthentication, parts: Parts, client: Client
) -> None:
    assert await authentication.authenticate("erp", RIGHT) is not None
    rotate = RotateClientSecret(clients=parts.clients, hasher=parts.hasher, clock=parts.clock)
    await rotate(client, NEW, overlap_s=0, actor="test")

    assert await authentication.authenticate("erp", RIGHT) is None
    assert await authentication.authenticate("erp", NEW) is not None


async def test_during_a_rotation_both_secrets_count_until_the_old_one_ends(
    authentication: ClientAuthentication, parts: Parts, client: Client, clock: FakeClock
) -> None:
    rotate = RotateClientSecret(clients=parts.clients, hasher=parts.hasher, clock=parts.clock)
    await rotate(client, NEW, overlap_s=60, actor="test")

    assert await authentication.authenticate("erp", RIGHT) is not None
    assert await authentication.authenticate("erp", NEW) is not None
    clock.advance(60)
    assert await authentication.authenticate("erp", RIGHT) is None
    assert await authentication.authenticate("erp", NEW) is not None


async def test_a_rotation_to_the_present_secret_is_refused(parts: Parts, client: Client) -> None:
    rotate = RotateClientSecret(clients=parts.clients, hasher=parts.hasher, clock=parts.clock)
    with pytest.raises(InvalidValueError, match="present"):
        await rotate(client, RIGHT, overlap_s=60, actor="test")


async def test_a_disabled_client_is_seen_as_disabled_by_the_next_request(
    authentication: ClientAuthentication, parts: Parts, client: Client
) -> None:
    await authentication.authenticate("erp", RIGHT)
    set_status = SetClientStatus(clients=parts.clients, clock=parts.clock)
    await set_status(client, ClientStatus.DISABLED, actor="test")

    found = await authentication.authenticate("erp", RIGHT)
    assert found is not None
    assert not found.active


async def test_a_secret_remembered_for_one_client_is_nothing_for_another(
    authentication: ClientAuthentication, hasher: CountingHasher
) -> None:
    await authentication.authenticate("erp", RIGHT)

    assert await authentication.authenticate("er", Secret("p" + RIGHT.reveal())) is None


async def test_the_same_secret_asked_for_at_once_costs_one_hash(
    authentication: ClientAuthentication, hasher: CountingHasher
) -> None:
    found = await asyncio.gather(
        *(authentication.authenticate("erp", RIGHT) for _ in range(3 * FAILURES_PER_KEY))
    )

    assert None not in found
    assert hasher.verified == 1


async def test_guessing_is_stopped_and_a_client_already_known_goes_on(
    authentication: ClientAuthentication, hasher: CountingHasher
) -> None:
    await authentication.authenticate("erp", RIGHT)
    for number in range(FAILURES_PER_KEY):
        assert await authentication.authenticate("erp", Secret(f"guess-{number}")) is None
    before = hasher.verified

    with pytest.raises(TooManyFailuresError):
        await authentication.authenticate("erp", WRONG)
    assert await authentication.authenticate("erp", RIGHT) is not None
    assert hasher.verified == before


async def test_a_thousand_guesses_at_once_are_not_all_judged(
    authentication: ClientAuthentication, hasher: CountingHasher
) -> None:
    results = await asyncio.gather(
        *(authentication.authenticate("erp", Secret(f"guess-{n}")) for n in range(100)),
        return_exceptions=True,
    )

    refused = [result for result in results if isinstance(result, TooManyFailuresError)]
    assert len(refused) == 100 - FAILURES_PER_KEY
    assert hasher.verified == 2 * FAILURES_PER_KEY


async def test_a_caller_that_hangs_up_does_not_fail_the_others(
    authentication: ClientAuthentication, hasher: CountingHasher, client: Client
) -> None:
    first = asyncio.create_task(authentication.authenticate("erp", RIGHT))
    await hasher.asked.wait()
    second = asyncio.create_task(authentication.authenticate("erp", RIGHT))
    first.cancel()

    assert await second == client
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_the_memory_is_bounded(authentication: ClientAuthentication) -> None:
    await authentication.authenticate("erp", RIGHT)
    (entry,) = authentication._remembered.values()
    authentication._remembered.clear()
    for number in range(MAX_REMEMBERED_SECRETS):
        authentication._remembered[number.to_bytes(4, "big")] = entry
    await authentication.authenticate("erp", RIGHT)

    assert len(authentication._remembered) == MAX_REMEMBERED_SECRETS


async def test_no_secret_is_kept_in_clear(authentication: ClientAuthentication) -> None:
    await authentication.authenticate("erp", RIGHT)

    assert RIGHT.reveal() not in repr(vars(authentication))
    assert all(len(mark) == 32 for mark in authentication._remembered)
