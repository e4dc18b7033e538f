"""Looks for secrets in what a program says, however they travel."""
import base64
import urllib.parse


def shapes(secret):
    """A secret as it stands, and as it travels."""
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
    yield secret.encode().hex()


def assert_kept(secrets, said, where):
    """The message does not repeat the secret: what fails is printed, and kept."""
    for number, secret in enumerate(secrets, 1):
        if any(shape in said for shape in shapes(secret)):
            raise AssertionError(f"{where} holds secret {number} of {len(secrets)}, '{secret[:3]}...'")
