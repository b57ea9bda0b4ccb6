"""Column types that mean the same on SQLite, MySQL and MariaDB.

Text that identifies something is stored as bytes, because the databases'
collations fold case, accents and trailing blanks. Instants are integers,
because their date types drop microseconds or carry time zones.
"""

from typing import Any

from sqlalchemy import BigInteger, LargeBinary, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import VARBINARY, TypeEngine

# Microseconds since 1970-01-01T00:00:00Z.
Instant = BigInteger


class Identifier(TypeDecorator[str]):
    """Text of at most `length` bytes of UTF-8, compared byte by byte."""

    impl = VARBINARY
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(LargeBinary())
        return dialect.type_descriptor(VARBINARY(self.length))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        encoded = value.encode("utf-8")
        if len(encoded) > self.length:
            # SQLite would take it; every database must refuse alike.
            raise ValueError(f"an identifier is longer than {self.length} bytes")
        return encoded

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else bytes(value).decode("utf-8")


class LongBytes(TypeDecorator[bytes]):
    """Bytes without a practical limit (LONGBLOB)."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.LONGBLOB())
        return dialect.type_descriptor(LargeBinary())


class Digest(TypeDecorator[bytes]):
    """Exactly 32 bytes (SHA-256) that may stand in an index.

    MySQL takes a BLOB into an index only with a length; a VARBINARY needs none.
    """

    impl = VARBINARY
    cache_ok = True
    LENGTH = 32

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(LargeBinary())
        return dialect.type_descriptor(VARBINARY(self.LENGTH))

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is not None and len(value) != self.LENGTH:
            raise ValueError("a digest has 32 bytes")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else bytes(value)
