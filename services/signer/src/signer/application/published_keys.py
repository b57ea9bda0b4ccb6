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
    # The keys of the cross-made vectors.
    "4523c11a403bce3e4804f016681160400f457eded62a7fa3ea836155c549110a": (
        "test-rsa-2048, a test key of this repository"
    ),
    "51a7ae2f7c766ebec40a49acbd46ab8fe3f4ea665c5312871511d54b925b691b": (
        "test-rsa-3072, a test key of this repository"
    ),
    "8f61a6b9b2895497dbd964462e620b1d9b1760bcc66fd1fe8f3a951c9e0aa35b": (
        "test-rsa-4096, a test key of this repository"
    ),
    "3528c981ced3709a33d4d41468c5fd7313b8195182d6de1b8e5380994adf516f": (
        "test-secret-uuid, a test key of this repository"
    ),
    "55b8e14d4885bafcf747e227e1beca630f26395cd903f0e45b56c68f912bd2c9": (
        "test-secret-base64, a test key of this repository"
    ),
    "a8ae6e6ee929abea3afcfc5258c8ccd6f85273e0d4626d26c7279f3250f77c8e": (
        "test-secret-64, a test key of this repository"
    ),
    "62dd4715e20487815d7a59b17fd4cf81a931ef5752eb2ad5df4bee51ab06ddba": (
        "test-secret-long, a test key of this repository"
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
