/**
 * Client × script → transcript: the only place where a script becomes I/O. A server of its own is opened for the run,
 * the client is sent on its errand, and the server is closed when the client has ended.
 */

import { ADDRESS, type Authority, HOST } from './authority.ts';
import type { Client, TlsWish } from './launch.ts';
import { isPlayedOn, type Script, sparing } from './script.ts';
import { serveScript } from './server.ts';
import { credentials, type Speech, type Spelled, spell } from './spell.ts';
import type { ClientTranscript, Exit } from './transcript.ts';

/** Everything that a run needs besides the script. */
export interface ClientStage {
  readonly client: Client;
  readonly authority: Authority;
  /** The file that the authority's certificate stands in. */
  readonly caFile: string;
  readonly tls: TlsWish;
  /** Milliseconds until the client is stopped. */
  readonly limit: number;
  /** Stops clients that run. */
  readonly signal?: AbortSignal;
}

/** Milliseconds after which a client is stopped, unless the user says otherwise. */
export const USUAL_LIMIT = 10_000;

/** How long it may be still, in milliseconds: whoever is given more time as a whole may take longer for each word. */
export const idleOf = ({ client, limit }: Pick<ClientStage, 'client' | 'limit'>): number =>
  client.idle * Math.max(1, limit / USUAL_LIMIT);

export async function runClient(
  stage: ClientStage,
  script: Script,
  speech: Speech,
): Promise<ClientTranscript> {
  const { client, authority, caFile, tls, limit, signal } = stage;
  // Who goes round in circles is known then, and would only take up time and room.
  const circle = new AbortController();
  const [played, spared] = [script, sparing(script)].map(one => spell(one, speech)) as [Spelled, Spelled];
  const server = await serveScript(
    connection => (isPlayedOn(script, connection) ? played : spared),
    authority,
    idleOf(stage),
    () => circle.abort(),
  );
  let exit: Exit;
  try {
    exit = await client.launch(
      {
        ...credentials(speech, script),
        host: script.errand.address === true && client.byName !== true ? ADDRESS : HOST,
        port: server.port,
        ca: authority.ca,
        caFile,
        tls,
        errand: script.errand,
        limit,
      },
      signal === undefined ? circle.signal : AbortSignal.any([signal, circle.signal]),
    );
  } finally {
    await server.stop();
  }
  return { nonce: speech.nonce, entries: server.entries, exit };
}
