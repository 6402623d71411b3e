"""Digest authentication (RFC 2617, 7616) from the telephone's side."""

import hashlib
import re
import secrets
from dataclasses import dataclass

from demo.sip import Response

_FIELD = re.compile(r'([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))', re.ASCII)


class AuthError(Exception):
    """A challenge that cannot be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a server demands before it believes who we are."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str | None = None
    """``auth`` when the server offers it, else None (the form of RFC 2069)."""
    opaque: str | None = None

    @classmethod
    def parse(cls, value: str) -> "Challenge":
        """Read a WWW-Authenticate or Proxy-Authenticate value.

        Raises:
            AuthError: It is not a digest challenge of a kind known here: MD5 or SHA-256, qop auth or none.
        """
        scheme, _, rest = value.strip().partition(" ")
        fields = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(rest)}
        algorithm = fields.get("algorithm", "MD5").upper()
        offered = [item.strip().lower() for item in fields.get("qop", "").split(",") if item.strip()]
        if scheme.lower() != "digest" or algorithm not in ("MD5", "SHA-256"):
            raise AuthError(f"not a digest challenge by MD5 or SHA-256: {value[:80]!r}")
        if "realm" not in fields or "nonce" not in fields or (offered and "auth" not in offered):
            raise AuthError(f"a challenge that cannot be answered: {value[:80]!r}")
        return cls(
            realm=fields["realm"],
            nonce=fields["nonce"],
            algorithm=algorithm,
            qop="auth" if offered else None,
            opaque=fields.get("opaque"),
        )


def answer(
    challenge: Challenge,
    *,
    user: str,
    secret: str,
    method: str,
    uri: str,
    cnonce: str | None = None,
    count: int = 1,
) -> str:
    """The Authorization value that proves we know ``secret`` without saying it.

    ``cnonce`` is drawn when not given; ``count`` is how often this nonce has been used.
    """
    cnonce = cnonce or secrets.token_hex(8)
    used = f"{count:08x}"

    def digest(text: str) -> str:
        if challenge.algorithm == "SHA-256":
            return hashlib.sha256(text.encode()).hexdigest()
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    who = digest(f"{user}:{challenge.realm}:{secret}")
    what = digest(f"{method}:{uri}")
    between = f"{challenge.nonce}:{used}:{cnonce}:auth" if challenge.qop else challenge.nonce
    fields = [
        f'username="{user}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{uri}"',
        f'response="{digest(f"{who}:{between}:{what}")}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.qop:
        fields += ["qop=auth", f"nc={used}", f'cnonce="{cnonce}"']
    if challenge.opaque is not None:
        fields.append(f'opaque="{challenge.opaque}"')
    return "Digest " + ", ".join(fields)


def authorisation(refusal: Response, *, user: str, secret: str, method: str, uri: str) -> tuple[str, str]:
    """The header that answers a 401 or 407: its name and value.

    Raises:
        AuthError: None of the challenges can be answered.
    """
    asked, given = {
        401: ("WWW-Authenticate", "Authorization"),
        407: ("Proxy-Authenticate", "Proxy-Authorization"),
    }[refusal.status]
    problem = AuthError(f"{refusal.status} without a challenge")
    for value in refusal.headers.all(asked):
        try:
            challenge = Challenge.parse(value)
        except AuthError as error:
            problem = error
            continue
        return given, answer(challenge, user=user, secret=secret, method=method, uri=uri)
    raise problem
