"""`python -m signer keys`: list, import, generate, export."""

import json
from pathlib import Path
from typing import Annotated

import typer
from servicekit.config import Mode

from signer.adapters.key_files import read_private_key, read_public_key, read_secret
from signer.adapters.software_keys import load_public
from signer.application.add_key import AddKey, NewKey
from signer.application.list_keys import describe, list_keys
from signer.application.ports import KeyMaterial
from signer.bootstrap import Storage
from signer.config import SignerSettings
from signer.domain.key_profile import KeyProfile, Material, Purpose
from signer.domain.key_version import KeyState, KeyVersion
from signer.domain.scheme import Encoding, Scheme
from signer.domain.timestamp import TimestampForm
from signer.entrypoints.cli_errors import ConfigOption, fail, plain_errors, settings_of
from signer.entrypoints.cli_storage import (
    KeyIdOption,
    OperatorOption,
    ReasonOption,
    open_,
    operator_name,
)
from signer.entrypoints.onboarding_text import onboarding_text, public_pem

keys_app = typer.Typer(no_args_is_help=True, help="Keys: list, import, generate, export, move.")

SchemeOption = Annotated[
    list[Scheme], typer.Option("--scheme", help="What the key signs; may be given again.")
]
PurposeOption = Annotated[
    list[Purpose] | None,
    typer.Option("--purpose", help="sign, verify or both [default: sign; a public key: verify]."),
]
EncodingOption = Annotated[Encoding, typer.Option(help="How its signatures are written.")]
FormOption = Annotated[TimestampForm, typer.Option(help="Which timestamps it takes.")]
ToleranceOption = Annotated[int, typer.Option(help="Seconds a verified timestamp may be off.")]
ActivateOption = Annotated[
    bool, typer.Option("--activate", help="The key's first version is active at once.")
]
IfAbsentOption = Annotated[
    bool, typer.Option("--if-absent", help="Do nothing when the key has a version already.")
]
VersionOption = Annotated[int | None, typer.Option("--version", help="[default: the active one]")]


def _adding(settings: SignerSettings, storage: Storage) -> AddKey:
    return AddKey(
        store=storage.store,
        custody=storage.custodies[settings.keys.custody.value],
        software=storage.software,
        mode=settings.mode,
        clock=storage.clock,
    )


def _has_versions(storage: Storage, key_id: str) -> bool:
    return any(
        stored.version.state not in (KeyState.RETIRED, KeyState.DESTROYED)
        for stored in storage.store.load().versions_of(key_id)
    )


def _done(version: KeyVersion) -> None:
    typer.echo(f"{version} is {version.state.value}, fingerprint {version.fingerprint}")


