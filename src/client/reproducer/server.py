#!/usr/bin/env python3
# A server that shows what a client does with what it was told before TLS.
#
#     python3 repro.py [PORT]                      then run the client against localhost:PORT, within a minute
#     python3 repro.py [PORT] -- COMMAND ARG...    runs it; {host}, {port}, {ca} and {message} are filled in
#
# (Python 3.8 or later, nothing else.) The client has to trust the authority in the file that is named at the start.
# The last line says REPRODUCED (exit 1), NOT REPRODUCED (0) or COULD NOT JUDGE (3).
# In CASE, `look` says what to look for: a line in TLS or in plaintext that the pattern matches, or lacks.

import base64
import json
import os
import re
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

# <case>
CASE = json.loads(r"""
{
  "summary": "A sample: the client uses SIZE in TLS, though it was offered in plaintext only",
  "requirement": { "source": "RFC 3207, section 4.2", "text": "The client MUST discard any knowledge [...]" },
  "expected": "MAIL without SIZE",
  "look": { "secure": true, "pattern": "^MAIL\\b.*\\sSIZE=" },
  "server": {
    "greeting": { "send": "220 server.example ESMTP\r\n" },
    "plaintext": { "ehlo": { "send": "250-server.example\r\n250-STARTTLS\r\n250 SIZE\r\n" } },
    "upgrade": { "code": 220, "send": "220 Go on\r\n", "segment": "", "pause": 0, "handshake": { "kind": "sound", "version": "1.3" } },
    "secondGreeting": "",
    "secure": { "ehlo": { "send": "250 server.example\r\n" } }
  },
  "ca": "", "cert": "", "key": ""
}
""")
# </case>

# Answers that the case does not say.
USUAL = {
    'ehlo': '250 server.example', 'helo': '250 server.example', 'auth': '334 ',
    'credentials': '235 Authenticated', 'mail': '250 Sender ok', 'rcpt': '250 Recipient ok',
    'data': '354 Go ahead', 'message': '250 Accepted', 'rset': '250 Reset', 'noop': '250 Ok', 'quit': '221 Bye',
}
ANSWERED_BY = {'lhlo': 'ehlo', 'vrfy': 'noop', 'expn': 'noop', 'help': 'noop'}
CHALLENGES = {
    'PLAIN': [''],
    'LOGIN': ['VXNlcm5hbWU6', 'UGFzc3dvcmQ6'],
    'CRAM-MD5': [base64.b64encode(b'<1896.697170952@server.example>').decode()],
    'XOAUTH2': [''],
}
FAILURES = {
    'reply': b'454 TLS not available\r\n',
    'garbage': b'\x01\x02\x03\x04 no TLS\r\n',
    'alert': b'\x15\x03\x03\x00\x02\x02\x28',
    'alert-version': b'\x15\x03\x03\x00\x02\x02\x46',
    'alert-internal': b'\x15\x03\x03\x00\x02\x02\x50',
    'alert-name': b'\x15\x03\x03\x00\x02\x02\x70',
}
MOST_COMMANDS = 100
PATIENCE = 60
RETURN = 0.5
HOST = CASE.get('host', 'localhost')
MESSAGE = 'From: <a@sender.example>\nTo: <b@recipient.example>\nSubject: a\n\nA message.\n'

said = []  # (secure, line, early)


def show(who, text):
    for line in re.split(r'\r?\n', re.sub(r'\r?\n$', '', text)):
        print('  %s %s' % (who, line.encode('latin-1').decode('ascii', 'backslashreplace')), flush=True)


class Gone(Exception):
    """The connection has ended."""


