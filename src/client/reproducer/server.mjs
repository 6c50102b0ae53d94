#!/usr/bin/env node
// A server that shows what a client does with what it was told before TLS.
//
//     node repro.mjs [PORT]                        then run the client against localhost:PORT, within a minute
//     node repro.mjs [PORT] -- COMMAND ARG…        runs it; {host}, {port}, {ca} and {message} are filled in
//
// (Node 18.3 or later, nothing else.) The client has to trust the authority in the file that is named at the start.
// The last line says REPRODUCED (exit 1), NOT REPRODUCED (0) or COULD NOT JUDGE (3).
// In CASE, `look` says what to look for: a line in TLS or in plaintext that the pattern matches, or lacks.

// <case>
const CASE = {
  summary: 'A sample: the client uses SIZE in TLS, though it was offered in plaintext only',
  requirement: { source: 'RFC 3207, section 4.2', text: 'The client MUST discard any knowledge [...]' },
  expected: 'MAIL without SIZE',
  look: { secure: true, pattern: '^MAIL\\b.*\\sSIZE=' },
  server: {
    greeting: { send: '220 server.example ESMTP\r\n' },
    plaintext: { ehlo: { send: '250-server.example\r\n250-STARTTLS\r\n250 SIZE\r\n' } },
    upgrade: {
      code: 220,
      send: '220 Go on\r\n',
      segment: '',
      pause: 0,
      handshake: { kind: 'sound', version: '1.3' },
    },
    secondGreeting: '',
    secure: { ehlo: { send: '250 server.example\r\n' } },
  },
  ca: '',
  cert: '',
  key: '',
};

// </case>

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';

/** Answers that the case does not say. */
const USUAL = {
  ehlo: '250 server.example',
  helo: '250 server.example',
  auth: '334 ',
  credentials: '235 Authenticated',
  mail: '250 Sender ok',
  rcpt: '250 Recipient ok',
  data: '354 Go ahead',
  message: '250 Accepted',
  rset: '250 Reset',
  noop: '250 Ok',
  quit: '221 Bye',
};
const ANSWERED_BY = { lhlo: 'ehlo', vrfy: 'noop', expn: 'noop', help: 'noop' };
const ALERTS = {
  alert: '\u0028',
  'alert-version': '\u0046',
  'alert-internal': '\u0050',
  'alert-name': '\u0070',
};
const CHALLENGES = {
  PLAIN: [''],
  LOGIN: ['VXNlcm5hbWU6', 'UGFzc3dvcmQ6'],
  'CRAM-MD5': [btoa('<1896.697170952@server.example>')],
  XOAUTH2: [''],
};
const MOST_COMMANDS = 100;
const PATIENCE = 60_000;
const MESSAGE = 'From: <a@sender.example>\nTo: <b@recipient.example>\nSubject: a\n\nA message.\n';

