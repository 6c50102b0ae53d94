/**
 * Hand-written scripts: the plain case of each thing that a client may keep, and of each that may stand in the way of
 * TLS.
 *
 * `check-client` plays them before anything random, unless `--no-examples` is said: what is common is found in the
 * first seconds, in slow clients too. They find nothing that nobody has thought of.
 */

import {
  COMMON_KEYWORDS,
  OFFERED,
  type Offer,
  WITH_OTHERS,
  WITH_PARAMETERS,
} from '../../src/client/offer.ts';
import {
  CERTIFICATES,
  type CertificateKind,
  CLEAN,
  FAILURES,
  type Glue,
  LAPSES,
  type Line,
  type Script,
  SOFTWARE,
  SPELLINGS,
  STARS,
  type Step,
  type Upgrade,
  type Verb,
} from '../../src/client/script.ts';

const AUTH = { kind: 'auth', mechanisms: ['PLAIN', 'LOGIN'] } as const;
const SIZE = { kind: 'size', limit: null } as const;

const script = (changes: Partial<Script>): Script => ({
  errand: { login: true },
  before: [AUTH],
  upgrade: CLEAN,
  after: [AUTH],
  ...changes,
});
const upgraded = (changes: Partial<Upgrade>): Script => script({ upgrade: { ...CLEAN, ...changes } });

/** All that can be offered, and messages that make use of it; in TLS nothing, a login, or a refusal of EHLO. */
const lists: readonly Script[] = [
  ...(['eight-bit', 'utf8-sender'] as const).flatMap(letter => [
    script({ errand: { letter }, before: OFFERED, after: [] }),
    script({ errand: { login: true, letter }, before: OFFERED, after: [AUTH] }),
    script({
      errand: { login: true, letter },
      before: OFFERED,
      after: [{ kind: 'answer', to: 'ehlo', code: 502, lines: 1 }],
    }),
    // Who remembers what was not offered, or goes by what both lists have, shows it where the same is offered in TLS.
    script({ errand: { login: true, letter }, before: OFFERED, after: OFFERED }),
  ]),
  // Commands that go one by one are said in other lines of a client than those that share a segment.
  script({
    errand: { letter: 'eight-bit' },
    before: OFFERED.filter(offer => offer.kind !== 'keyword' || offer.keyword !== 'PIPELINING'),
    after: [],
  }),
];

/** What clients make use of. */
const USED: readonly Offer[] = [
  AUTH,
  SIZE,
  { kind: 'limits', recipients: 1 },
  ...COMMON_KEYWORDS.map((keyword): Offer => ({ kind: 'keyword', keyword })),
];

const SHARES = [0, 1, 2, 3, 4, 5] as const;
/** Three shares for each offer, no two with the same: so of any two each is once in a share that the other is not in. */
const THREES = SHARES.flatMap(one =>
  SHARES.flatMap(two => SHARES.flatMap(three => (one < two && two < three ? [[one, two, three]] : []))),
);

const shareOf = (share: (typeof SHARES)[number]): readonly Offer[] =>
  USED.filter((_, at) => THREES[at]?.includes(share));

/**
 * What is kept may only be used where TLS offers one thing and lacks another, or only be kept where that other was lacking
 * before: each is offered without each other, there and here.
 */
const mixtures: readonly Script[] = SHARES.flatMap(share =>
  [
    { before: OFFERED, after: shareOf(share) },
    { before: shareOf(share), after: [AUTH] },
  ].map(lists => script({ errand: { login: true, letter: 'eight-bit' }, ...lists })),
);

/** What two lists may say of one thing: how much, or that without saying how much. Either may be kept where the other counts. */
const OTHERWISE: readonly (readonly [Offer, Offer])[] = [
  [
    { kind: 'size', limit: 1 },
    { kind: 'size', limit: 100_000_000 },
  ],
  [{ kind: 'size', limit: 1 }, SIZE],
  [
    { kind: 'limits', recipients: 1 },
    { kind: 'limits', recipients: 100 },
  ],
];

