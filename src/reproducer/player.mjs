#!/usr/bin/env node
// Plays an SMTP session over STARTTLS, a fresh connection beside it, and tells them apart.
//
//     node repro.mjs [HOST [PORT]] [--key FILE --cert FILE]     (Node 18.3 or later, nothing else)
//
// The last line says REPRODUCED (exit 1), NOT REPRODUCED (0), COULD NOT RUN or COULD NOT JUDGE (3).
// In CASE, `{a}` is a random token, the same one wherever the letter stands in a run, and `{{` is a brace.
// `look` says what makes the difference. Certificates are not verified.

// <case>
const CASE = {
  summary: 'A sample: MAIL is answered 250 in TLS, but 503 on a fresh connection',
  requirement: {
    source: 'RFC 3207, section 4.2',
    text: 'The server MUST discard any knowledge obtained from the client [...]',
  },
  expected: '503',
  look: { for: 'difference', in: 'codes' },
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
import { judge } from './judge.mjs';
import { play } from './play.mjs';

/** The server, and the files of a client certificate, from the command line. */
function commandLine(words) {
  const target = {};
  const address = [];
  for (let at = 0; at < words.length; at++) {
    const file = /^--(key|cert)$/.exec(words[at]);
    if (file === null) address.push(words[at]);
    else target[file[1]] = readFileSync(words[++at] ?? '');
  }
  const [host = CASE.host, port = CASE.port] = address;
  if (host === undefined || port === undefined) throw new Error('give HOST and PORT of the server');
  if (CASE.used.upgrade.certificate && !(target.key && target.cert))
    throw new Error('this case needs a client certificate: --key FILE --cert FILE');
  return { ...target, host, port: Number(port) };
}

/** A server's words, safe for a terminal. */
const escaped = text =>
  text.replace(/[^ -~]/g, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

const MOST_LINES = 24;
const MOST_WIDTH = 200;

/** What one side said at one place, as lines; of a long burst, its beginning and its end. */
function shown(who, text, mark) {
  const all = text.replace(/\r\n$/, '').split('\r\n');
  const half = MOST_LINES / 2;
  const left = all.length - MOST_LINES;
  const lines = left > 0 ? [...all.slice(0, half), `(${left} more lines)`, ...all.slice(-half)] : all;
  const ending = who === '-' || text.endsWith('\n') ? '' : ' (no line end)';
  return lines.map((line, at) => {
    const more = line.length > MOST_WIDTH ? ` (${line.length - MOST_WIDTH} more bytes)` : '';
    const end = at === lines.length - 1 ? ending : '';
    return `${mark} ${who === '-' ? '--' : `${who}:`} ${escaped(line.slice(0, MOST_WIDTH))}${more}${end}`;
  });
}

/** The transcript of a run; what the server did at the place of the difference is marked. */
function transcript(title, { entries, why }, at) {
  const lines = [title];
  for (let first = 0; first < entries.length; ) {
    const { who, part, step, end } = entries[first];
    let next = first + 1;
    const isSame = one => one?.who === who && one.part === part && one.step === step;
    while (who !== '-' && isSame(entries[next])) next++;
    const marked = (who === 'S' || end !== undefined) && part === at?.part && step === at.step;
    const said = entries.slice(first, next).map(({ text }) => text);
    lines.push(...shown(who, said.join(''), marked ? '>>' : '  '));
    if (part === 'earlier' && entries[next]?.part !== 'earlier') lines.push('   -- a new connection');
    first = next;
  }
  return [...lines, ...(why === undefined ? [] : [`   -- no connection: ${escaped(why)}`]), ''];
}

/** Plays both runs, again if it is a race, until the difference shows. */
async function rounds(target) {
  const most = CASE.repeat ?? 1;
  for (let round = 1; ; round++) {
    const used = await play(CASE.used, target, CASE.lmtp);
    const fresh = await play(CASE.fresh, target, CASE.lmtp);
    const { verdict, why, at } = judge(CASE, used, fresh);
    if (verdict !== 'NOT REPRODUCED' || round >= most)
      return { used, fresh, verdict, at, why: most === 1 ? why : `${why} (round ${round} of ${most})` };
  }
}

const EXITS = { REPRODUCED: 1, 'NOT REPRODUCED': 0 };

async function main() {
  const { summary, requirement } = CASE;
  const head = [escaped(summary), '', `${requirement.source}:`, `"${escaped(requirement.text)}"`, ''];
  process.stdout.write(`${head.join('\n')}\n`);
  try {
    const { used, fresh, verdict, why, at } = await rounds(commandLine(process.argv.slice(2)));
    const lines = [...transcript('Used run:', used, at), ...transcript('Fresh run:', fresh, at)];
    process.stdout.write(`${lines.join('\n')}\n${verdict}: ${escaped(why)}\n`);
    process.exitCode = EXITS[verdict] ?? 3;
  } catch (error) {
    process.stdout.write(`COULD NOT RUN: ${escaped(error.message)}\n`);
    process.exitCode = 3;
  }
}

await main();
