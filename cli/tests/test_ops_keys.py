"""`gerbang-ops keys` and `journal` against the real signer."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from ops_run import CommandLine, invoke
from ops_services import running_adapter, running_signer
from servicekit.config import TLSSettings
from signer.adapters.journal_rows import walk
from sqlalchemy import create_engine, text

TOKEN_KEY = ("bca-token", "--scheme", "snap_token_asymmetric")


@pytest.fixture
async def signer(
    ops: CommandLine, pki: dict[str, TLSSettings], tmp_path: Path
) -> AsyncIterator[CommandLine]:
    async with running_signer(tmp_path, pki) as port:
        ops.targets["signer"] = port
        yield ops


@dataclass
class TokenEndpoint:
    """A bank that answers a token request as it is told to."""

    url: str = ""
    status: int = 200
    answer: dict[str, str] = field(
        default_factory=lambda: {
            "responseCode": "2007300",
            "accessToken": "the-probes-token",
            "expiresIn": "900",
        }
    )
    received: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
async def bank(pki: dict[str, TLSSettings]) -> AsyncIterator[TokenEndpoint]:
    endpoint = TokenEndpoint()

    async def token(request: web.Request) -> web.Response:
        endpoint.received.append({name.lower(): value for name, value in request.headers.items()})
        return web.json_response(endpoint.answer, status=endpoint.status)

    application = web.Application()
    application.router.add_post("/openapi/v1.0/access-token/b2b", token)
    runner = web.AppRunner(application)
    await runner.setup()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki["edge"].certificate_file, pki["edge"].private_key_file)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    endpoint.url = f"https://localhost:{port}"
    yield endpoint
    await runner.cleanup()


@pytest.fixture
async def house(
    signer: CommandLine, bank: TokenEndpoint, pki: dict[str, TLSSettings], tmp_path: Path
) -> AsyncIterator[CommandLine]:
    """With a bank-adapter between the signer and the bank."""
    async with running_adapter(
        tmp_path,
        pki,
        signer=f"127.0.0.1:{signer.targets['signer']}",
        bank_url=bank.url,
        bank_ca=pki["edge"].ca_file,
    ) as (_, port):
        signer.targets["bank-adapter"] = port
        yield signer


async def test_new_key_is_staged_listed_and_exported(signer: CommandLine) -> None:
    made = await signer.run("keys", "generate", *TOKEN_KEY)
    listed = await signer.run("keys", "list", "--json")
    table = await signer.run("keys", "list")
    exported = await signer.run("keys", "export-public", "bca-token", "--version", "1")
    form = await signer.run("keys", "export-public", "bca-token", "--version", "1", "--form")

    assert made.code == 0, made.stderr
    (version,) = listed.json()
    assert (version["profile"]["keyId"], version["state"]) == ("bca-token", "KEY_STATE_STAGED")
    assert "STAGED" in table.stdout
    assert exported.stdout.startswith("-----BEGIN PUBLIC KEY-----")
    assert version["fingerprint"][:2] in form.stdout
    assert "PRIVATE" not in exported.stdout + form.stdout


async def test_rotation_from_stage_to_the_old_keys_end(
    house: CommandLine, bank: TokenEndpoint
) -> None:
    await house.run("keys", "generate", *TOKEN_KEY)
    early = await house.run("keys", "promote", "bca-token", "1", "--yes")
    first_probe = await house.run("keys", "probe", "bca-token", "1")
    first = await house.run("keys", "promote", "bca-token", "1", "--yes")
    staged = await house.run("keys", "stage", "bca-token", "--json")
    probed = await house.run("keys", "probe", "bca-token", "2", "--bank", "bca", "--json")
    listed = await house.run("keys", "list")
    promoted = await house.run("keys", "promote", "bca-token", "2", typed="promote\n")
    retired = await house.run("keys", "retire", "bca-token", "1", "--yes", "--json")

    assert early.code == 5
    assert "probe it first" in early.stderr
    assert "was accepted by the bank" in first_probe.stdout
    assert first.code == 0, first.stderr
    assert staged.json()["profile"]["schemes"] == ["snap_token_asymmetric"]
    assert (probed.json()["accepted"], probed.json()["responseCode"]) == (True, "2007300")
    assert "probe accepted 2007300" in listed.stdout
    assert promoted.code == 0, promoted.stderr
    assert retired.json()["state"] == "KEY_STATE_RETIRED"
    assert [asked["x-client-key"] for asked in bank.received] == ["gerbang-0001"] * 2
    assert len({asked["x-signature"] for asked in bank.received}) == 2
    assert "the-probes-token" not in first_probe.stdout + probed.stdout


async def test_key_that_the_bank_refuses_is_recorded_as_refused(
    house: CommandLine, bank: TokenEndpoint
) -> None:
    bank.status, bank.answer = (
        401,
        {
            "responseCode": "4017300",
            "responseMessage": "Unauthorized. [Signature]\x1b[2J",
        },
    )
    await house.run("keys", "generate", *TOKEN_KEY)

    refused = await house.run("keys", "probe", "bca-token", "1")
    listed = await house.run("keys", "list", "--json")
    promoted = await house.run(
        "keys", "promote", "bca-token", "1", "--yes", "--reason", "I know it"
    )

    assert refused.code == 5
    assert "REFUSED by the bank (service 73): 4017300 Unauthorized" in refused.stdout
    assert "\x1b" not in refused.stdout
    assert listed.json()[0]["probe"]["responseCode"] == "4017300"
    assert "accepted" not in listed.json()[0]["probe"]
    assert promoted.code == 5
    assert "the bank refused bca-token version 1 (4017300)" in promoted.stderr


async def test_probe_without_an_answer_records_nothing(
    house: CommandLine, bank: TokenEndpoint
) -> None:
    bank.status, bank.answer = 502, {}
    await house.run("keys", "generate", *TOKEN_KEY)

    failed = await house.run("keys", "probe", "bca-token", "1")
    listed = await house.run("keys", "list", "--json")

    assert failed.code == 3
    assert "no usable answer" in failed.stderr
    assert "probe" not in listed.json()[0]


async def test_probe_of_what_is_not_staged_or_not_the_banks_is_refused(house: CommandLine) -> None:
    await house.run("keys", "generate", *TOKEN_KEY)

    no_version = await house.run("keys", "probe", "bca-token", "2")
    no_key = await house.run("keys", "probe", "bni-token", "1", "--account", "1")
    no_bank = await house.run("keys", "probe", "bca-token", "1", "--bank", "bni")

    assert [one.code for one in (no_version, no_key, no_bank)] == [5, 3, 5]
    assert "no staged version 2" in no_version.stderr
    assert "not configured here" in no_bank.stderr


async def test_destruction_takes_two_people_and_can_be_taken_back(signer: CommandLine) -> None:
    await signer.run("keys", "generate", *TOKEN_KEY)
    await signer.run("keys", "retire", "bca-token", "1", "--yes")
    key = ("bca-token", "1")
    asked = await signer.run("keys", "schedule-destroy", *key, "--reason", "replaced in March")
    alone = await signer.run("keys", "confirm-destroy", *key, "--yes")
    second = await signer.run(
        "keys", "confirm-destroy", *key, as_="operator/budi", typed="bca-token/1\n"
    )
    taken_back = await signer.run("keys", "cancel", *key, "--json")

    assert asked.code == 0, asked.stderr
    assert "NOBODY YET" in asked.stdout
    assert alone.code == 5
    assert "another operator" in alone.stderr
    assert second.code == 0, second.stderr
    assert "operator/budi" in second.stdout
    assert "destruction" not in taken_back.json()


@pytest.mark.parametrize("typed", ["", "y\n", "Promote it\n"])
async def test_without_the_word_nothing_is_promoted(signer: CommandLine, typed: str) -> None:
    await signer.run("keys", "generate", *TOKEN_KEY)

    refused = await signer.run("keys", "promote", "bca-token", "1", typed=typed)
    listed = await signer.run("keys", "list", "--json")

    assert refused.code == 7
    assert listed.json()[0]["state"] == "KEY_STATE_STAGED"


async def test_secret_is_taken_from_a_file_that_others_cannot_read(
    signer: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("the-shared-secret-of-the-bank\n")
    file.chmod(0o644)
    command = ("keys", "import", "bca-transaction", "--scheme", "snap_transaction_symmetric")

    open_to_all = await signer.run(*command, "--secret-file", str(file))
    file.chmod(0o600)
    taken = await signer.run(*command, "--secret-file", str(file), "--json")
    nothing = await signer.run(*command)

    assert open_to_all.code == 1
    assert "chmod" in open_to_all.stderr
    assert taken.json()["profile"]["material"] == "hmac_secret"
    assert "the-shared-secret" not in taken.stdout + taken.stderr
    assert nothing.code == 2


async def test_stage_of_an_unknown_key_names_those_there_are(signer: CommandLine) -> None:
    await signer.run("keys", "generate", *TOKEN_KEY)

    refused = await signer.run("keys", "stage", "bca-tokne")

    assert refused.code == 5
    assert "bca-token" in refused.stderr


@pytest.mark.parametrize("name", ["client/payroll", "bank-adapter"])
async def test_who_is_no_operator_is_told_so_in_a_sentence(signer: CommandLine, name: str) -> None:
    refused = await signer.run("keys", "list", as_=name)

    assert refused.code == 4
    assert "CALLER_NOT_ALLOWED" in refused.stderr
    assert "Traceback" not in refused.stderr


async def test_unbroken_journal_is_told_with_its_head(signer: CommandLine) -> None:
    await signer.run("keys", "generate", *TOKEN_KEY)

    told = await signer.run("journal", "verify", "--json")
    head = told.json()["head"]
    await signer.run("keys", "retire", "bca-token", "1", "--yes")
    again = await signer.run("journal", "verify", "--expect", head)
    number = head.split(":")[0]
    forged = await signer.run("journal", "verify", "--expect", f"{number}:{'0' * 64}")
    beyond = await signer.run("journal", "verify", "--expect", f"999:{'0' * 64}")

    assert told.code == 0, told.stderr
    assert again.code == 0, again.stderr
    assert (forged.code, beyond.code) == (6, 6)


async def test_edited_journal_is_an_alarm(signer: CommandLine, tmp_path: Path) -> None:
    await signer.run("keys", "generate", *TOKEN_KEY)
    engine = create_engine(f"sqlite:///{tmp_path / 'signer.db'}")
    forge = "UPDATE journal SET contents = CAST(replace(contents, 'jane', 'budi') AS BLOB)"
    with engine.begin() as connection:
        connection.execute(text(forge))
    engine.dispose()

    broken = await signer.run("journal", "verify")

    assert broken.code == 6
    assert "ALARM: journal entry " in broken.stderr


async def test_export_is_verified_without_any_service(signer: CommandLine, tmp_path: Path) -> None:
    await signer.run("keys", "generate", *TOKEN_KEY)
    engine = create_engine(f"sqlite:///{tmp_path / 'signer.db'}")
    with engine.connect() as connection:
        lines = [
            {"sequence": one.sequence, "content": one.content.decode(), "link": one.link.hex()}
            for one in walk(connection)
        ]
    engine.dispose()
    good, short, junk = tmp_path / "good", tmp_path / "short", tmp_path / "junk"
    good.write_text("".join(json.dumps(line) + "\n" for line in lines))
    short.write_text("".join(json.dumps(line) + "\n" for line in lines[1:]))
    junk.write_text("[]\n")

    codes = [invoke("journal", "verify", "--file", str(path)).code for path in (good, short, junk)]

    assert codes == [0, 6, 1]
