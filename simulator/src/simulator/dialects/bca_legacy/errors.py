"""The error codes of the dialect before SNAP, and how a refusal is written in it.

The shared parts of the bank refuse in SNAP's case codes; they are translated here.
"""

from simulator.bank import Bank
from simulator.exchange import Call, Refused, Reply, Route

TEXTS: dict[str, tuple[int, str, str]] = {
    "ESB-14-001": (400, "HMAC mismatch", "HMAC tidak cocok"),
    "ESB-14-002": (400, "Invalid request", "Permintaan tidak valid"),
    "ESB-14-003": (400, "Invalid timestamp", "Timestamp tidak valid"),
    "ESB-14-004": (400, "Invalid input", "Masukan tidak valid"),
    "ESB-14-005": (500, "Maintenance", "Sedang dalam pemeliharaan"),
    "ESB-14-006": (504, "Timeout, check the account statement", "Timeout, periksa mutasi"),
    "ESB-14-007": (504, "Timeout", "Timeout"),
    "ESB-14-008": (401, "Invalid client credentials", "Kredensial tidak valid"),
    "ESB-14-009": (401, "Unauthorized", "Tidak berhak"),
    "ESB-14-010": (429, "Request limit exceeded", "Melebihi batas permintaan"),
    "ESB-14-015": (400, "Invalid content type", "Content type tidak valid"),
    "ESB-14-016": (400, "Invalid JSON", "JSON tidak valid"),
    "ESB-14-019": (403, "Connection not allowed", "Koneksi tidak diizinkan"),
    "ESB-14-020": (400, "Invalid API key", "API key tidak valid"),
    "ESB-14-021": (400, "Invalid API key", "API key tidak valid"),
    "ESB-14-022": (400, "API key and secret mismatch", "API key dan secret tidak cocok"),
    "ESB-82-001": (400, "Invalid field", "Masukan tidak valid"),
    "ESB-82-002": (400, "Invalid field", "Masukan tidak valid"),
    "ESB-82-003": (400, "TransactionID is not unique", "TransactionID tidak unik"),
    "ESB-82-004": (400, "Invalid field", "Masukan tidak valid"),
    "ESB-82-006": (403, "Transfer limit exceeded", "Melebihi limit transfer"),
    **{
        f"ESB-82-{number:03d}": (400, "Invalid field", "Masukan tidak valid")
        for number in range(8, 15)
    },
    "ESB-82-015": (403, "Account is dormant", "Rekening dormant"),
    "ESB-82-018": (403, "Account cannot transact", "Rekening tidak dapat bertransaksi"),
    "ESB-82-019": (402, "Insufficient fund", "Saldo tidak cukup"),
    "ESB-82-020": (400, "Invalid field", "Masukan tidak valid"),
    "ESB-82-021": (403, "Account cannot transact", "Rekening tidak dapat bertransaksi"),
    "ESB-82-022": (404, "Account not found or closed", "Rekening tidak ada atau tutup"),
    "ESB-82-023": (500, "Transaction failed", "Transaksi gagal"),
    "ESB-82-024": (504, "Timeout, check the account statement", "Timeout, periksa mutasi"),
    "ESB-82-025": (500, "Transaction in progress", "Transaksi sedang diproses"),
    "ESB-82-026": (500, "Past cut-off", "Melewati batas waktu"),
    "ESB-99-127": (404, "Transaction not found", "Transaksi tidak ditemukan"),
    "ESB-99-999": (500, "System unavailable", "Sistem tidak tersedia"),
}

_FROM_SNAP: dict[tuple[int, str], str] = {
    (400, "00"): "ESB-14-002",
    (400, "01"): "ESB-82-001",
    (400, "02"): "ESB-82-001",
    (401, "00"): "ESB-14-009",
    (401, "01"): "ESB-14-009",
    (403, "01"): "ESB-82-018",
    (403, "02"): "ESB-82-006",
    (403, "04"): "ESB-82-006",
    (403, "06"): "ESB-82-026",
    (403, "14"): "ESB-82-019",
    (403, "18"): "ESB-82-015",
    (404, "01"): "ESB-99-127",
    (404, "03"): "ESB-82-022",
    (404, "11"): "ESB-82-022",
    (404, "13"): "ESB-82-001",
    (409, "00"): "ESB-82-003",
    (409, "01"): "ESB-82-003",
    (429, "00"): "ESB-14-010",
    (500, "01"): "ESB-82-025",
    (500, "02"): "ESB-82-023",
    (504, "00"): "ESB-14-006",
}
_OTHERS = "ESB-99-999"


def refused(code: str, detail: str = "") -> Refused:
    """A refusal by its ESB code."""
    status, english, _ = TEXTS[code]
    return Refused(status, code, f"{english} [{detail}]" if detail else english)


def refuse(_bank: Bank, _call: Call, _route: Route, refusal: Refused) -> Reply:
    """The dialect's error object; case codes of SNAP become ESB codes."""
    code = refusal.case
    if code not in TEXTS:
        code = _FROM_SNAP.get((refusal.status, refusal.case), _OTHERS)
    status, english, indonesian = TEXTS[code]
    shown = refusal.message if refusal.case in TEXTS else english
    return Reply(
        status,
        {"ErrorCode": code, "ErrorMessage": {"Indonesian": indonesian, "English": shown}},
    )
