"""Packets of our own making, for addresses that the stock client does not know (docs/protocol.md)."""

import base64
import hashlib
import hmac
import os
import secrets
import subprocess
import time


def _plain(data):
    return base64.b64encode(data).rstrip(b"=")


def packet(keys, allow, access="tcp/22", seconds=None, user="tester"):
    """The payload of a knock that asks for `access` for the address `allow`, for so many seconds."""
    encryption, authentication = (base64.b64decode(key) for key in (keys.encryption, keys.hmac))
    fields = [str(secrets.randbelow(10 ** 16)).zfill(16).encode(), _plain(user.encode()), str(int(time.time())).encode(),
              b"3.0.0", b"3" if seconds else b"1", _plain(f"{allow},{access}".encode())]
    if seconds:
        fields.append(str(seconds).encode())
    text = b":".join(fields)
    text += b":" + _plain(hashlib.sha256(text).digest())
    salt, derived = os.urandom(8), b""
    while len(derived) < 48:
        derived += hashlib.md5(derived[-16:] + encryption + salt).digest()
    cipher = subprocess.run(["openssl", "enc", "-aes-256-cbc", "-K", derived[:32].hex(), "-iv", derived[32:48].hex()],
                            input=text, capture_output=True, check=True).stdout
    whole = _plain(b"Salted__" + salt + cipher)
    return whole[10:] + _plain(hmac.new(authentication, whole, hashlib.sha256).digest())
