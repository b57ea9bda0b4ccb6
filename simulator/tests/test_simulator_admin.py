"""The administrative API, the configuration and the process itself."""

import asyncio
import datetime as dt
import ssl
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from simulator.strict import ShapeError, build

from simulator.config import CallbackTarget, Settings, load

EXAMPLE = Path(__file__).parents[1] / "config" / "simulator.toml"


async def test_requests_are_counted_by_external_id(partner: Any, admin: Any) -> None:
    await partner.transfer("1", external_id="42")
    await partner.transfer("1", external_id="42")
    found = await admin.get("/admin/requests?externalId=42")
    assert found["count"] == 2
    assert [one["responseCode"] for one in found["requests"]] == ["2001700", "4091700"]


async def test_requests_show_the_bytes_but_no_token(partner: Any, admin: Any) -> None:
    token = await partner.token()
    await partner.transfer("1", token=token)
    shown = (await admin.get("/admin/requests?service=17"))["requests"][0]
    assert '"partnerReferenceNo":"1"' in shown["body"]
    assert token not in str(shown)


async def test_references_tell_debits_and_statuses(partner: Any, admin: Any) -> None:
    await partner.transfer("1", "2000000000.00")
    await partner.transfer("1", "10.00")
    seen = (await admin.get("/admin/references"))["references"]["1"]
    assert (seen["debits"], seen["standing"], seen["statuses"]) == (1, 1, ["06", "00"])


async def test_instructions_are_found_by_reference(partner: Any, admin: Any) -> None:
    await partner.transfer("1")
    await partner.transfer("2")
    found = await admin.get("/admin/instructions?partnerReferenceNo=2")
    assert [one["status"] for one in found["instructions"]] == ["00"]


async def test_account_can_be_opened(partner: Any, admin: Any) -> None:
    await admin.post(
        "/admin/accounts",
        {"number": "7777777777", "name": "NEW", "balance": "5.00", "owner": partner.client_id},
    )
    heard = await partner.transfer("1", "5.00", sourceAccountNo="7777777777")
    assert heard.code == "2001700"


async def test_reset_empties_the_books(partner: Any, admin: Any) -> None:
    await partner.transfer("1")
    await admin.post("/admin/reset", {})
    assert (await admin.get("/admin/ledger"))["count"] == 0
    assert (await partner.transfer("1")).code == "2001700"


async def test_end_of_day_answers_late_and_settles_in_the_morning(partner: Any, admin: Any) -> None:
    await admin.post("/admin/end-of-day", {"on": True})
    heard = await partner.transfer("1", external_id="42")
    asked = await partner.status("42")
    morning = await admin.post("/admin/end-of-day", {"on": False})
    status = await partner.status("42")
    assert [heard.code, asked.code, morning["settled"]] == ["5041700", "5043600", 1]
    assert status.body["latestTransactionStatus"] == "00"


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/admin/clock", {"offset": 1}),
        ("/admin/rules", {"strictbody": True}),
        ("/admin/end-of-day", {"on": "yes"}),
        ("/admin/tokens", {"clientId": "nobody", "token": "x"}),
        ("/admin/accounts", {"number": "1", "name": "x", "balance": "1"}),
    ],
)
async def test_wrong_document_is_refused(admin: Any, path: str, document: Any) -> None:
    status, answer = await admin.ask("POST", path, document)
    assert status == 400
    assert answer["error"]


async def test_stats_count_answers(partner: Any, admin: Any) -> None:
    await partner.transfer("1")
    stats = await admin.get("/admin/stats")
    assert {"service": "17", "answer": "2001700", "count": 1} in stats["answers"]
    assert stats["booksBalance"] is True


def test_example_configuration_has_the_shape() -> None:
    build(Settings, tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "host", ["gerbang.example.co.id", "203.0.113.7", "localhost.example.com", "internal"]
)
def test_callback_into_the_world_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        callback_to(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "edge.gerbang.internal"])
def test_callback_inside_the_house_is_taken(host: str) -> None:
    assert host in callback_to(host).base_url


def callback_to(host: str) -> CallbackTarget:
    return CallbackTarget(
        base_url=f"https://{host}:8443",
        client_id="bank",
        client_secret="secret",
        private_key_file=Path("key.pem"),
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": 1}, "colour: unknown key"),
        ({"bank": {"plain_http": True, "prot": 1}}, "bank.prot: unknown key"),
        ({"bank": {}}, "plain_http"),
        ({"bank": {"plain_http": True, "port": "1"}}, "bank.port"),
        ({"admin": {"host": "0.0.0.0"}}, "loopback"),  # noqa: S104 - refused here
        ({"rules": {"strict_body": 1}}, "rules.strict_body"),
        ({"limits": {"skn_maximum": "1"}}, "limits"),
        ({"accounts": [{"number": "1", "name": "A", "owner": "nobody"}]}, "owner"),
        ({"accounts": [{"number": "1", "name": "A"}, {"number": "1", "name": "B"}]}, "twice"),
    ],
)
def test_wrong_configuration_is_refused_by_name(
    configuration: Any, change: Any, problem: str
) -> None:
    with pytest.raises(ShapeError, match=problem.replace(".", r"\.")):
        build(Settings, {**configuration, **change})


def test_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match=r"none\.toml"):
        load(tmp_path / "none.toml")


def certificate(folder: Path) -> None:
    """bank.crt and bank.key for localhost, signed by themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "bank.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "bank.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


async def test_bank_speaks_tls_1_3_only(
    configuration: Any, start: Any, tmp_path: Path, session: Any
) -> None:
    certificate(tmp_path)
    configuration["bank"] = {
        "port": 0,
        "certificate_file": str(tmp_path / "bank.crt"),
        "private_key_file": str(tmp_path / "bank.key"),
    }
    simulator = await start()
    url = f"https://localhost:{simulator.bank_port}/nothing"
    trusting = ssl.create_default_context(cafile=tmp_path / "bank.crt")
    async with session.get(url, ssl=trusting) as answer:
        assert answer.status == 404
    old = ssl.create_default_context(cafile=tmp_path / "bank.crt")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(OSError, match="SSL"):
        await session.get(url, ssl=old)


async def test_process_starts_and_stops_on_sigterm(tmp_path: Path) -> None:
    config = tmp_path / "simulator.toml"
    journal = tmp_path / "journal.jsonl"
    config.write_text(
        'journal_file = "journal.jsonl"\n[bank]\nport = 0\nplain_http = true\n[admin]\nport = 0\n',
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "serve", "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await process.stdout.readline()
    process.terminate()
    await process.stdout.read()
    assert await process.wait() == 0
    assert b"bank on 127.0.0.1:" in line
    assert journal.exists()


async def test_wrong_configuration_stops_the_start(tmp_path: Path) -> None:
    config = tmp_path / "simulator.toml"
    config.write_text("[bank]\nplain_http = true\ncolour = 1\n", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "check-config", "--config", str(config)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert (process.returncode, said) == (2, b"simulator: bank.colour: unknown key\n")
