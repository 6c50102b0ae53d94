/**
 * Finding about a client → a fake server of one file that shows it without afresh, for the people who maintain the
 * client. The players in `reproducer/` are real programs; this file puts another case in the place of their sample.
 */

import { readFileSync } from 'node:fs';
import { commented, laidOut, type ReproducerKind } from '../reproducer.ts';
import { cited, REQUIREMENTS } from '../smtp/requirements.ts';
import { ADDRESS, type Authority } from './authority.ts';
import type { KeptScript } from './corpus.ts';
import { lookForClient } from './look.ts';
import { type Script, type Step, sparing } from './script.ts';
import { type Answers, type Said, type Speech, type Spelled, spell } from './spell.ts';

/** Stands wherever a run has random tokens. */
const SPEECH: Speech = { nonce: 'ztoken' };

export function clientReproducer(kind: ReproducerKind, entry: KeptScript, authority: Authority): string {
  const { summary, requirement, difference, scenario, signature } = entry;
  const { handshake } = scenario.upgrade;
  const look = lookForClient(signature, {
    used: difference.used,
    mechanisms: scenario.after.flatMap(mechanismsOf),
    nonce: SPEECH.nonce,
  });
  const { source, text } = REQUIREMENTS[requirement];
  const data = laidOut(
    {
      summary,
      requirement: { source, text },
      expected: difference.fresh,
      ...(look === undefined ? {} : { look }),
      server: part(scenario),
      ...(scenario.spared === undefined
        ? {}
        : {
            spared: scenario.spared,
            first: { server: part(sparing(scenario)), ...authority.leaves.right },
          }),
      ...(scenario.errand.address === true ? { host: ADDRESS } : {}),
      ca: authority.ca,
      ...authority.leaves[handshake.kind === 'sound' ? handshake.certificate : 'right'],
    },
    '',
  );
  const comment = kind === 'mjs' ? '//' : '#';
  const head = [
    summary,
    cited(REQUIREMENTS[requirement]),
    `Seen: ${difference.used}. Expected: ${difference.fresh}.`,
    `The client was run as: ${entry.client.join(' ')} (${entry.software}).`,
  ].map(line => `${comment} ${commented(line)}`);
  // In JSON no three quotation marks stand in a row.
  const constant = kind === 'mjs' ? `const CASE = ${data};` : `CASE = json.loads(r"""\n${data}\n""")`;
  return PLAYERS[kind].replace(SAMPLE, () => [...head, constant].join('\n'));
}

/** Those that a line of EHLO's list offers, in whichever way it is written. */
function mechanismsOf(step: Step): readonly string[] {
  if (step.kind === 'auth') return step.mechanisms;
  const [, ...words] =
    step.kind === 'keyword' && /^auth\b/i.test(step.keyword) ? step.keyword.split(/[ =]/) : [];
  return words;
}

/** What the server says that is not what a plain one says. */
function part(script: Script): Spelled {
  const spelled = spell(script, SPEECH);
  const { secure: plain } = spell({ ...script, before: [], after: [] }, SPEECH);
  return {
    ...spelled,
    plaintext: unusual(spelled.plaintext, plain) as Answers,
    secure: unusual(spelled.secure, plain) as Answers,
  };
}

/** The answers that are not what a plain server says. */
const unusual = (answers: Answers, plain: Answers): Readonly<Record<string, Said>> =>
  Object.fromEntries(
    Object.entries(answers).filter(
      ([verb, said]) => JSON.stringify(said) !== JSON.stringify(plain[verb as keyof Answers]),
    ),
  );

const player = (file: string): string =>
  readFileSync(new URL(`./reproducer/${file}`, import.meta.url), 'utf8');

const PLAYERS: Readonly<Record<ReproducerKind, string>> = {
  mjs: player('server.mjs'),
  py: player('server.py'),
};

/** The lines between which a player keeps its sample. */
const SAMPLE = /^[^\n]* <case>\n.*^[^\n]* <\/case>$/ms;