/** One after the other, since of all together only what weighs most is seen. */
const limits: readonly Script[] = [
  script({ errand: {}, before: [{ kind: 'size', limit: 1 }], after: [] }),
  script({ before: [AUTH], after: [] }),
  script({ before: [{ kind: 'auth', mechanisms: ['CRAM-MD5'] }] }),
  // Whose order it is that a client tries them in.
  script({ before: [{ kind: 'auth', mechanisms: ['LOGIN', 'PLAIN'] }] }),
  script({ errand: {}, before: [{ kind: 'limits', recipients: 1 }], after: [] }),
  ...OTHERWISE.flatMap(([one, other]) =>
    [one, other].map(offer => script({ errand: {}, before: [offer], after: [offer === one ? other : one] })),
  ),
  // Which hours, priorities or classes there are.
  script({ before: WITH_OTHERS, after: [AUTH, ...WITH_PARAMETERS] }),
  script({ before: WITH_PARAMETERS, after: [AUTH, ...WITH_OTHERS] }),
  // How large a chunk may be; some have chunks of a hundred by themselves.
  script({
    errand: {},
    before: [{ kind: 'size', limit: 97 }],
    after: [
      { kind: 'size', limit: 100_000_000 },
      { kind: 'keyword', keyword: 'CHUNKING' },
    ],
  }),
];

const NAMES: readonly Step[] = [
  { kind: 'greeting', name: 'a', code: 220, lines: 1 },
  { kind: 'ready', name: 'b' },
  { kind: 'unknown', name: 'c' },
];
/** Mechanisms that have a client say to whom it believes to speak. */
const logins: readonly Script[] = (['DIGEST-MD5', 'OAUTHBEARER'] as const).map(mechanism =>
  script({ before: NAMES, after: [{ kind: 'auth', mechanisms: [mechanism] }] }),
);

const refusal = (to: Verb, code: number): Step => ({ kind: 'answer', to, code, lines: 1 });

/** What a client tries when it is refused in TLS may be what the list from before offered. */
const refusals: readonly Script[] = [
  script({ before: OFFERED, after: [{ kind: 'auth', mechanisms: ['PLAIN'] }, refusal('auth', 535)] }),
  script({ before: OFFERED, after: [{ kind: 'auth', mechanisms: ['GSSAPI'] }] }),
  // Who knows the server by a name of before asks it for nothing that is refused.
  script({ before: [...NAMES, AUTH], after: [refusal('ehlo', 502)] }),
  // A list is only replaced by a 250, where any 2yz will do to go on.
  script({ before: OFFERED, after: [refusal('ehlo', 251)] }),
  ...(['mail', 'rcpt', 'data', 'message'] as const).map(verb =>
    script({ errand: {}, before: OFFERED, after: [refusal(verb, verb === 'rcpt' ? 550 : 452)] }),
  ),
];

/** What a client that took note of trouble might do without in TLS. */
const COMMON: readonly Offer[] = [
  AUTH,
  SIZE,
  { kind: 'keyword', keyword: 'PIPELINING' },
  { kind: 'keyword', keyword: '8BITMIME' },
];

const greetings: readonly Script[] = [
  { kind: 'greeting', name: 'a', code: 220, lines: 3, says: 'SMTP' } as const,
  ...([STARS, SOFTWARE] as const).map(
    says => ({ kind: 'greeting', name: 'a', code: 220, lines: 1, says }) as const,
  ),
  { kind: 'ready', name: 'a' } as const,
  { kind: 'ready', name: 'a', long: true } as const,
  ...[502, 421].map(code => refusal('ehlo', code)),
  // Who tries again may do so with another name.
  ...[501, 451].map(code => ({ ...refusal('ehlo', code), once: true }) as const),
  ...(['noop', 'rset'] as const).map(verb => refusal(verb, 502)),
].map(step => script({ errand: { login: true, letter: 'eight-bit' }, before: [step], after: COMMON }));

const behind = (certificate: CertificateKind): Script =>
  upgraded({ handshake: { kind: 'sound', version: '1.3', certificate } });

/** What a client looks for that looks at all. */
const PLAINLY_WRONG: readonly CertificateKind[] = ['wrong-name', 'wrong-issuer', 'expired'];
const certificates: readonly Script[] = PLAINLY_WRONG.map(behind);

const rareCertificates: readonly Script[] = [
  ...CERTIFICATES.filter(kind => kind !== 'right' && !PLAINLY_WRONG.includes(kind)).map(behind),
  // Who looks at certificates in the newest version alone.
  upgraded({ handshake: { kind: 'sound', version: '1.2', certificate: 'wrong-name' } }),
  // Who has no name to compare with.
  script({
    errand: { login: true, address: true },
    upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-name' } },
  }),
  // Who looks at none behind HELO, or behind what is out of the ordinary.
  script({
    before: [refusal('ehlo', 502)],
    upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-issuer' } },
  }),
  script({
    errand: {},
    before: [
      { kind: 'greeting', name: 'a', code: 220, lines: 3, says: 'SMTP' },
      { kind: 'ready', name: 'b' },
      ...OFFERED,
    ],
    upgrade: {
      code: 220,
      lines: 3,
      handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-issuer' },
    },
    after: [],
  }),
];

