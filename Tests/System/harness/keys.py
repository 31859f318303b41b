"""Key material in both written forms, and the files that carry it."""

import base64
import os
import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class Keys:
    """An encryption key and an HMAC key as their lines in `access.conf` and the rc file say them."""

    encryption: str
    hmac: str
    form: str = "base64"
    hmac_type: str = "sha256"

    @classmethod
    def new(cls, form="base64", hmac_type="sha256", encryption_length=32):
        """Fresh random keys; `form` is `base64` or `passphrase`."""
        if form == "base64":
            return cls(base64.b64encode(os.urandom(encryption_length)).decode(),
                       base64.b64encode(os.urandom(64)).decode(), form, hmac_type)
        return cls(secrets.token_hex(encryption_length // 2), secrets.token_hex(20), form, hmac_type)

    def lines(self):
        """The same names serve both files."""
        suffix = "_BASE64" if self.form == "base64" else ""
        return {f"KEY{suffix}": self.encryption, f"HMAC_KEY{suffix}": self.hmac, "HMAC_DIGEST_TYPE": self.hmac_type}

    def replaced(self, encryption=None, hmac=None):
        """The same pair with one key changed."""
        return Keys(encryption or self.encryption, hmac or self.hmac, self.form, self.hmac_type)


def stanza(keys, **more):
    """One stanza of `access.conf`; `OPEN_PORTS` and a lifetime have defaults that `more` overrides."""
    lines = {"SOURCE": "ANY", **keys.lines(), "OPEN_PORTS": "tcp/22,tcp/2222", "FW_ACCESS_TIMEOUT": "30", **more}
    return "".join(f"{name}    {value}\n" for name, value in lines.items() if value is not None)


def rc_section(name, keys, **more):
    """One section of an rc file."""
    lines = {**(keys.lines() if keys else {}), **more}
    return f"[{name}]\n" + "".join(f"{name}    {value}\n" for name, value in lines.items() if value is not None)
