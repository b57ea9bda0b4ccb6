"""Keys that the whole world has: published samples, our own test vectors.

`mode: production` refuses them at import and at start.
"""

import hashlib
from collections.abc import Iterator

from signer.application.ports import Kept, KeyMaterial, StoreContent
from signer.domain.key_version import KeyState, KeyVersion

PUBLISHED_DIGESTS: dict[str, str] = {
    # RSA: SHA-256 of SubjectPublicKeyInfo.
    "9c12a84a902354de8bc9efbbe86bb73442174c41b4cbab8d603456ced4dc5f37": (
        "the demo key of a public SNAP signature sample (KEY-A of the vectors)"
    ),
    # HMAC: SHA-256 of the secret.
    "ff5679f406117886339ebab5d244d99e1fe4484e477d3ab01d6d555f39e63e64": (
        "the sample secret of BCA's public documentation"
    ),
    "655d9626c20dbf9b4645d8c5fe08efa4099e1ff86de60d9828231d41e9114645": (
        "the sample secret of a public SNAP signature sample"
    ),
    "55dca6f7b750fd7854b86d50eba98cf2b7d2ee707e7d1ed44e93e981638d075e": (
        "the demo secret of our own vectors"
    ),
}


def published_as(key: KeyMaterial | Kept) -> str | None:
    """What the key is known as, or None when it is not a published one."""
    return PUBLISHED_DIGESTS.get(key.digest)


def published_versions(content: StoreContent) -> Iterator[tuple[KeyVersion, str]]:
    """Versions in use whose key is a published one, with what it is known as."""
    for stored in content.versions:
        if stored.version.state in (KeyState.RETIRED, KeyState.DESTROYED):
            continue
        secret = stored.kept.reveal()
        known_as = PUBLISHED_DIGESTS.get(stored.version.fingerprint)
        if known_as is None and not stored.version.public_key:
            known_as = PUBLISHED_DIGESTS.get(hashlib.sha256(secret).hexdigest())
        if known_as is not None:
            yield stored.version, known_as
