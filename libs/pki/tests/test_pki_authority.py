"""The authority: what it signs, what it keeps, when it signs anew."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pki.authority import Authority, Identity, Lives

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
LIVES = Lives(
    authority=dt.timedelta(days=3650),
    leaf=dt.timedelta(days=398),
    renew_before=dt.timedelta(days=60),
)


def authority(folder: Path, *, now: dt.datetime = NOW) -> Authority:
    return Authority(folder, common_name="Gerbang deployment CA", lives=LIVES, now=now)


def certificate(identity: Identity) -> x509.Certificate:
    return x509.load_pem_x509_certificate(identity.certificate_file.read_bytes())


def uses(identity: Identity) -> list[x509.ObjectIdentifier]:
    return list(
        certificate(identity).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    )


def test_the_authority_has_the_name_it_was_given(tmp_path: Path):
    made = authority(tmp_path)
    subject = x509.load_pem_x509_certificate(made.certificate_file.read_bytes()).subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "Gerbang deployment CA"


def test_a_host_gets_a_server_certificate_without_an_identity(tmp_path: Path):
    host = authority(tmp_path).issue_host(
        ["localhost", "127.0.0.1"], folder=tmp_path / "edge", prefix="public-"
    )
    names = certificate(host).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert host.certificate_file == tmp_path / "edge" / "public-cert.pem"
    assert uses(host) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == []


def test_an_identity_is_good_for_both_ends_in_the_folder_it_was_asked_for(tmp_path: Path):
    identity = authority(tmp_path / "ca").issue("signer", folder=tmp_path / "signer")
    assert identity.private_key_file == tmp_path / "signer" / "key.pem"
    assert set(uses(identity)) == {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    }


@pytest.mark.parametrize(("days", "same"), [(337, True), (339, False)])
def test_a_certificate_is_made_anew_only_near_its_end(tmp_path: Path, *, days: int, same: bool):
    before = certificate(authority(tmp_path).issue("auth"))
    later = NOW + dt.timedelta(days=days)
    after = certificate(authority(tmp_path, now=later).issue("auth"))
    assert (before == after) is same


def test_another_authoritys_certificate_is_not_vouched_for(tmp_path: Path):
    mine = authority(tmp_path / "mine")
    other = authority(tmp_path / "other").issue("auth")
    assert not mine.vouches_for(certificate(other))
