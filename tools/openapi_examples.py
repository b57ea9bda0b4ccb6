"""Examples of requests and answers, as the demo stack really gave them.

The tests hold each against its schema.
"""

from __future__ import annotations

from typing import Any, Final

TRANSFER_REQUEST: Final[dict[str, Any]] = {
    "partnerReferenceNo": "APP001547-5637312576",
    "amount": {"value": "150000.00", "currency": "IDR"},
    "sourceAccountNo": "1234567890",
    "beneficiaryAccountNo": "8090123456",
    "beneficiaryAccountName": "PT MITRA SEJAHTERA",
    "remark": "Invoice 4711",
}

TRANSFER: Final[dict[str, Any]] = {
    "transferId": "01M808650Y0T64AZP64W9TFFT6",
    "state": "SETTLED",
    "stateReason": "",
    "partnerReferenceNo": "APP001547-5637312576",
    "bankPartnerReferenceNo": "202611222586584312556052",
    "bank": "bca",
    "rail": "INTRABANK",
    "amount": {"value": "150000.00", "currency": "IDR"},
    "sourceAccountNo": "1234567890",
    "beneficiaryAccountNo": "8090123456",
    "beneficiaryAccountName": "PT MITRA SEJAHTERA",
    "beneficiaryBankCode": "",
    "beneficiaryEmail": "",
    "remark": "Invoice 4711",
    "bankReferenceNo": "2026112299770000000002",
    "responseCode": "2001700",
    "responseMessage": "Successful",
    "createTime": "2026-11-21T23:48:40.094249Z",
    "updateTime": "2026-11-21T23:48:40.109594Z",
    "replayed": False,
    "attempts": [],
    "events": [],
    "railReason": "SAME_BANK",
    "possibleDuplicateOf": "",
    "beneficiaryAddress": "",
    "beneficiaryCustomerResidence": "",
    "beneficiaryCustomerType": "",
    "purposeCode": "",
    "economicActivity": "",
    "transactionPurpose": "",
    "networkReferenceNo": "",
    "beneficiaryNameCheck": "NOT_CHECKED",
}

PENDING: Final[dict[str, Any]] = {
    **TRANSFER,
    "state": "PENDING",
    "bankReferenceNo": "",
    "responseCode": "",
    "responseMessage": "",
    "updateTime": "2026-11-21T23:48:40.094249Z",
}

TOKEN: Final[dict[str, Any]] = {
    "access_token": "eyJhbGciOiJSUzI1NiIs...",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "accounts.read audit.read transfers.read transfers.write",
}

INVALID_FIELD: Final[dict[str, Any]] = {
    "code": 3,
    "message": "must be digits, a point and two decimals, for example 1250000.00",
    "details": [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "INVALID_FIELD",
            "domain": "gerbang",
            "metadata": {},
        },
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [
                {
                    "field": "amount.value",
                    "description": "must be digits, a point and two decimals, "
                    "for example 1250000.00",
                    "reason": "",
                }
            ],
        },
    ],
}

CONFLICT: Final[dict[str, Any]] = {
    "code": 6,
    "message": "idempotencyKey belongs to transfer 01M808650Y0T64AZP64W9TFFT6, "
    "which is another payment or came under another key",
    "details": [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "IDEMPOTENCY_CONFLICT",
            "domain": "gerbang",
            "metadata": {
                "transferId": "01M808650Y0T64AZP64W9TFFT6",
                "field": "idempotencyKey",
            },
        }
    ],
}
