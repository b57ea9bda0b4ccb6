"""`gerbang-ops keys`: list, generate, import, stage, export-public."""

from __future__ import annotations

from typing import Annotated

import typer
from gerbang.signer.v1 import key_admin_service_pb2 as pb

from gerbang_ops import key_options as options
from gerbang_ops.config import OpsSettings
from gerbang_ops.connection import SIGNER, reach, run
from gerbang_ops.key_options import KeyFiles, Purpose
from gerbang_ops.key_view import print_keys, print_version, state_of
from gerbang_ops.outcomes import ExitCode, OpsError
from gerbang_ops.output import console, print_json, to_plain
from gerbang_ops.session import JSONOption, opened

keys_app = typer.Typer(
    no_args_is_help=True,
    help="The signer's keys. The usual way of a new key: stage, export-public (send it to the "
    "bank), probe, promote; days later retire the old one. No private key ever comes out.",
)
_STAGED = "it signs nothing yet; register it at the bank, `keys probe`, then `keys promote`"


@keys_app.command("list")
def list_command(context: typer.Context, *, as_json: JSONOption = False) -> None:
    """Every version of every key, with state, probe and destruction."""
    with opened(context) as settings:
        versions = run(options.list_versions(settings))
        if as_json:
            print_json([to_plain(version) for version in versions])
        else:
            print_keys(console(), versions)


@keys_app.command("generate")
def generate_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    *,
    scheme: options.SchemeOption,
    rsa_bits: options.BitsOption = 2048,
    purpose: options.PurposeOption = None,
    encoding: options.EncodingOption = options.Encoding.BASE64,
    timestamp_form: options.FormOption = options.TimestampForm.ANY,
    tolerance_s: options.ToleranceOption = 300,
    reason: options.NoteOption = "",
    as_json: JSONOption = False,
) -> None:
    """Makes a key inside the signer, STAGED: RSA or HMAC as the scheme wants."""
    with opened(context) as settings:
        symmetric = scheme[0].symmetric
        profile = pb.KeyProfile(
            key_id=key_id,
            material="hmac_secret" if symmetric else "rsa_private",
            schemes=[one.value for one in scheme],
            purposes=[one.value for one in purpose or [Purpose.SIGN]],
            encoding=encoding.value,
            timestamp_form=timestamp_form.value,
            tolerance_s=tolerance_s,
        )
        bits = 0 if symmetric else rsa_bits
        version = run(_generate(settings, profile, rsa_bits=bits, reason=reason))
        print_version(console(), version, as_json=as_json, what_next=_STAGED)


@keys_app.command("import")
def import_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    *,
    scheme: options.SchemeOption,
    private_key_file: options.PrivateKeyOption = None,
    passphrase_file: options.PassphraseOption = None,
    secret_file: options.SecretOption = None,
    public_key_file: options.PublicKeyOption = None,
    purpose: options.PurposeOption = None,
    encoding: options.EncodingOption = options.Encoding.BASE64,
    timestamp_form: options.FormOption = options.TimestampForm.ANY,
    tolerance_s: options.ToleranceOption = 300,
    reason: options.NoteOption = "",
    as_json: JSONOption = False,
) -> None:
    """Takes a key in from a file, STAGED. Destroy the file afterwards."""
    with opened(context) as settings:
        files = KeyFiles(
            private_key=private_key_file,
            passphrase=passphrase_file,
            secret=secret_file,
            public_key=public_key_file,
        )
        if files.material is None:
            raise OpsError(
                "give one of --private-key-file, --secret-file and --public-key-file",
                ExitCode.USAGE,
            )
        usual = Purpose.VERIFY if files.material == "rsa_public" else Purpose.SIGN
        profile = pb.KeyProfile(
            key_id=key_id,
            material=files.material,
            schemes=[one.value for one in scheme],
            purposes=[one.value for one in purpose or [usual]],
            encoding=encoding.value,
            timestamp_form=timestamp_form.value,
            tolerance_s=tolerance_s,
        )
        version = run(_import(settings, profile, files, reason=reason))
        print_version(console(), version, as_json=as_json, what_next=_STAGED)


@keys_app.command("stage")
def stage_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    *,
    private_key_file: options.PrivateKeyOption = None,
    passphrase_file: options.PassphraseOption = None,
    secret_file: options.SecretOption = None,
    public_key_file: options.PublicKeyOption = None,
    rsa_bits: options.BitsOption = 2048,
    reason: options.NoteOption = "",
    as_json: JSONOption = False,
) -> None:
    """The first step of a rotation: the next version of a key that exists, STAGED.

    It gets the same profile (schemes, purposes, encoding). Generated inside
    the signer, or taken from a file when one is given. The active version goes
    on signing until you promote this one.
    """
    with opened(context) as settings:
        files = KeyFiles(
            private_key=private_key_file,
            passphrase=passphrase_file,
            secret=secret_file,
            public_key=public_key_file,
        )
        profile = run(_profile_of(settings, key_id))
        if files.material is not None:
            version = run(_import(settings, profile, files, reason=reason))
        else:
            bits = rsa_bits if profile.material == "rsa_private" else 0
            version = run(_generate(settings, profile, rsa_bits=bits, reason=reason))
        print_version(console(), version, as_json=as_json, what_next=_STAGED)


@keys_app.command("export-public")
def export_public_command(
    context: typer.Context,
    key_id: options.KeyArgument,
    *,
    version: Annotated[int, typer.Option(min=0, help="0: the active one.")] = 0,
    form: Annotated[
        bool, typer.Option("--form", help="With the text that a bank's onboarding form wants.")
    ] = False,
    as_json: JSONOption = False,
) -> None:
    """Prints a public key as X.509 SubjectPublicKeyInfo PEM, for the bank."""
    with opened(context) as settings:
        answer = run(_export(settings, key_id, version))
        if as_json:
            print_json(to_plain(answer))
        else:
            typer.echo(answer.onboarding_text if form else answer.pem, nl=form)


async def _generate(
    settings: OpsSettings, profile: pb.KeyProfile, *, rsa_bits: int, reason: str
) -> pb.KeyVersion:
    request = pb.GenerateKeyRequest(profile=profile, rsa_bits=rsa_bits, reason=reason)
    async with reach(settings, SIGNER) as service:
        return await service.ask(service.keys().GenerateKey, request)


async def _import(
    settings: OpsSettings, profile: pb.KeyProfile, files: KeyFiles, *, reason: str
) -> pb.KeyVersion:
    request = files.fill(pb.ImportKeyRequest(profile=profile, reason=reason))
    async with reach(settings, SIGNER) as service:
        return await service.ask(service.keys().ImportKey, request)


async def _export(settings: OpsSettings, key_id: str, version: int) -> pb.ExportPublicKeyResponse:
    request = pb.ExportPublicKeyRequest(key_id=key_id, version=version)
    async with reach(settings, SIGNER) as service:
        return await service.ask(service.keys().ExportPublicKey, request)


async def _profile_of(settings: OpsSettings, key_id: str) -> pb.KeyProfile:
    """The profile of a key that exists. Raises OpsError."""
    versions = await options.list_versions(settings)
    profiles = [one.profile for one in versions if one.profile.key_id == key_id]
    if not profiles:
        known = sorted({one.profile.key_id for one in versions if state_of(one) != "DESTROYED"})
        raise OpsError(
            f"there is no key {key_id} yet: use `keys generate` or `keys import` "
            f"(there are: {', '.join(known) or 'none'})",
            ExitCode.REFUSED,
        )
    return profiles[-1]
