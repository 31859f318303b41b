"""A certificate authority of one test, made with openssl."""

import ipaddress
import os
import subprocess


class Authority:
    """Signs certificates for servers; `path` is what a client must trust."""

    def __init__(self, folder, label="authority"):
        self.folder, self.label = folder, label
        self.path, self._key = folder.join(f"{label}.pem"), folder.join(f"{label}.key")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-keyout", self._key, "-out", self.path, "-subj", f"/CN=Sallyport test {label}",
                      "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, *names, days=2):
        """Paths of a certificate for these host names and addresses, and of its key. With negative `days` it is over."""
        label = f"{self.label}-{os.urandom(4).hex()}"
        key, request, certificate = (self.folder.join(f"{label}.{kind}") for kind in ("key", "csr", "crt"))
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                      "-out", request, "-subj", "/CN=page")
        extensions = self.folder.write(f"{label}.ext", "subjectAltName=" + ",".join(map(self._entry, names)) + "\n")
        self._openssl("x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self._key, "-CAcreateserial",
                      "-days", str(days), "-extfile", extensions, "-out", certificate)
        return certificate, key

    @staticmethod
    def _entry(name):
        try:
            return f"IP:{ipaddress.ip_address(name)}"
        except ValueError:
            return f"DNS:{name}"

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)
