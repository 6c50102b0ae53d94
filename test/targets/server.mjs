// A mail server for tests that a target file starts: node server.mjs PORT [KEY=VALUE…], options of smtp-server.
// With DROP=FOLDER, messages go into that Maildir; with RELAY=PORT, to the server at that port.

import { randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const [port, version = 'smtp-server', ...rest] = process.argv.slice(2);
const settings = Object.fromEntries(rest.map(pair => pair.split('=')));
const { SMTPServer } = await import(version);

/** Just enough of a client for one message. */
async function relay(to, { mailFrom, rcptTo }, text) {
  const socket = connect(Number(to), '127.0.0.1');
  const lines = [
    'EHLO relay.example',
    `MAIL FROM:<${mailFrom.address}>`,
    ...rcptTo.map(({ address }) => `RCPT TO:<${address}>`),
    'DATA',
    `${text}\r\n.`,
    'QUIT',
  ];
  for await (const _ of socket) {
    if (lines.length > 0) socket.write(`${lines.shift()}\r\n`);
  }
}

/** As a Maildir asks for it: written elsewhere, and moved into place. */
function drop(folder, { mailFrom }, text) {
  const name = randomUUID();
  const [part, whole] = ['tmp', 'new'].map(place => join(folder, place, name));
  writeFileSync(part, `Return-Path: <${mailFrom.address}>\r\n${text}`, 'latin1');
  renameSync(part, whole);
}

const server = new SMTPServer({
  authOptional: true,
  disableReverseLookup: true,
  onAuth: ({ username, password }, _session, done) =>
    done(username === 'tester' && password === 'secret' ? null : new Error('wrong'), { user: username }),
  onData(stream, session, done) {
    const chunks = [];
    stream.on('data', chunk => chunks.push(chunk));
    stream.on('end', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      if (settings.DROP) drop(settings.DROP, session.envelope, text);
      if (settings.RELAY) relay(settings.RELAY, session.envelope, text).catch(() => {});
      done();
    });
  },
});
server.on('error', error => {
  if (error.syscall === 'listen') {
    process.stderr.write(`cannot listen: ${error.code}\n`);
    process.exit(1);
  }
});
server.listen(Number(port), '127.0.0.1');
