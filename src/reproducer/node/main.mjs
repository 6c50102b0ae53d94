#!/usr/bin/env node
// Plays an SMTP session over STARTTLS, a fresh connection beside it, and tells them apart.
//
//     node FILE [HOST [PORT]] [--auth USER:PASSWORD] [--key FILE --cert FILE]      (Node 18.3 or later, nothing else)
//
// The last line says REPRODUCED (exit 1), NOT REPRODUCED (0), COULD NOT RUN or COULD NOT JUDGE (3).
// In CASE, `{a}` is a random token, the same one wherever the letter stands in a run, and `{{` is a brace.
// `look` says what makes the difference. Certificates are not verified.

// <case>
const CASE = {
  summary: 'A sample: MAIL is answered 250 in TLS, but 503 on a fresh connection',
  requirement: 'RFC 3207, section 4.2',
  look: { for: 'difference', step: 0, in: 'codes' },
  used: {
    before: [{ step: 'ehlo', send: 'EHLO {a}.example\r\n' }],
    upgrade: { send: 'STARTTLS\r\n', tls: '1.3' },
    after: [{ step: 'mail', send: 'MAIL FROM:<{b}@sender.example>\r\n' }],
  },
  fresh: {
    before: [],
    upgrade: { send: 'STARTTLS\r\n', tls: '1.3' },
    after: [{ step: 'mail', send: 'MAIL FROM:<{b}@sender.example>\r\n' }],
  },
};

// </case>

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { judge } from './judge.mjs';
import { play } from './play.mjs';

/** The server, the login and the client certificate, from the command line. */
function target() {
  const option = { type: 'string' };
  const { values, positionals } = parseArgs({
    options: { auth: option, key: option, cert: option },
    allowPositionals: true,
  });
  const [host = CASE.host, port = CASE.port] = positionals;
  if (host === undefined || port === undefined) throw new Error('give HOST and PORT of the server');
  const said = JSON.stringify(CASE);
  const [, user, password] = /^([^:]+):(.*)$/s.exec(values.auth ?? '') ?? [];
  if (user === undefined && /\{(?:user|password)\}/.test(said))
    throw new Error('this case logs in: give --auth USER:PASSWORD');
  if (!(values.key && values.cert) && said.includes('"certificate":true'))
    throw new Error('this case shows a client certificate: give --key FILE --cert FILE');
  const files = values.key &&
    values.cert && { key: readFileSync(values.key), cert: readFileSync(values.cert) };
  return { host, port: Number(port), lmtp: CASE.lmtp, user, password, ...files };
}

/** A server's words, safe for a terminal. */
const escaped = text =>
  text.replace(/[^ -~]/g, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

const MOST_LINES = 120;
const MOST_WIDTH = 200;

/** What was said at once, a line each. */
function shown({ who, text, part }, mark) {
  const speaker = who === '-' ? '--' : part === 'clear' ? `${who}: (in plaintext)` : `${who}:`;
  const lines = text.replace(/\r\n$/, '').split('\r\n');
  return lines.map((line, at) => {
    const more = line.length > MOST_WIDTH ? ` (${line.length - MOST_WIDTH} more bytes)` : '';
    const cut = who === 'C' && at === lines.length - 1 && !text.endsWith('\n') ? ' (no line end)' : '';
    return `${mark} ${speaker} ${escaped(line.slice(0, MOST_WIDTH))}${more}${cut}`;
  });
}

/** Lines with repetitions as a number; of too many, their beginning and their end. */
function folded(lines) {
  const runs = [];
  for (const line of lines) {
    if (runs.at(-1)?.line === line) runs.at(-1).times++;
    else runs.push({ line, times: 1 });
  }
  const all = runs.map(({ line, times }) => (times === 1 ? line : `${line} (${times} times)`));
  const left = all.length - MOST_LINES;
  const half = MOST_LINES / 2;
  return left <= 0 ? all : [...all.slice(0, half), `   (${left} more lines)`, ...all.slice(-half)];
}

function transcript(title, { entries }, marked) {
  return [title, ...folded(entries.flatMap(entry => shown(entry, entry === marked ? '>>' : '  '))), ''];
}

/** Plays two fresh runs, then the used run, again if it is a race, until the difference shows. */
async function rounds(server) {
  const fresh = [await play(CASE.fresh, server), await play(CASE.fresh, server)];
  for (let round = 1; ; round++) {
    const used = await play(CASE.used, server);
    const result = { used, fresh, round, ...judge(CASE, used, fresh) };
    if (result.verdict !== 'NOT REPRODUCED' || round >= (CASE.repeat ?? 1)) return result;
  }
}

const EXITS = { REPRODUCED: 1, 'NOT REPRODUCED': 0 };

async function main() {
  const lines = [escaped(CASE.summary), CASE.requirement, ''];
  let last;
  try {
    const { used, fresh, round, verdict, why, entry } = await rounds(target());
    lines.push(...transcript('Used run:', used, entry), ...transcript('Fresh run:', fresh[0]));
    last = { verdict, why: round === 1 ? why : `${why} (round ${round})` };
  } catch (error) {
    last = { verdict: 'COULD NOT RUN', why: error.message };
  }
  process.stdout.write(`${lines.join('\n')}\n${last.verdict}: ${escaped(last.why)}\n`);
  process.exitCode = EXITS[last.verdict] ?? 3;
}

await main();
