#!/usr/bin/env python3
"""A real mail server for the tests: server.py FOLDER SECURITY FAULT

Takes mail for `dime` with the password `swordfish`, writes each message it takes to FOLDER/N.eml with the envelope in
FOLDER/N.json, its authority's certificate to FOLDER/ca.pem, and prints the port it listens on. SECURITY is starttls,
tls or none. FAULT is none, or what goes wrong: reject (5xx to DATA), busy (4xx to RCPT), drop (the message is taken
and the connection closed before the answer), slow (makes FOLDER/asked when it
has the message and says nothing for long), twice-busy (4xx to the first two, then well).
"""

import asyncio
import json
import pathlib
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder, security, fault = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
taken = busy = 0


def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"dime", b"swordfish")
    return AuthResult(success=good, handled=False)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        global busy
        busy += 1
        if fault == "busy" or fault == "twice-busy" and busy <= 2:
            return "451 4.7.1 greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global taken
        if fault == "reject":
            return "554 5.7.1 not wanted here"
        if fault == "slow":
            (folder / "asked").touch()
            await asyncio.sleep(60)
        taken += 1
        (folder / f"{taken}.eml").write_bytes(envelope.original_content)
        (folder / f"{taken}.json").write_text(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos}))
        if fault == "drop":
            server.transport.abort()
        return "250 OK"


async def main():
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    start_tls = context if security == "starttls" else None

    def connection():
        return SMTP(
            Handler(),
            hostname="localhost",
            tls_context=start_tls,
            require_starttls=bool(start_tls),
            authenticator=login,
            auth_required=security != "none",
            auth_require_tls=security == "starttls",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
