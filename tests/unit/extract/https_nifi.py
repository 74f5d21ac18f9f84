"""A NiFi of the tests: login, tokens and certificate are as real ones have them; on its canvas is what is another's."""

import json
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "a pässword & more"
OF_ANOTHER = {"id": "1", "permissions": {"canRead": False, "canWrite": False}}
CANVAS = {
    "/nifi-api/flow/process-groups/root/status": {"processGroupStatus": {"id": "root"}},
    "/nifi-api/flow/process-groups/root": {"processGroupFlow": {"id": "root", "flow": {"processGroups": [OF_ANOTHER]}}},
    "/nifi-api/flow/process-groups/1": {"processGroupFlow": {"id": "1", "flow": {"processGroups": []}}},
    "/nifi-api/process-groups/root": {"id": "root", "component": {"id": "root", "name": "NiFi Flow"}},
}

_FOR_SERVERS = x509.KeyUsage(
    digital_signature=True, key_encipherment=True, content_commitment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
)  # fmt: skip
"""As a NiFi says of its own: good for no authority, not even for itself."""


class Issued:
    """A certificate and its key, signed by another or by itself; files in PEM of either."""

    def __init__(self, folder, name, *, hosts=(), by=None, days=1):
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), x509.Name([_common(name)])
        signer, now = by or self, datetime.now(UTC)
        made = x509.CertificateBuilder(signer.name, self.name, self.key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days=days))
        if hosts:
            made = made.add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), False)
            made = made.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), False)
            made = made.add_extension(_FOR_SERVERS, True)
        made = made.add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), True)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
        made = made.add_extension(identifier, False)
        self.pem, self.key_pem = folder / f"{name}.pem", folder / f"{name}.key.pem"
        self.pem.write_bytes(made.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self.key_pem.write_bytes(self.key.private_bytes(serialization.Encoding.PEM, *plain))


def _common(name):
    return x509.NameAttribute(x509.NameOID.COMMON_NAME, name)


def _alternative(host):
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Served:
    """What a NiFi got and gave."""

    def __init__(self, users=None):
        self.users = users
        self.tokens = set()
        self.logins = []
        self.asked = []
        self.address = ""
        self.instead = {}
        """Path → the status and text that it answers instead; with a place, that it points to."""

    def log_in(self, fields):
        self.logins.append(fields["username"])
        if self.users.get(fields["username"]) != fields["password"]:
            return 400, "The supplied username and password are not valid."
        token = f"token-{len(self.logins)}"
        self.tokens.add(token)
        return 201, token

    def answer(self, path, shown, fields):
        self.asked.append(path)
        if path in self.instead:
            return self.instead[path]
        if path == "/nifi-api/access/token":
            return self.log_in(fields) if self.users else (409, "Access tokens are only issued over HTTPS.")
        if self.users and shown.removeprefix("Bearer ") not in self.tokens:
            return 401, "Unauthorized"
        return (200, json.dumps(CANVAS[path])) if path in CANVAS else (404, f"no {path}")


@contextmanager
def nifi(issued=None, users=None):
    """Serve a NiFi, over HTTPS where it has a certificate; without users it asks for no login."""
    told = Served(users)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("Content-Length", 0))
            fields = {key: row[0] for key, row in parse_qs(self.rfile.read(length).decode()).items()}
            status, text, *place = told.answer(self.path, self.headers.get("Authorization", ""), fields)
            self.send_response(status)
            for where in place:
                self.send_header("Location", where)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

        def log_message(self, *_):
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_):
            pass

    with Quiet(("127.0.0.1", 0), Handler) as server:
        if issued:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(issued.pem, issued.key_pem)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        told.address = f"{'https' if issued else 'http'}://127.0.0.1:{server.server_port}/nifi"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
