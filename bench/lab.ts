/**
 * Connections a second that afresh makes against a server, beside what a bare loop makes of the same session.
 *
 *     node bench/lab.ts [NAME…]
 *
 * The session is EHLO, STARTTLS, handshake, EHLO, QUIT, with 8 in flight for 5 s each, loop and afresh in turns, so
 * that what the machine does meanwhile falls on both. Rates vary; their quotient is what counts (0.8 and more).
 */

import net from 'node:net';
import tls from 'node:tls';
import { probe } from '../src/probe.ts';
import { run } from '../src/run.ts';
import type { Scenario } from '../src/scenario.ts';
import { LAB_SERVERS } from '../src/targets/lab/servers.ts';
import { targetOf } from '../src/targets/registry.ts';

const IN_FLIGHT = 8;
const TURNS = 5;
const TURN = 1_000;

const SESSION: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [{ kind: 'ehlo', name: 'b' }],
};

/** The bare session: resolves when it is over, however it ended. */
function bare(port: number): Promise<void> {
  return new Promise(resolve => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => resolve());
    let stage = 0;
    const talk = (stream: net.Socket, script: readonly string[], done: () => void): void => {
      let text = '';
      stream.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1');
        if (!/^\d{3}(?: .*)?\r\n$/m.test(text)) return;
        text = '';
        const line = script[stage++];
        if (line === undefined) done();
        else stream.write(line);
      });
    };
    talk(socket, ['EHLO a.example\r\n', 'STARTTLS\r\n'], () => {
      socket.removeAllListeners('data');
      const secure = tls.connect({ socket, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
      stage = 0;
      talk(secure, ['QUIT\r\n'], () => secure.end());
      secure.on('error', () => {}).on('close', () => resolve());
      secure.write('EHLO b.example\r\n');
    });
  });
}

/** How many sessions end within `TURN` ms, with `IN_FLIGHT` at once. */
async function turn(session: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let count = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() - start < TURN) {
      await session();
      count++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (1_000 * count) / (performance.now() - start);
}

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[values.length >> 1] ?? 0;

const names = process.argv.slice(2);
const chosen = names.length > 0 ? names : [...LAB_SERVERS.map(({ name }) => name), 'smtp-server', 'haraka'];
process.stdout.write('target       bare loop     afresh  quotient\n');
for (const name of chosen) {
  const target = await targetOf(name).start();
  const { stage, speech } = await probe(target);
  const port = Number(target.address.split(':').at(-1));
  const rates: Record<'bare' | 'afresh', number[]> = { bare: [], afresh: [] };
  for (let index = 0; index < TURNS; index++) {
    rates.bare.push(await turn(() => bare(port)));
    rates.afresh.push(await turn(() => run(stage, SESSION, { ...speech, nonce: `z${index}abcdefghi` })));
  }
  await target.stop();
  const [loop, ours] = [median(rates.bare), median(rates.afresh)];
  process.stdout.write(
    `${name.padEnd(12)} ${loop.toFixed(0).padStart(7)}/s ${ours.toFixed(0).padStart(8)}/s ${(ours / loop).toFixed(2).padStart(9)}\n`,
  );
}