@keys_app.command("list")
def list_command(
    config: ConfigOption,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Every key and version; nothing secret."""
    with plain_errors():
        storage = open_(settings_of(config), operator_name(None))
        keys = [describe(profile, version) for profile, version in list_keys(storage.store)]
    if as_json:
        typer.echo(json.dumps(keys, indent=1))
        return
    if not keys:
        typer.echo("no keys yet")
    for key in keys:
        typer.echo(
            f"{key['keyId']}  v{key['version']}  {key['state']:<11}  {key['material']}"
            f"  {','.join(key['schemes'])}  {','.join(key['purposes'])}  {key['fingerprint']}"
        )


@keys_app.command("import")
def import_command(
    config: ConfigOption,
    *,
    key_id: KeyIdOption,
    scheme: SchemeOption,
    private_key_file: Annotated[Path | None, typer.Option(help="RSA private key, PEM.")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="If that PEM is encrypted.")] = None,
    secret_file: Annotated[
        Path | None, typer.Option(help="HMAC secret as the bank gave it.")
    ] = None,
    public_key_file: Annotated[
        Path | None, typer.Option(help="The bank's public key, PEM.")
    ] = None,
    purpose: PurposeOption = None,
    encoding: EncodingOption = Encoding.BASE64,
    timestamp_form: FormOption = TimestampForm.ANY,
    tolerance_s: ToleranceOption = 300,
    activate: ActivateOption = False,
    if_absent: IfAbsentOption = False,
    operator: OperatorOption = None,
    reason: ReasonOption = "",
) -> None:
    """Takes a key in as a new version: STAGED, or ACTIVE with --activate."""
    with plain_errors():
        settings = settings_of(config)
        storage = open_(settings, operator_name(operator))
        if if_absent and _has_versions(storage, key_id):
            typer.echo(f"{key_id} is there already; nothing was changed")
            return
        material = _read_material(
            settings.mode,
            private_key_file=private_key_file,
            passphrase_file=passphrase_file,
            secret_file=secret_file,
            public_key_file=public_key_file,
        )
        usual = Purpose.VERIFY if material.kind is Material.RSA_PUBLIC else Purpose.SIGN
        profile = KeyProfile(
            key_id=key_id,
            material=material.kind,
            schemes=frozenset(scheme),
            purposes=frozenset(purpose or [usual]),
            encoding=encoding,
            timestamp_form=timestamp_form,
            tolerance_s=tolerance_s,
        )
        new = NewKey(
            profile=profile, operator=operator_name(operator), activate=activate, reason=reason
        )
        _done(_adding(settings, storage).import_key(new, material))


def _read_material(
    mode: Mode,
    *,
    private_key_file: Path | None,
    passphrase_file: Path | None,
    secret_file: Path | None,
    public_key_file: Path | None,
) -> KeyMaterial:
    given = [path for path in (private_key_file, secret_file, public_key_file) if path is not None]
    if len(given) != 1:
        fail("give exactly one of --private-key-file, --secret-file and --public-key-file")
    if private_key_file is not None:
        return read_private_key(private_key_file, passphrase_file=passphrase_file, mode=mode)
    if secret_file is not None:
        return read_secret(secret_file, mode=mode)
    return read_public_key(given[0])


@keys_app.command("generate")
def generate_command(
    config: ConfigOption,
    *,
    key_id: KeyIdOption,
    scheme: SchemeOption,
    rsa_bits: Annotated[int, typer.Option(help="2048, 3072 or 4096, for RSA schemes.")] = 2048,
    purpose: PurposeOption = None,
    encoding: EncodingOption = Encoding.BASE64,
    timestamp_form: FormOption = TimestampForm.ANY,
    tolerance_s: ToleranceOption = 300,
    activate: ActivateOption = False,
    if_absent: IfAbsentOption = False,
    operator: OperatorOption = None,
    reason: ReasonOption = "",
) -> None:
    """Makes a key here; RSA or HMAC as the scheme wants. The private part never comes out."""
    with plain_errors():
        settings = settings_of(config)
        storage = open_(settings, operator_name(operator))
        if if_absent and _has_versions(storage, key_id):
            typer.echo(f"{key_id} is there already; nothing was changed")
            return
        symmetric = scheme[0].algorithm.symmetric
        profile = KeyProfile(
            key_id=key_id,
            material=Material.HMAC_SECRET if symmetric else Material.RSA_PRIVATE,
            schemes=frozenset(scheme),
            purposes=frozenset(purpose or [Purpose.SIGN]),
            encoding=encoding,
            timestamp_form=timestamp_form,
            tolerance_s=tolerance_s,
        )
        new = NewKey(
            profile=profile, operator=operator_name(operator), activate=activate, reason=reason
        )
        adding = _adding(settings, storage)
        _done(adding.generate_key(new, rsa_bits=None if symmetric else rsa_bits))


@keys_app.command("export-public")
def export_public_command(
    config: ConfigOption,
    *,
    key_id: KeyIdOption,
    version: VersionOption = None,
    form: Annotated[bool, typer.Option("--form", help="With text for the bank's form.")] = False,
) -> None:
    """Prints a public key as X.509 SubjectPublicKeyInfo PEM."""
    with plain_errors():
        storage = open_(settings_of(config), operator_name(None))
        chosen = _choose(storage, key_id, version)
        if not chosen.public_key:
            fail(f"{chosen} is a secret; it has no public part and is never given out")
    if form:
        typer.echo(onboarding_text(chosen, bits=load_public(chosen.public_key).key_size))
    else:
        typer.echo(public_pem(chosen), nl=False)


def _choose(storage: Storage, key_id: str, number: int | None) -> KeyVersion:
    chosen = [
        version
        for _, version in list_keys(storage.store)
        if version.key_id == key_id
        and (number == version.number or (number is None and version.state is KeyState.ACTIVE))
    ]
    if not chosen:
        which = "active version" if number is None else f"version {number}"
        fail(f"there is no {which} of {key_id}")
    return chosen[0]
