"""An SMTP server that prints every mail as JSON, as Python's own mail library reads it."""
import asyncio, base64, email, email.policy, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

security, certificate, key = sys.argv[1:4]


# Who was busy once.
busy = set()


class Printer:
    async def handle_RCPT(self, server, session, envelope, address, options):
        """`unknown@…` is nobody here, `busy@…` takes nothing the first time."""
        if address.startswith("unknown@"):
            return "550 5.1.1 no mailbox of 13800001111 here"
        if address.startswith("busy@") and address not in busy:
            busy.add(address)
            return "451 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = mail.get_body(("plain",))
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "encrypted": session.ssl is not None,
            "authenticated": bool(session.authenticated),
            "id": mail["Message-ID"], "subject": mail["Subject"], "date": mail["Date"], "sender": mail["From"], "addressees": mail["To"],
            "text": body.get_content(),
            "ascii": all(byte < 128 for byte in envelope.content),
            "longest": max(len(line) for line in envelope.content.split(b"\r\n")),
            "files": [{"name": part.get_filename(), "type": part.get_content_type(),
                       "content": base64.b64encode(part.get_payload(decode=True)).decode()} for part in mail.iter_attachments()],
        }), flush=True)
        return "250 2.0.0 Ok: queued as 4F1"


def authenticate(server, session, envelope, mechanism, data):
    # Not handled: the server is to answer 535 by itself.
    return AuthResult(success=data.login == b"gateway" and data.password == b"geheim-7", handled=False)


def protocol():
    options = {"authenticator": authenticate, "auth_require_tls": security != "none", "hostname": "localhost"}
    if security == "starttls":
        return SMTP(Printer(), tls_context=context, require_starttls=True, **options)
    if security == "tls":
        # aiosmtpd knows of encryption only where it began it itself.
        options["auth_require_tls"] = False
    return SMTP(Printer(), **options)


async def main():
    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


context = None
if security != "none":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
asyncio.run(main())