class Served:
    """One connection: commands are answered one by one."""

    def __init__(self, plain, first):
        self.plain = self.channel = plain
        self.first = first
        self.case = CASE['first'] if first else CASE
        self.secure = False
        self.buffer = b''
        self.early = False
        self.given = set()

    def due(self, verb):
        """What is due to a command; some answers are others from the second time on."""
        one = self.case['server']['secure' if self.secure else 'plaintext'].get(verb, {})
        return one.get('next', one) if (self.secure, verb) in self.given else one

    def send(self, text):
        if text:
            show('S:', text)
            self.channel.sendall(text.encode('latin-1'))

    def answer(self, verb):
        said = self.due(verb)
        self.given.add((self.secure, verb))
        time.sleep(said.get('hold', 0) / 1000)
        self.early = b'\n' in self.buffer or self.waiting()
        if 'close' in said:
            print('  -- in place of an answer: %s' % said['close'])
            if said['close'] == 'silence':
                return ''
            raise Gone
        text = said.get('send', USUAL[verb] + '\r\n')
        self.send(text)
        return text

    def waiting(self):
        pending = self.channel.pending() if self.secure else 0
        return pending > 0 or bool(select.select([self.channel], [], [], 0)[0])

    def more(self):
        received = self.channel.recv(65536)
        if not received:
            raise Gone
        self.buffer += received

    def until(self, pattern):
        while True:
            end = re.search(pattern, self.buffer)
            if end:
                text = self.buffer[:end.start()].decode('latin-1')
                self.buffer = self.buffer[end.end():]
                show('C:', text)
                if not self.first:
                    said.append((self.secure, re.split(r'\r?\n', text)[0], self.early))
                if len(said) > MOST_COMMANDS:
                    raise Gone
                return text
            self.more()

    def serve(self):
        self.send(self.case['server']['greeting']['send'])
        while True:
            self.command(self.until(rb'\r?\n'))

    def command(self, line):
        words = line.split() or ['']
        verb = words[0].lower()
        if verb == 'starttls' and not self.secure:
            self.upgrade()
        elif verb == 'auth':
            self.authenticate(words)
        elif verb == 'bdat':
            while len(self.buffer) < int(words[1]):
                self.more()
            self.buffer = self.buffer[int(words[1]):]
            self.answer('message')
        elif verb == 'data':
            if self.answer('data').startswith('3'):
                self.until(rb'(?:^|\r?\n)\.\r?\n')
                self.answer('message')
        else:
            by = ANSWERED_BY.get(verb, verb)
            if by in USUAL:
                self.answer(by)
            else:
                self.send('502 Not known here\r\n')
            if verb == 'quit':
                raise Gone

    def authenticate(self, words):
        challenges = CHALLENGES.get(words[1].upper() if len(words) > 1 else '')
        other = self.due('auth').get('send', '334')
        if challenges is None:
            self.send('504 Not known\r\n')
        elif not other.startswith('334'):
            self.answer('auth')
        else:
            for challenge in challenges[1 if len(words) > 2 else 0:]:
                self.send('334 %s\r\n' % challenge)
                if self.until(rb'\r?\n') == '*':
                    self.send('501 Cancelled\r\n')
                    return
            self.answer('credentials')

    def upgrade(self):
        upgrade = self.case['server']['upgrade']
        if 'unanswered' in upgrade:
            self.lapse('in place of an answer to STARTTLS', upgrade['unanswered'])
            return
        self.send(upgrade['send'])
        if upgrade['segment']:
            time.sleep(max(upgrade['pause'], 10) / 1000)
            self.send(upgrade['segment'])
        if upgrade['code'] != 220:
            return
        handshake = upgrade['handshake']
        if handshake['kind'] == 'failed':
            self.fail(handshake['how'])
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile('w', suffix='.pem') as pem:
            pem.write(self.case['cert'] + '\n' + self.case['key'] + '\n')
            pem.flush()
            context.load_cert_chain(pem.name)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = ssl.TLSVersion.TLSv1_2 if handshake['version'] == '1.2' else ssl.TLSVersion.TLSv1_3
        try:
            self.channel = context.wrap_socket(self.plain, server_side=True)
        except (ssl.SSLError, OSError) as error:
            print('  -- TLS: %s' % error)
            raise Gone
        self.secure = True
        self.buffer = b''
        self.early = False
        print('  -- TLS handshake completed')
        self.send(self.case['server']['secondGreeting'])

    def fail(self, how):
        """In place of the server's part of the handshake."""
        self.lapse('the handshake is made to fail', how)
        self.plain.sendall(FAILURES.get(how, b''))

    def lapse(self, what, how):
        print('  -- %s: %s' % (what, how))
        if how == 'rst':
            self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        if how in ('fin', 'rst'):
            raise Gone


def reproduced():
    """Whether what the case looks for was seen; None where lines cannot tell."""
    look = CASE.get('look')
    if look is None:
        return None
    if 'most' in look:
        return len(said) > look['most']
    lines = [(line, early) for secure, line, early in said if secure == look['secure']]
    chosen = lines[:1] if look.get('first') else lines
    seen = any(re.search(look['pattern'], line, re.I) and (early or not look.get('early')) for line, early in chosen)
    return bool(lines) and not seen if look.get('absent') else seen


def verdict():
    result = reproduced()
    print('Expected: %s' % CASE['expected'])
    if result is None or not said:
        print('COULD NOT JUDGE: compare the dialogue above with what is expected')
        return 3
    print('REPRODUCED: %s' % CASE['summary'] if result else 'NOT REPRODUCED')
    return 1 if result else 0


def beside(name, text):
    path = os.path.join(tempfile.gettempdir(), 'afresh-reproducer-%s' % name)
    with open(path, 'w') as file:
        file.write(text)
    return path


def started(command, port, ca):
    values = {'host': HOST, 'port': str(port), 'ca': ca, 'user': 'user', 'password': 'secret',
              'from': 'a@sender.example', 'to': 'b@recipient.example', 'message': beside('message.eml', MESSAGE)}
    words = [re.sub(r'\{([a-z]+)\}', lambda match: values.get(match[1], match[0]), word) for word in command]
    with open(values['message'], 'rb') as message:
        return subprocess.Popen(words, stdin=message)


def serve(listener, spared):
    connection = listener.accept()[0]
    connection.settimeout(10)
    served = Served(connection, len(spared) > 0 and spared.pop())
    try:
        served.serve()
    except (Gone, OSError):
        served.channel.close()


def main(words):
    dashes = words.index('--') if '--' in words else len(words)
    ca = beside('ca.pem', CASE['ca'])
    listener = socket.create_server(('127.0.0.1', int(words[0]) if dashes > 0 else 0))
    listener.settimeout(PATIENCE)
    port = listener.getsockname()[1]
    print('listening on %s:%d; the authority to trust: %s' % (HOST, port, ca), flush=True)
    command = words[dashes + 1:]
    client = started(command, port, ca) if command else None
    # The first may be spared all that is out of the ordinary.
    spared = [True] * CASE.get('spared', 0)
    try:
        serve(listener, spared)
        listener.settimeout(RETURN)
        # Some come back on a new connection.
        while len(said) <= MOST_COMMANDS:
            ended = client is None or client.poll() is not None
            try:
                serve(listener, spared)
            except OSError:
                if ended:
                    break
    except OSError:
        print('  -- nobody came')
    if client is not None:
        client.wait()
    return verdict()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
