"""Every limit of the audit, with its unit in its name.

Limits on an event are checked at ingest. An event over a limit fails its
batch, and a sender's outbox then waits; so these are wide, and senders cut
bodies and headers well below them.
"""

MAX_EVENTS_PER_BATCH = 1_000
# Batches that arrive together are stored in one transaction up to this size.
MAX_EVENTS_PER_COMMIT = 2_000
MAX_BATCHES_WAITING = 64

MAX_IDENTIFIER_BYTES = 128
MAX_REFERENCE_BYTES = 255
MAX_KIND_BYTES = 64
MAX_SERVICE_BYTES = 32
MAX_BANK_BYTES = 64
MAX_METHOD_BYTES = 16
MAX_TARGET_BYTES = 2_048
MAX_BODY_BYTES = 262_144
MAX_MAP_ENTRIES = 64
MAX_MAP_KEY_BYTES = 128
MAX_MAP_VALUE_BYTES = 4_096
# An amount is at most 13 digits before the point (SNAP), so 15 in minor units.
MAX_AMOUNT_DIGITS = 13
# 9999-12-31T23:59:59.999999Z, the last instant a protobuf Timestamp holds.
MAX_INSTANT_US = 253_402_300_799_999_999

# BIGINT, signed.
MAX_SEQUENCE = 2**63 - 1

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 500
# A page ends early rather than outgrow what our channels receive (4 MiB).
MAX_PAGE_BYTES = 3_145_728
PAGE_CHUNK_ROWS = 100
MAX_FILTER_BYTES = 255
MAX_PAGE_TOKEN_CHARACTERS = 256

# The edge's part: whoever knocks must not be able to fill a log that nobody may
# shorten. What is beyond is counted, and stands in the edge's own log.
EDGE_REQUESTS_PER_MINUTE = 300
EDGE_ENTRIES_PER_MESSAGE = 1_000
EDGE_LOG_STREAMS_IN_FLIGHT = 64
# Envoy opens its stream again at once.
EDGE_LOG_STREAM_S = 3_600.0
MAX_HEADER_BYTES = 200
MAX_PATH_BYTES = 512
MAX_STATUS = 599

READ_THREADS = 4
# A head taken by another replica is tried again this often.
MAX_HEAD_ATTEMPTS = 20
VERIFY_PAGE_ROWS = 1_000
# One call walks so far; the next goes on from there.
VERIFY_LINKS_PER_CALL = 10_000
VERIFY_IN_FLIGHT = 2
# One page of an export looks at so many places in the chain, whoever's they are,
# so that a client with few events costs no more than one with many.
EXPORT_SPAN_LINKS = 20_000
EXPORT_IN_FLIGHT = 4

INGEST_DEADLINE_S = 15.0
INGEST_IN_FLIGHT = 32
QUERY_DEADLINE_S = 10.0
QUERY_IN_FLIGHT = 64
STOP_GRACE_S = 5.0

DASHBOARD_PAGE_ROWS = 50
DASHBOARD_TIMELINE_ROWS = 500
DASHBOARD_WAITING_ROWS = 12
# The signer knows attempts and no transfers; a story looks for so many of them.
DASHBOARD_STORY_ATTEMPTS = 20
DASHBOARD_STORY_SIGNATURES = 10
DASHBOARD_IN_FLIGHT = 32
DASHBOARD_KEEP_ALIVE_S = 75
