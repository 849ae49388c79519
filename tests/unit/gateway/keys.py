"""Throw-away keys."""

import base64
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(form: serialization.PrivateFormat = serialization.PrivateFormat.TraditionalOpenSSL) -> bytes:
    return rsa_key().private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def dns_record() -> bytes:
    """What DNS says about the key."""
    public = rsa_key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
