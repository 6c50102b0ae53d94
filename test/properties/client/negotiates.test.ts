import { expect, test } from 'vitest';
import { negotiates } from '../../../properties/client/negotiates.ts';
import { ClientExperiment } from '../../../src/client/experiment.ts';
import { CLEAN, type FAILURES, type Script } from '../../../src/client/script.ts';
import { authority, caFile } from '../../client/authority.ts';
import { saying } from '../../client/saying.ts';

/** No ClientHello, but what looks like one to a server that makes the handshake fail. */
const HELLO = '\u0016\u0003\u0001\u0000\u0004none';
const OPENING = ['EHLO a\r\n', 'STARTTLS\r\n', HELLO];

const failing = (how: (typeof FAILURES)[number]): Script => ({
  errand: {},
  before: [],
  upgrade: { ...CLEAN, handshake: { kind: 'failed', how } },
  after: [],
});

/** What a client that says this has done wrong. */
async function signatures(
  tls: 'required' | 'opportunistic',
  script: Script,
  ...connections: readonly (readonly string[])[]
): Promise<readonly string[]> {
  const stage = { client: saying(...connections), authority, caFile, tls, limit: 10_000 };
  const experiment = new ClientExperiment({ stage, claims: [negotiates], jobs: 1 });
  return (await experiment.examine(script)).deviations.map(
    ({ signature, level }) => `${level}: ${signature}`,
  );
}

const GOES_ON = 'should: goes on in plaintext on a connection whose handshake failed';

test.each(['required', 'opportunistic'] as const)(
  'plaintext on a connection whose handshake failed is a deviation, TLS being %s',
  async tls => {
    const mail = 'MAIL FROM:<a@b.example>\r\n';
    expect(await signatures(tls, failing('reply'), [...OPENING, mail])).toEqual([GOES_ON]);
    expect(await signatures(tls, failing('garbage'), [...OPENING, 'EHLO a\r\n', mail])).toEqual([GOES_ON]);
    // What the server cannot read makes it fail by itself.
    const sound = { ...failing('reply'), upgrade: CLEAN };
    expect(await signatures(tls, sound, [...OPENING, mail])).toEqual([GOES_ON]);
  },
);

test('a new connection without TLS is none, nor is QUIT, nor what is left of the handshake', async () => {
  const plain = ['EHLO a\r\n', 'MAIL FROM:<a@b.example>\r\n', 'QUIT\r\n'];
  for (const how of ['reply', 'fin', 'rst'] as const)
    expect(await signatures('opportunistic', failing(how), OPENING, plain)).toEqual([]);
  expect(await signatures('opportunistic', failing('reply'), [...OPENING, 'QUIT\r\n'])).toEqual([]);
  expect(await signatures('opportunistic', failing('reply'), [...OPENING, '\u0001\u0002\r\n'])).toEqual([]);
});
