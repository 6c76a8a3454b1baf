"""A real SMTP server for one test: keeps what it takes as JSON, and fails on purpose when told to.

Prints `ready PORT` once it can be spoken to, and ends when its standard input does. FOLDER gets `ca.pem`, the CA that
made its certificate, `letters.jsonl`, a line for every letter taken, read by Python's own e-mail parser, and with the
fault `slow` the empty file `asked` once it has a letter and says nothing.
"""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import logging
import socket
import ssl
import sys
import warnings
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = "ann", "correct horse"
FAULTS = [
    "none", "refuse", "drop-after-data", "rcpt-450", "rcpt-550", "data-451", "data-554", "slow", "drip", "greeting-421",
    "no-auth", "auth-454", "auth-echo", "not-smtp", "hang-up", "twice-busy",
]


class Keeper:
    """Takes letters, or refuses them as the fault says."""

    def __init__(self, folder: Path, fault: str):
        self.folder = folder
        self.letters = folder / "letters.jsonl"
        self.fault = fault

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.fault == "rcpt-450" or self.fault == "twice-busy" and self.busy_still():
            return "450 4.2.1 Mailbox is busy"
        if self.fault == "rcpt-550":
            return f"550 5.1.1 No such user: {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.fault == "slow":
            (self.folder / "asked").touch()
            await asyncio.sleep(3600)
        if self.fault == "data-451":
            return "451 4.3.0 Try again later"
        if self.fault == "data-554":
            return "554 5.7.1 Looks like spam"
        letter = self.read(server, session, envelope)
        with self.letters.open("a", encoding="utf-8") as file:
            file.write(json.dumps(letter) + "\n")
        if self.fault == "drop-after-data":
            server.transport.abort()
        return "250 Taken"

    def busy_still(self):
        """Whether fewer than two were told so; every connection has a keeper of its own."""
        told = self.folder / "told"
        count = len(told.read_text()) if told.exists() else 0
        told.write_text("." * (count + 1))
        return count < 2

    def read(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        return {
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data if session.authenticated else None,
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in message.items()],
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
            "parts": [[part.get_content_type(), part.get_content()] for part in message.iter_parts()],
        }


def authenticator(fault):
    def check(server, session, envelope, mechanism, data):
        user, password = data.login.decode(), data.password.decode()
        if fault == "auth-454":
            return AuthResult(success=False, handled=False, message="454 4.7.0 Ask again later")
        if fault == "auth-echo":
            sent = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            return AuthResult(success=False, handled=False, message=f"535 5.7.8 not {password} nor {sent}")
        good = (user, password) == (USER, PASSWORD)
        return AuthResult(success=good, handled=good, auth_data=user, message=None if good else "535 5.7.8 No")

    return check


def encryption(folder: Path, names):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(*names).configure_cert(context)
    return context


class Greeter(asyncio.Protocol):
    """Says a few bytes, or one after the other for ever, and never listens."""

    def __init__(self, fault):
        self.fault = fault

    def connection_made(self, transport):
        self.transport = transport
        if self.fault == "drip":
            self.drip()
        elif self.fault == "not-smtp":
            transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        elif self.fault == "greeting-421":
            transport.write(b"421 4.3.2 Closing for maintenance\r\n")
        elif self.fault == "hang-up":
            transport.close()

    def drip(self):
        if not self.transport.is_closing():
            self.transport.write(b"2")
            asyncio.get_running_loop().call_later(0.1, self.drip)


async def serve(options):
    loop = asyncio.get_running_loop()
    listening = socket.create_server(("127.0.0.1", 0)) if options.fault != "refuse" else socket.socket()
    if options.fault == "refuse":
        # Bound and not listening: nobody else gets the port, and whoever connects is refused.
        listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    tls = encryption(options.folder, options.names)

    def smtp():
        if options.fault in ("drip", "not-smtp", "greeting-421", "hang-up"):
            return Greeter(options.fault)
        starttls = options.security == "starttls"
        return SMTP(
            Keeper(options.folder, options.fault),
            hostname="localhost",
            loop=loop,
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            authenticator=authenticator(options.fault),
            auth_require_tls=starttls or options.fault == "no-auth",
            auth_required=options.login,
            auth_exclude_mechanism=options.exclude,
        )

    if options.fault != "refuse":
        await loop.create_server(smtp, sock=listening, ssl=tls if options.security == "tls" else None)
    print(f"ready {port}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--security", choices=["starttls", "tls", "none"], default="starttls")
    parser.add_argument("--login", action="store_true", help=f"only for {USER}")
    parser.add_argument("--exclude", action="append", help="a way to log in that is not offered")
    parser.add_argument("--names", nargs="+", default=["localhost", "127.0.0.1"], help="what its certificate is for")
    parser.add_argument("--fault", choices=FAULTS, default="none")
    # It reports every fault it was told to make, at length.
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