const obstacles: readonly Script[] = [
  script({ before: [{ kind: 'withhold' }, AUTH] }),
  ...SPELLINGS.map(starttls => script({ before: [{ kind: 'spelling', starttls }, AUTH] })),
  // Who has no login to say goes on where another one gives up.
  script({ errand: {}, before: [{ kind: 'withhold' }], after: [] }),
  script({ errand: {}, before: [refusal('ehlo', 502)], after: [] }),
  ...[454, 451, 500, 501, 502, 503, 504, 530, 554, 421, 250, 354].map(code => upgraded({ code })),
  upgraded({ code: 454, lines: 3 }),
  ...FAILURES.filter(how => how !== 'alert-internal' && how !== 'alert-name').map(how =>
    upgraded({ handshake: { kind: 'failed', how } }),
  ),
  ...LAPSES.map(unanswered => upgraded({ unanswered })),
];

const line = (code: number, more?: true): Line => ({ code, text: 'a', ...(more === true ? { more } : {}) });

/** Longer than a client that does not wait takes for its next command. */
const hold = (on: Verb): Step => ({ kind: 'hold', on, ms: 80 });

/** Behind the 220: whole replies, the beginning of a reply, and the beginning of a line. */
const GLUES: readonly Glue[] = [
  { lines: [line(250)] },
  { lines: [line(502)] },
  { lines: [line(235)] },
  { lines: [{ ...line(250, true) }, { code: 250, text: AUTH }] },
  { lines: [line(250, true), { code: 250, more: true, text: AUTH }, { code: 250, more: true, text: SIZE }] },
  { lines: [], fragment: line(502) },
  { lines: [], fragment: { code: 502, text: '' } },
  { lines: [], fragment: { code: 250, text: AUTH, blank: true } },
  { lines: [], fragment: { ...line(250), blank: true } },
  { lines: [{ ...line(250), long: true }] },
];

const injections: readonly Script[] = [
  ...GLUES.map(glued => script({ upgrade: { ...CLEAN, glued }, after: [] })),
  script({ upgrade: { ...CLEAN, segment: { lines: [line(502)] } } }),
  script({ upgrade: { ...CLEAN, segment: { lines: [line(502)] }, later: true } }),
  upgraded({ lines: 3 }),
  // Who has read the answer to EHLO in step may take what was kept for the next.
  script({ errand: {}, upgrade: { ...CLEAN, glued: { lines: [line(250)] } }, after: [hold('mail')] }),
  script({ upgrade: { ...CLEAN, glued: { lines: [line(235)] } }, after: [AUTH, hold('credentials')] }),
];

/** Who was content with the server once may be less careful when it comes again, for another message or since it got no further. */
const later: readonly Script[] = [
  script({ before: [{ kind: 'withhold' }] }),
  upgraded({ handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-issuer' } }),
].flatMap(one => [
  { ...one, spared: 1 },
  { ...one, after: [...one.after, { kind: 'close', on: 'mail', how: 'fin' } as const], spared: 1 },
  { ...one, after: [...one.after, refusal('mail', 421)], spared: 1 },
]);

/** Who could not come to TLS may come again with less care. */
const again: readonly Script[] = (['alert-version', 'fin'] as const).map(firstFails => ({
  ...behind('wrong-issuer'),
  spared: 1,
  firstFails,
}));

const inTls: readonly Script[] = [
  script({ after: [AUTH, { kind: 'keyword', keyword: 'STARTTLS' }] }),
  ...[451, 554, 421].map(code => script({ after: [AUTH, refusal('mail', code)] })),
  // Who gets no further in TLS may come back without it.
  script({ after: [AUTH, refusal('ehlo', 421)] }),
  ...(['mail', 'ehlo'] as const).map(on => script({ after: [AUTH, { kind: 'close', on, how: 'fin' }] })),
  script({ after: [AUTH, { kind: 'close', on: 'ehlo', how: 'silence' }] }),
];

/** The plain server goes first, then what matters most: of a slow client no more than the first few dozen are played. */
export const CLIENT_EXAMPLES: readonly Script[] = [
  script({ errand: {}, before: [], after: [] }),
  ...lists,
  ...certificates,
  ...injections,
  ...limits,
  ...rareCertificates,
  ...obstacles,
  ...greetings,
  ...refusals,
  ...logins,
  ...mixtures,
  ...inTls,
  ...later,
  ...again,
];
