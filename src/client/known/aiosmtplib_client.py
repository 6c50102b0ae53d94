"""Sends one message with aiosmtplib; TLS is left to the library."""
import asyncio
import ssl
import sys

import aiosmtplib

host, port, ca, tls, sender, recipient, *login = sys.argv[1:]
message = sys.stdin.buffer.read()


async def main():
    client = aiosmtplib.SMTP(
        hostname=host,
        port=int(port),
        local_hostname='me.client.example',
        timeout=3,
        tls_context=ssl.create_default_context(cafile=ca),
        start_tls=True if tls == 'required' else None,
    )
    async with client:
        if login:
            await client.login(*login)
        options = ['SMTPUTF8'] if not sender.isascii() else []
        await client.sendmail(sender, [recipient], message, options)


asyncio.run(main())