/** What the client said, in order: { secure, line, early }. */
const said = [];
/** On the first of them the client may be spared all that is out of the ordinary. */
let connections = 0;
const print = text => process.stdout.write(`${text}\n`);
const escaped = text =>
  text.replace(/[^ -~]/g, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
const show = (who, bytes) => {
  for (const line of bytes.replace(/\r?\n$/, '').split(/\r?\n/)) print(`  ${who} ${escaped(line)}`);
};

/** One connection: commands are answered one by one. */
function serve(socket) {
  const first = connections++ < (CASE.spared ?? 0);
  const { server, key, cert } = first ? CASE.first : CASE;
  const state = {
    channel: socket,
    secure: false,
    buffer: '',
    reading: 'command',
    challenges: [],
    busy: false,
  };
  const send = bytes => {
    if (bytes === '') return;
    show('S:', bytes);
    state.channel.write(bytes, 'latin1');
  };
  const given = new Set();
  const layer = () => (state.secure ? 'secure' : 'plaintext');
  /** What is due to a command; some answers are others from the second time on. */
  const due = verb => {
    const one = server[layer()][verb] ?? {};
    return given.has(`${layer()} ${verb}`) ? (one.next ?? one) : one;
  };
  const answer = (verb, then = () => {}) => {
    const { send: text = `${USUAL[verb]}\r\n`, close, hold = 0 } = due(verb);
    given.add(`${layer()} ${verb}`);
    state.busy = true;
    setTimeout(() => {
      state.busy = false;
      state.early = state.buffer.includes('\n');
      if (close !== undefined) {
        print(`  -- in place of an answer: ${close}`);
        if (close !== 'silence') state.channel.end();
        return;
      }
      send(text);
      then(text);
      take();
    }, hold);
  };
  const upgrade = () => {
    const { code, send: text, segment, pause, unanswered, handshake } = server.upgrade;
    if (unanswered !== undefined) {
      print(`  -- in place of an answer to STARTTLS: ${unanswered}`);
      if (unanswered === 'fin') socket.end();
      if (unanswered === 'rst') socket.resetAndDestroy();
      return;
    }
    send(text);
    const isTls = code === 220 && handshake.kind !== 'failed';
    // TLS begins behind the segment; what the client says meanwhile waits for it.
    if (isTls) socket.removeAllListeners('data').pause();
    setTimeout(() => {
      send(segment);
      if (isTls) beginTls(handshake);
      else if (code === 220) fail(socket, handshake.how);
    }, pause);
  };
  const beginTls = ({ version }) => {
    const secure = new tls.TLSSocket(socket, {
      isServer: true,
      key,
      cert,
      minVersion: 'TLSv1.2',
      maxVersion: `TLSv${version}`,
    });
    secure.on('secure', () => {
      print('  -- TLS handshake completed');
      Object.assign(state, { channel: secure, secure: true, buffer: '', early: false });
      send(server.secondGreeting);
    });
    secure.on('error', error => print(`  -- TLS: ${error.code ?? error.message}`));
    secure.on('data', read);
  };
  const challenge = left => {
    const [next, ...others] = left;
    state.challenges = others;
    state.reading = next === undefined ? 'command' : 'dialogue';
    if (next === undefined) answer('credentials');
    else send(`334 ${next}\r\n`);
  };
  const command = line => {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    const verb = word.toLowerCase();
    if (verb === 'starttls' && !state.secure) upgrade();
    else if (verb === 'auth') {
      const challenges = CHALLENGES[(rest[0] ?? '').toUpperCase()];
      const { send: other = '334' } = due('auth');
      if (challenges === undefined) send('504 Not known\r\n');
      else if (!other.startsWith('334')) answer('auth');
      else challenge(challenges.slice(rest.length > 1 ? 1 : 0));
    } else if (verb === 'bdat') {
      state.reading = Number(rest[0]);
    } else if (verb === 'data') {
      answer('data', text => {
        if (text.startsWith('3')) state.reading = 'message';
      });
    } else if (verb === 'quit') answer('quit', () => state.channel.end());
    else {
      const by = ANSWERED_BY[verb] ?? verb;
      if (USUAL[by] === undefined) send('502 Not known here\r\n');
      else answer(by);
    }
  };
  const next = () => {
    if (typeof state.reading === 'number') {
      if (state.buffer.length < state.reading) return undefined;
      const octets = state.buffer.slice(0, state.reading);
      state.buffer = state.buffer.slice(state.reading);
      return octets;
    }
    const end = (state.reading === 'message' ? /(?:^|\r?\n)\.\r?\n/ : /\r?\n/).exec(state.buffer);
    if (end === null) return undefined;
    const text = state.buffer.slice(0, end.index);
    state.buffer = state.buffer.slice(end.index + end[0].length);
    return text;
  };
  const take = () => {
    while (!state.busy) {
      const text = next();
      if (text === undefined) return;
      show('C:', text);
      if (!first)
        said.push({ secure: state.secure, line: text.split(/\r?\n/)[0], early: state.early === true });
      if (said.length > MOST_COMMANDS) {
        state.channel.destroy();
        return;
      }
      if (state.reading === 'dialogue') challenge(text === '*' ? [] : state.challenges);
      else if (state.reading === 'command') command(text);
      else {
        state.reading = 'command';
        answer('message');
      }
    }
  };
  const read = bytes => {
    state.buffer += bytes.toString('latin1');
    take();
  };
  socket.on('data', read);
  socket.on('error', () => {});
  send(server.greeting.send);
}

/** In place of the server's part of the handshake. */
function fail(socket, how) {
  print(`  -- the handshake is made to fail: ${how}`);
  if (how === 'fin') socket.end();
  if (how === 'rst') socket.resetAndDestroy();
  if (how === 'reply') socket.write('454 TLS not available\r\n');
  if (how === 'garbage') socket.write('\u0001\u0002\u0003\u0004 no TLS\r\n', 'latin1');
  if (how in ALERTS) socket.write(`\u0015\u0003\u0003\u0000\u0002\u0002${ALERTS[how]}`, 'latin1');
}

/** Whether what the case looks for was seen; undefined where lines cannot tell. */
function reproduced() {
  const { look } = CASE;
  if (look === undefined) return undefined;
  const lines = said.filter(({ secure }) => secure === look.secure);
  if (look.most !== undefined) return said.length > look.most;
  const pattern = new RegExp(look.pattern, 'i');
  const chosen = look.first === true ? lines.slice(0, 1) : lines;
  const seen = chosen.some(({ line, early }) => pattern.test(line) && (look.early !== true || early));
  return look.absent === true ? lines.length > 0 && !seen : seen;
}

function verdict() {
  const result = reproduced();
  print(`Expected: ${CASE.expected}`);
  if (result === undefined || said.length === 0) {
    print('COULD NOT JUDGE: compare the dialogue above with what is expected');
    process.exit(3);
  }
  print(result ? `REPRODUCED: ${CASE.summary}` : 'NOT REPRODUCED');
  process.exit(result ? 1 : 0);
}

const words = process.argv.slice(2);
const dashes = words.indexOf('--');
const command = dashes < 0 ? [] : words.slice(dashes + 1);
const beside = (name, text) => {
  const file = join(tmpdir(), `afresh-reproducer-${name}`);
  writeFileSync(file, text);
  return file;
};
const ca = beside('ca.pem', CASE.ca);
const server = net.createServer({ allowHalfOpen: true }, socket => {
  serve(socket);
  if (command.length === 0) socket.on('close', () => setTimeout(verdict, 500));
});
server.listen(dashes === 0 ? 0 : Number(words[0] ?? 0), '127.0.0.1', () => {
  const { port } = server.address();
  const host = CASE.host ?? 'localhost';
  print(`listening on ${host}:${port}; the authority to trust: ${ca}`);
  setTimeout(verdict, PATIENCE);
  if (command.length === 0) return;
  const values = { host, port: String(port), ca, user: 'user', password: 'secret' };
  const message = beside('message.eml', MESSAGE);
  Object.assign(values, { from: 'a@sender.example', to: 'b@recipient.example', message });
  const [program, ...args] = command.map(word =>
    word.replace(/\{([a-z]+)\}/g, (whole, key) => values[key] ?? whole),
  );
  const client = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'] });
  client.stdin.on('error', () => {});
  client.stdin.end(MESSAGE);
  client.on('error', error => print(`${program}: ${error.code}`));
  client.on('close', verdict);
});
