"""Every bound of auth, with its unit in the name.

What an installation may choose stands in `config.py`; these it may not.
"""

# What a client row may hold. Accounts travel in every token, and a token
# travels in every request header.
MAX_SCOPES_PER_CLIENT = 16
MAX_ORIGINS_PER_CLIENT = 16
MAX_ACCOUNTS_PER_CLIENT = 100
MAX_NAME_CHARACTERS = 120

# Secrets and passwords. The upper bounds keep a request from buying hashing time.
MIN_CLIENT_SECRET_CHARACTERS = 32
MAX_CLIENT_SECRET_CHARACTERS = 256
MIN_PASSWORD_CHARACTERS = 12
MAX_PASSWORD_CHARACTERS = 128
CLIENT_SECRET_RANDOM_BYTES = 32
TOTP_SECRET_RANDOM_BYTES = 20

# The bodies of the token endpoint and of the login form.
MAX_TOKEN_BODY_BYTES = 8_192
MAX_LOGIN_BODY_BYTES = 4_096
MAX_FORM_FIELDS = 16
MAX_AUTHORIZATION_CHARACTERS = 2_048

# argon2id: 19 MiB, two passes, one lane (OWASP's second choice for this cost).
ARGON2_MEMORY_KIB = 19 * 1024
ARGON2_PASSES = 2
ARGON2_LANES = 1
MAX_HASHES_WAITING = 64

# Successes remembered, so that a token an ERP takes every few minutes costs no
# hash. An entry dies with the version of its client row, or after this time.
MAX_REMEMBERED_SECRETS = 1_024
REMEMBERED_SECRET_S = 900.0

# Failed attempts: each key (client id, operator name) and all keys together.
MAX_TRACKED_KEYS = 2_048
FAILURES_PER_KEY = 10
FAILURE_REFILL_PER_KEY_S = 6.0
FAILURES_OVERALL = 100
FAILURE_REFILL_OVERALL_S = 0.1

# Lockout of an operator in the database: from the fifth failure in a row on,
# 30 s, doubled each time, at most 15 minutes.
OPERATOR_FAILURES_FREE = 4
OPERATOR_FIRST_LOCK_S = 30
OPERATOR_LONGEST_LOCK_S = 900

# TOTP (RFC 6238): a step of 30 s, one step of clock difference either way.
TOTP_STEP_S = 30
TOTP_WINDOW_STEPS = 1

# Tokens and keys.
MAX_TOKEN_LIFETIME_S = 300
MAX_OPERATOR_SESSION_S = 3_600
CLOCK_SKEW_S = 60
KEY_RING_REFRESH_S = 2.0
RSA_KEY_BITS = 2_048
MAX_SECRET_OVERLAP_S = 30 * 24 * 3_600

# Database reads run on threads of their own; this many at a time.
READ_THREADS = 4


# A stopping server lets calls in flight end for this long.
STOP_GRACE_S = 5.0
