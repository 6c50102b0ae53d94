/**
 * Where the user asked for TLS, nothing goes out without it: no credentials, no envelope, no message, on any
 * connection of the run, whatever the server says: no STARTTLS in its list, a refusal, a handshake that fails.
 */

import type { Deviation } from '../../src/claim.ts';
import type { ClientClaim } from '../../src/client/claim.ts';
import type { Script } from '../../src/client/script.ts';
import { STRAY, signatureOf } from '../../src/client/signature.ts';
import { type Credentials, SECRETS } from '../../src/client/spell.ts';
import type { ClientTranscript, Entry } from '../../src/client/transcript.ts';
import { tokenIn } from '../../src/nonce.ts';

const FORBIDDEN = new Set(['auth', 'mail', 'rcpt', 'data', 'bdat', 'bdat-last', 'message']);

/** Whether a text holds anything that the client was given to say, in clear or in base64. */
const holdsSecret = (text: string, nonce: string): boolean =>
  tokenIn(text, nonce, Object.values(SECRETS)) !== undefined;

/** What the erratum names. */
const ENVELOPE = new Set(['MAIL', 'RCPT']);

const verbOf = (entry: Entry): string =>
  entry.kind === 'said' ? entry.verb.toUpperCase() : 'something in place of the ClientHello';

/** Whether STARTTLS comes behind it on the same connection: the client does not do without, it is too soon. */
const comesLater = ({ entries }: ClientTranscript, entry: Entry): boolean =>
  entries
    .slice(entries.indexOf(entry))
    .some(
      other => other.connection === entry.connection && other.kind === 'said' && other.verb === 'starttls',
    );

/** Whether TLS was on before, and of use: then nothing kept the client from it. */
const comesAfterTls = ({ entries }: ClientTranscript, entry: Entry): boolean =>
  entries
    .slice(0, entries.indexOf(entry))
    .some(other => other.secure && other.kind === 'said' && other.verb !== 'quit');

/** Whether it was sent with STARTTLS, and not in view of the answer, or of a reply too many that was taken for it. */
function comesWith({ before }: Script, { entries }: ClientTranscript, entry: Entry): boolean {
  if (before.some(({ kind }) => kind === 'extra')) return false;
  if (entry.kind === 'stray') return entry.early === true;
  const last = entries
    .slice(0, entries.indexOf(entry))
    .findLast(other => other.connection === entry.connection && other.kind === 'said');
  return entry.kind === 'said' && entry.early && last?.kind === 'said' && last.verb === 'starttls';
}

export const requiredTls: ClientClaim = {
  id: 'client-required-tls',
  title: 'With TLS required, no credentials, envelope or message in plaintext',
  requirement: 'rfc3207-6-require-tls',
  exercised: ({ tls, transcript }) =>
    tls === 'required' && transcript.entries.some(({ kind, secure }) => kind === 'said' && !secure),
  judge: ({ tls, script, transcript }) => {
    if (tls !== 'required') return [];
    const { entries, nonce } = transcript;
    const sent = entries.findIndex(entry => isForbidden(entry, nonce));
    const told = entries.findIndex(entry => tellsInPassing(entry, nonce));
    return [
      ...(told !== -1 && (sent === -1 || told < sent) ? givenAway(entries[told], nonce) : []),
      ...(sent === -1 ? [] : goneOut(script, transcript, entries[sent])),
    ];
  },
};

const isForbidden = (entry: Entry, nonce: string): boolean =>
  !entry.secure &&
  ((entry.kind === 'said' && FORBIDDEN.has(entry.verb)) ||
    (entry.kind === 'stray' && holdsSecret(entry.bytes, nonce)));

/** Whether a command that anybody may send, such as EHLO, holds what nobody is to know. */
const tellsInPassing = (entry: Entry, nonce: string): boolean =>
  !entry.secure && entry.kind === 'said' && !FORBIDDEN.has(entry.verb) && holdsSecret(entry.text, nonce);

/** What all deviations of the claim have in common. */
const ALIKE = {
  claim: 'client-required-tls',
  level: 'must',
  proof: 'sighting',
  step: -1,
  fresh: 'nothing of it in plaintext',
} as const;

const WHAT: Readonly<Record<keyof Credentials, string>> = {
  user: "the user's name",
  password: 'the password',
  from: 'the sender',
  to: 'the recipient',
  mark: 'words of the message',
};

function givenAway(entry: Entry | undefined, nonce: string): readonly Deviation[] {
  if (entry?.kind !== 'said') return [];
  const [what] = (Object.keys(WHAT) as (keyof Credentials)[]).filter(
    one => tokenIn(entry.text, nonce, [SECRETS[one]]) !== undefined,
  );
  const verb = verbOf(entry);
  return [
    {
      ...ALIKE,
      requirement: 'rfc3207-6-require-tls',
      used: entry.text,
      summary: `TLS was asked for, and the client tells ${WHAT[what ?? 'user']} in plaintext, in ${verb}`,
      signature: signatureOf({ kind: 'given away', verb }),
    },
  ];
}

function goneOut(
  script: Script,
  transcript: ClientTranscript,
  said: Entry | undefined,
): readonly Deviation[] {
  if (said === undefined) return [];
  const verb = verbOf(said);
  const early = comesLater(transcript, said);
  const tooSoon = early && ENVELOPE.has(verb);
  const late = !early && comesAfterTls(transcript, said);
  return [
    {
      ...ALIKE,
      requirement: tooSoon ? 'rfc3207-errata-no-mail-before' : 'rfc3207-6-require-tls',
      used: said.kind === 'said' ? said.text : said.kind === 'stray' ? said.bytes : '',
      summary: `TLS was asked for, and the client sends ${verb} ${early ? 'before STARTTLS' : `in plaintext${late ? ', having been in TLS' : ''}`}`,
      signature: signatureOf(
        comesWith(script, transcript, said)
          ? STRAY
          : said.kind === 'said'
            ? { kind: early ? 'before STARTTLS' : late ? 'after TLS' : 'plaintext', verb }
            : { kind: 'other', text: `plaintext ${verb}` },
      ),
    },
  ];
}
