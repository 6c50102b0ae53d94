"""Sends one message with Python's smtplib, as its documentation shows: starttls, login, sendmail."""
import smtplib
import ssl
import sys

host, port, ca, tls, sender, recipient, *login = sys.argv[1:]
message = sys.stdin.buffer.read()
with smtplib.SMTP(host, int(port), local_hostname='me.client.example', timeout=3) as client:
    client.ehlo()
    if tls == 'required' or client.has_extn('starttls'):
        client.starttls(context=ssl.create_default_context(cafile=ca))
        client.ehlo()
    if login:
        client.login(*login)
    options = ['SMTPUTF8'] if not sender.isascii() else []
    if client.has_extn('8bitmime') and not message.isascii():
        options.append('BODY=8BITMIME')
    notify = ['NOTIFY=FAILURE'] if client.has_extn('dsn') else []
    client.sendmail(sender, [recipient], message, options, notify)
