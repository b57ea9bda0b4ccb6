"""Clock, ids, policy rules, identity and the throw-away certificates."""

import dataclasses
import secrets
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from servicekit import limits
from servicekit.call import Call, Caller
from servicekit.channel import call_metadata
from servicekit.clock import SystemClock
from servicekit.errors import ServiceError
from servicekit.identity import PeerIdentities, list_claim, peer_spiffe_id, split_metadata
from servicekit.ids import new_ulid, ulid_of
from servicekit.rpc_policy import Rule
from servicekit.testing import FAKE_NOW_US, FakeClock, issue_test_pki
from ulid import ULID


def test_fake_clock_moves_only_when_told():
    clock = FakeClock()
    assert clock.now_us() == FAKE_NOW_US
    before = clock.monotonic()
    clock.advance(1.5)
    assert clock.now_us() == FAKE_NOW_US + 1_500_000
    assert clock.monotonic() == before + 1.5


def test_system_clock_counts_microseconds_since_1970():
    clock = SystemClock()
    assert 1_600_000_000_000_000 < clock.now_us() < 10_000_000_000_000_000
    assert clock.monotonic() <= clock.monotonic()


def test_ulid_is_made_of_time_and_randomness():
    clock = FakeClock(now_us=1_469_918_176_385_000)
    # The time part of the ULID specification's own example.
    assert new_ulid(clock, lambda count: b"\x00" * count) == "01ARYZ6S410000000000000000"


def test_every_ulid_is_spelt_as_the_specification_says():
    for raw in (bytes(16), b"\xff" * 16, bytes(range(16)), secrets.token_bytes(16)):
        assert ulid_of(int.from_bytes(raw[:6], "big"), raw[6:]) == str(ULID(raw))


def test_ulids_sort_by_time():
    clock = FakeClock()
    made = []
    for _ in range(5):
        made.append(new_ulid(clock))
        clock.advance(0.001)
    assert made == sorted(made)
    assert {len(ulid) for ulid in made} == {26}


def test_trace_metadata_names_the_trace():
    assert call_metadata("t1") == (("x-request-id", "t1"),)


HOME = "spiffe://gerbang/"


def rule(*callers: str, **changes: object) -> Rule:
    values = {
        "callers": frozenset(callers),
        "scope": None,
        "deadline_cap_s": 1.0,
        "idempotent": True,
        "max_in_flight": 1,
    }
    return Rule(**(values | changes))


@pytest.mark.parametrize(
    ("callers", "peer", "verdict"),
    [
        ([], HOME + "edge", "refused"),
        ([HOME + "edge"], HOME + "edge", "admitted"),
        ([HOME + "edge"], HOME + "edge2", "refused"),
        ([HOME + "edge"], HOME + "edg", "refused"),
        ([HOME + "client/"], HOME + "client/erp", "admitted"),
        ([HOME + "client/"], HOME + "client/", "refused"),
        ([HOME + "client/"], HOME + "client", "refused"),
        ([HOME + "client/"], HOME + "clients/erp", "refused"),
        ([HOME + "client/erp"], HOME + "client/erp/x", "refused"),
    ],
)
def test_rule_admits_exact_ids_and_whole_prefixes(callers: list[str], peer: str, verdict: str):
    assert rule(*callers).admits(peer) is (verdict == "admitted")


@pytest.mark.parametrize(
    "changes",
    [
        {"callers": frozenset({"edge"})},
        {"callers": frozenset({HOME})},
        {"callers": HOME + "edge"},
        {"deadline_cap_s": 0},
        {"max_in_flight": 0},
        {"anonymous_from_edge": True, "scope": "x"},
    ],
    ids=str,
)
def test_rule_that_makes_no_sense_is_refused(changes: dict[str, Any]):
    with pytest.raises(ValueError):
        rule(HOME + "edge", **changes)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"peer_spiffe_id": []},
        {"peer_spiffe_id": [b"spiffe://elsewhere/edge"]},
        {"peer_spiffe_id": [b"spiffe://gerbang/a", b"spiffe://gerbang/b"]},
        {"peer_uri": [b"spiffe://gerbang/edge"]},
    ],
    ids=str,
)
def test_peer_without_exactly_one_id_of_this_house_is_nobody(context: Any):
    with pytest.raises(ServiceError) as caught:
        peer_spiffe_id(context)
    assert caught.value.code.name == "UNAUTHENTICATED"


class Connection:
    """A peer as gRPC shows it; counts how often the whole TLS context is read."""

    def __init__(self, address: str, names: list[bytes], spiffe_ids: list[bytes]) -> None:
        self.address = address
        self.names = names
        self.spiffe_ids = spiffe_ids
        self.reads = 0

    def peer(self) -> str:
        return self.address

    def peer_identities(self) -> list[bytes]:
        return self.names

    def auth_context(self) -> dict[str, list[bytes]]:
        self.reads += 1
        return {"peer_spiffe_id": self.spiffe_ids}


EDGE = [b"spiffe://gerbang/edge"]


def test_known_connection_is_read_once():
    peers, connection = PeerIdentities(), Connection("ipv4:1", EDGE, EDGE)
    assert [peers.of(connection) for _ in range(3)] == [HOME + "edge"] * 3
    assert connection.reads == 1


def test_reused_address_is_a_new_peer():
    other = [b"spiffe://gerbang/signer"]
    peers = PeerIdentities()
    assert peers.of(Connection("ipv4:1", EDGE, EDGE)) == HOME + "edge"
    assert peers.of(Connection("ipv4:1", other, other)) == HOME + "signer"


def test_name_of_another_kind_is_not_an_identity():
    """For example a DNS name that reads like a SPIFFE id."""
    peers = PeerIdentities()
    with pytest.raises(ServiceError):
        peers.of(Connection("ipv4:1", EDGE, []))


def test_remembered_peers_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "REMEMBERED_PEERS", 2)
    peers = PeerIdentities()
    for number in range(5):
        assert peers.of(Connection(f"ipv4:{number}", EDGE, EDGE)) == HOME + "edge"
    assert len(peers._known) <= 2


def test_metadata_is_joined_and_claims_are_kept_apart():
    metadata, claims = split_metadata(
        [
            ("origin", "a"),
            ("origin", "b"),
            ("x-bin", b"\x00"),
            ("x-gerbang-claim-sub", "erp"),
            ("x-gerbang-other", "c"),
        ]
    )
    assert metadata == {"origin": "a,b", "x-gerbang-other": "c"}
    assert claims == {"x-gerbang-claim-sub": "erp"}


def test_list_claim_is_base64_of_a_json_array():
    assert list_claim(["a"]) == "WyJhIl0="


def test_call_does_not_show_its_metadata_or_document():
    call = Call(
        caller=Caller(spiffe_id=HOME + "edge"),
        trace_id="t",
        metadata={"authorization": "Basic hunter2"},
        document=b"hunter2",
        document_content_type="",
        deadline=0.0,
    )
    assert "hunter2" not in repr(call)
    assert "hunter2" not in str(call)


def test_caller_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Caller(spiffe_id="x").client_id = "y"  # type: ignore[misc]


def test_test_certificates_carry_uri_and_dns_names(tmp_path: Path):
    issued = issue_test_pki(tmp_path / "pki", ["edge", "client/erp"])
    certificate = x509.load_pem_x509_certificate(issued["client/erp"].certificate_file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [HOME + "client/erp"]
    assert "client-erp.gerbang.internal" in names.get_values_for_type(x509.DNSName)
    assert issued["edge"].ca_file == issued["client/erp"].ca_file
    assert issued["edge"].private_key_file.stat().st_mode & 0o077 == 0
