# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates for tests: of an authority of their own, expired, and self-signed."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)
_Signer = tuple[x509.Name, ec.EllipticCurvePrivateKey]


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(folder: Path, names: tuple[str, ...], signer: _Signer | None, until: datetime) -> tuple[str, str]:
    """Make a certificate for names, or of an authority without names, and return its file and that of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"A test: {names[0] if names else 'an authority'}")])
    issuer, by = signer or (subject, key)
    signs = signer is None
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 30 * _DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
        # Strict checking, the default since Python 3.13, wants these three.
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=signs, crl_sign=signs, decipher_only=False, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
    signed = made.sign(by, hashes.SHA256())
    stem = f"{len(list(folder.iterdir()))}"
    certificate, secret = folder / f"{stem}-cert.pem", folder / f"{stem}-key.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(certificate), str(secret)


class Authority:
    """A certificate authority that nobody trusts unless given the file `ca_path`; it writes into an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ca_path, secret = _write(folder, (), None, datetime.now(timezone.utc) + _DAY)
        name = x509.load_pem_x509_certificate(Path(self.ca_path).read_bytes()).subject
        key = serialization.load_pem_private_key(Path(secret).read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._signer = (name, key)

    def certificate(self, *names: str, expired: bool = False) -> tuple[str, str]:
        """Return the files of a certificate for hosts or addresses, and of its key: what `Simulator(tls=...)` takes."""
        until = datetime.now(timezone.utc) + (-_DAY if expired else _DAY)
        return _write(self._folder, names, self._signer, until)


def self_signed(folder: Path, *names: str) -> tuple[str, str]:
    """Return the files of a certificate that nobody else signed, and of its key."""
    return _write(folder, names, None, datetime.now(timezone.utc) + _DAY)
