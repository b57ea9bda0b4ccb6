import datetime as dt
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from localstack.pki import Authority, Identity

NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


def certificate(identity: Identity) -> x509.Certificate:
    return x509.load_pem_x509_certificate(identity.certificate_file.read_bytes())


def names(identity: Identity) -> x509.SubjectAlternativeName:
    return (
        certificate(identity).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    )


def test_an_identity_carries_its_spiffe_uri_and_its_internal_name(tmp_path: Path) -> None:
    identity = Authority(tmp_path, now=NOW).issue("bank-adapter")

    assert names(identity).get_values_for_type(x509.UniformResourceIdentifier) == [
        "spiffe://gerbang/bank-adapter"
    ]
    assert names(identity).get_values_for_type(x509.DNSName) == ["bank-adapter.gerbang.internal"]


def test_only_what_outsiders_call_answers_to_the_names_of_this_machine(tmp_path: Path) -> None:
    authority = Authority(tmp_path, now=NOW)

    assert "localhost" in names(authority.issue("edge")).get_values_for_type(x509.DNSName)
    assert "localhost" not in names(authority.issue("signer")).get_values_for_type(x509.DNSName)


def test_the_authority_has_the_name_that_production_refuses(tmp_path: Path) -> None:
    authority = Authority(tmp_path, now=NOW)

    subject = x509.load_pem_x509_certificate(authority.certificate_file.read_bytes()).subject
    (common_name,) = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common_name.value == "Gerbang development CA"


def test_private_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    Authority(tmp_path, now=NOW).issue("client/payroll")

    modes = {stat.S_IMODE(key.stat().st_mode) for key in tmp_path.rglob("*key*")}
    assert modes == {0o600}


def test_a_second_start_reuses_what_is_there(tmp_path: Path) -> None:
    before = certificate(Authority(tmp_path, now=NOW).issue("auth"))

    after = certificate(Authority(tmp_path, now=NOW + dt.timedelta(days=1)).issue("auth"))

    assert before == after


def test_a_certificate_close_to_its_end_is_made_again(tmp_path: Path) -> None:
    before = certificate(Authority(tmp_path, now=NOW).issue("auth"))

    later = NOW + dt.timedelta(days=80)
    after = certificate(Authority(tmp_path, now=later).issue("auth"))

    assert before.serial_number != after.serial_number
    assert after.not_valid_after_utc > later + dt.timedelta(days=80)


def test_a_new_authority_takes_the_old_certificates_with_it(tmp_path: Path) -> None:
    before = certificate(Authority(tmp_path, now=NOW).issue("auth"))
    (tmp_path / "ca.key").unlink()

    authority = Authority(tmp_path, now=NOW)
    after = certificate(authority.issue("auth"))

    assert before.serial_number != after.serial_number
    after.verify_directly_issued_by(
        x509.load_pem_x509_certificate(authority.certificate_file.read_bytes())
    )


@pytest.mark.parametrize("name", ["", "Auth", "../auth", "client/", "a/b/c", "auth/x", "a b", "-a"])
def test_a_name_that_is_no_identity_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no identity"):
        Authority(tmp_path, now=NOW).issue(name)
