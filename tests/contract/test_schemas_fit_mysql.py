"""What MySQL 8 refuses and MariaDB and SQLite let pass, found without a MySQL."""

from __future__ import annotations

import audit.adapters.tables
import auth.adapters.tables
import bank_adapter.adapters.sql_tables
import pytest
import signer.adapters.tables
from sqlalchemy import Column, MetaData
from sqlalchemy.dialects import mysql

SCHEMAS = {
    "auth": auth.adapters.tables.METADATA,
    "signer": signer.adapters.tables.metadata,
    "bank-adapter": bank_adapter.adapters.sql_tables.metadata,
    "audit": audit.adapters.tables.METADATA,
}


def indexed(schema: MetaData) -> list[Column[object]]:
    """Every column of a key or an index."""
    found: list[Column[object]] = []
    for table in schema.tables.values():
        found += table.primary_key.columns
        for index in table.indexes:
            found += index.columns
        for constraint in table.constraints:
            found += getattr(constraint, "columns", ())
    return found


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_index_stands_on_a_blob_or_text_without_a_length(name: str) -> None:
    dialect = mysql.dialect()
    kinds = {
        f"{column.table.name}.{column.name}": column.type.compile(dialect=dialect)
        for column in indexed(SCHEMAS[name])
    }

    assert kinds
    assert not {place: kind for place, kind in kinds.items() if "BLOB" in kind or "TEXT" in kind}
