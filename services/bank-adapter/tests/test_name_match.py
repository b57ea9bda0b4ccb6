"""Two names of one account holder, and names that are not."""

from __future__ import annotations

import pytest
from bank_adapter.domain.name_match import similarity

LEAST = 0.8

SAME = [
    ("Yories Yolanda", "YORIES YOLANDA"),
    ("Yolanda, Yories", "YORIES YOLANDA"),
    ("PT Maju Bersama Tbk", "MAJU BERSAMA PT"),
    ("P.T. Maju Bersama", "PT.MAJU BERSAMA"),
    ("PT. Majubersama", "PT MAJU BERSAMA"),
    ("CV Sumber Rejeki", "SUMBER REJEKI"),
    ("Bpk. H. Ahmad Fauzi, S.E., M.M.", "AHMAD FAUZI"),
    ("Dr. Ir. Siti Nurhaliza", "SITI NURHALIZA"),
    ("Moh. Rizky Pratama", "MUHAMMAD RIZKY PRATAMA"),
    ("Muhammad Rizki Pratama", "MOCHAMAD RIZKY PRATAMA"),
    ("José Ma'ruf", "JOSE MARUF"),
    ("PT Sinar Jaya Abadi Sentosa Makmur", "PT SINAR JAYA ABADI SENT"),
    ("Budi Santoso", "BUDI S"),
    ("Dewi Kartika Sari", "DEWI KARTIKASARI"),
    ("Siti Aminah", "SITI AMINAH BINTI"),
    ("PT", "PT"),
]

OTHER = [
    ("Yories Yolanda", "BUDI SANTOSO"),
    ("Budi Santoso", "BUDI"),
    ("Budi Santoso", "BUDI HARTONO"),
    ("PT Maju Bersama", "PT MAJU SENDIRI"),
    ("PT Maju Bersama", "PT"),
    ("CV Sumber Rejeki", "CV SUMBER MAKMUR"),
    ("Ahmad", "SITI"),
    ("", "BUDI SANTOSO"),
    ("Budi Santoso", ""),
    ("---", "..."),
]


@pytest.mark.parametrize(("ours", "theirs"), SAME)
def test_same_holder_is_alike(ours: str, theirs: str) -> None:
    assert similarity(ours, theirs) >= LEAST


@pytest.mark.parametrize(("ours", "theirs"), OTHER)
def test_other_holder_is_not(ours: str, theirs: str) -> None:
    assert similarity(ours, theirs) < LEAST


@pytest.mark.parametrize(("ours", "theirs"), SAME[:6])
def test_order_of_the_two_does_not_matter_where_nothing_is_cut(ours: str, theirs: str) -> None:
    assert similarity(ours, theirs) == similarity(theirs, ours)


@pytest.mark.parametrize(("ours", "theirs"), [*SAME, *OTHER])
def test_likeness_lies_between_nothing_and_all(ours: str, theirs: str) -> None:
    assert 0.0 <= similarity(ours, theirs) <= 1.0
