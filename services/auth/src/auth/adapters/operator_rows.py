"""Operators as rows: what stands in which column."""

import json
from typing import Any

from auth.adapters.tables import OPERATOR
from auth.adapters.versioned_rows import AnyRow, Form
from auth.domain.operator import Operator, OperatorStatus, Role


def _row(operator: Operator) -> dict[str, Any]:
    return {
        "name": operator.name,
        "status": operator.status.value,
        "password_hash": operator.password_hash,
        "sealed_totp_secret": operator.sealed_totp_secret,
        "roles": json.dumps(sorted(operator.roles)).encode(),
        "last_totp_step": operator.last_totp_step,
        "failures_in_a_row": operator.failures_in_a_row,
        "locked_until_us": operator.locked_until_us,
        "version": operator.version,
        "created_us": operator.created_us,
        "updated_us": operator.updated_us,
    }


def _operator(row: AnyRow) -> Operator:
    return Operator(
        name=row.name,
        status=OperatorStatus(row.status),
        password_hash=row.password_hash,
        sealed_totp_secret=row.sealed_totp_secret,
        roles=frozenset(Role(role) for role in json.loads(row.roles)),
        last_totp_step=row.last_totp_step,
        failures_in_a_row=row.failures_in_a_row,
        locked_until_us=row.locked_until_us,
        version=row.version,
        created_us=row.created_us,
        updated_us=row.updated_us,
    )


OPERATORS: Form[Operator] = Form(
    table=OPERATOR,
    kind="operator",
    key="name",
    marks=("version", "updated_us", "last_totp_step"),
    to_row=_row,
    from_row=_operator,
)
