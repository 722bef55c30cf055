"""Turns a value into whether a vendor or a standard published it as an example: known to all, and worth nothing.

Only digests stand here, the first 32 hex digits of SHA-256 over UTF-8: `printf %s VALUE | sha256sum | cut -c1-32`.
The values stand in the documents that are named. What somebody merely leaked does not belong here.
"""

from __future__ import annotations

from agentguard_secrets._digest import sha256

_DIGITS = 32
# What jwt.io and the manuals of libraries sign with, and by the length of a signature what was counted.
_SIGNED_WITH = (
    *("secret", "your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret"),
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
)
_SIGNATURES = {43: "sha256", 64: "sha384", 86: "sha512"}
_EXAMPLES = frozenset(
    (
        # Google: examples of firebase-android-sdk and of its documentation.
        "2037abcaffb2b77785da716cf7ccff4f 3f370c9dd8225c63b5c77de1f785edc9 e4a5542bb7fd7b67e943c71ad29c34b5 "
        "a19f89ab3555eac10c40741f6df79ecf 0b476bdf9acf2123d547b5ae76f1e598 eb540d2b6ee2a0a47c5779bc8a014178 "
        "37f8f09bdf12c2f2eae4ead7273a62dd 8731261cb72d86267a32a532ebd3df42 49f777db995e8260da7ca9ffdf0c08d6 "
        "27a9a42931dff7eb2f8434e20a9bce97 dc0fcf046c61640cbd1e8b999ada3262 4c98242dcadc8b29005c6b4aad526552 "
        "ea9bb1082cf95663f5faca23b8b15ef2 3a8b61d0f636b007840c0d40ba12bcf4 a6c814bc555ae62c7bd8b58ec07bf559 "
        "dc057717851fc4b8d953179c0fd5021a "
        # NuGet: the examples of the reference of nuget.config.
        "dba72c00f41f4e4c435e2491a5e1ce01 a0702bc91d699f600970f4dc4992b13e "
        # Notify of Canada and of the United Kingdom: the example of the client's documentation.
        "5dfe0d8d8e6caf63d232d6ff169fc441 a6d326bc8f120786592c5ad9d836c8c2 "
        # Stripe: the test keys of the documentation.
        "2cafc0970149a84f3b9e62eaf169f36f f2d6ca16515033e5dce14eba840b979d 2d1f7723aabc5c7a51fcdc2463c99b5f "
        "b1471f544ceeea31333bde7e1ecbaad6 "
        # reCAPTCHA and Turnstile: the keys that always pass.
        "03b970ed8171d73b58bbc9a5c72e3e4e f5e95c9954635b65acab57e6d5ea663e fb8f35129df87662c650ada12fd614f1 "
        "1e3e58656012d861e23deae64f177673 841b4f5b0b34e19ada74f47a88831efb "
        # MinIO: the public playground.
        "df452eef23e8cf2c74af54c0c7419c05 1bbb9293c38acc5e510d904495845d53 "
        # Docker: the tokens and keys of swarms in the documentation of its API.
        "441c66009c2ab92078dcfbac9126e998 e9897976005540a696eae0c401c7156d b5b17ca1d65733bbbdf82a5ca9164a54 "
        "33a6d3750d9a769b1c15ed2c4c2aa19f 9ec0be036c22f06fc32c70cf32aac22a "
        # Azure: the shared access signature of the documentation of AWS DataSync, as it stands there and decoded.
        "577cfe66bf6c95ddd0aa06c4ac4fc36f b171a33e8f8a16ec5caa1b0f2c740ab5 "
        # Vault: the unseal keys of the documentation of its commands.
        "0f362ca63457b0d10fad049f6522cf92 068c3174c06097732f98b7ffd52b02fe 8a70b2771a9d63d22f1dead0df558515 "
        "e27909eb8c1fd8b722814c10df256c24 12b79835ad92a66bf024967f16cfd2d7 c3b64546fb1b0a65ba313d181f254fcc "
        # PayPal: the access token of the documentation.
        "e267acdcda8d3b9102a57bc5e6d97169 "
        # Hardhat and Foundry: the first account of every local chain.
        "bc1a50966c9e6486bc4ebf880b51611a 60a09e4357868c1e9b801052726d061c "
    ).split()
)
# These open something where somebody took them over as they stand, so they are worth a line in a list.
_STANDARDS = frozenset(
    (
        # jwt.io: the tokens its page opens with.
        "7f75367e7881255134e1375e723d1dea c794fa6d20c64efb9adf980ae93af472 da816f9f2c16e6c5390e7636cadc40c4 "
        # RFC 6749, RFC 6750: tokens, secrets and pairs of the examples.
        "6c96130f130ab0d6d158397e24d2bcc1 00cf4c781dc37003f7c7dd7d4c9a6ef1 e9974c507d2a802143f614c878fcbb62 "
        "ca7459e2b26776de081b9a07e40227fd 584b27d64ebc1b3341f7fc9a9c3f1a54 a35b81a7d7927b70ec99270dd2362b88 "
        "b8e148545b13c78bc74da2f1a7275dd7 "
        # RFC 7617: Aladdin.
        "cf4d418ed3de92d71f767db5391d5a2d "
        # Azure: the keys that every storage and Cosmos DB emulator has.
        "0011cc25eb4320717494d2703e8cba85 aa6547439583c3a275d4542a0df6c1ad "
    ).split()
)


def publicity(value: str) -> str:
    """Return "example" for what opens nothing anywhere, "standard" for what does where somebody copied it, or ""."""
    digest = sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    if digest in _EXAMPLES:
        return "example"
    return "standard" if digest in _STANDARDS or _is_signed_for_all(value) else ""


def _is_signed_for_all(value: str) -> bool:
    """Say whether a JSON web token is signed with what everybody signs examples with: anybody could make another."""
    signed, _, signature = value.rpartition(".")
    if not value.startswith("ey") or signed.count(".") != 1 or len(signature) not in _SIGNATURES:
        return False
    import hmac
    from base64 import urlsafe_b64encode

    algorithm = _SIGNATURES[len(signature)]
    made = (hmac.digest(key.encode(), signed.encode("utf-8", "surrogatepass"), algorithm) for key in _SIGNED_WITH)
    return any(urlsafe_b64encode(each).decode().rstrip("=") == signature for each in made)
