/** What the tests of the client role share: clients whose every run is told, so that chance is no matter of luck. */

import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { ClientExperiment } from '../../src/client/experiment.ts';
import { clientNamed } from '../../src/client/known.ts';
import { observeClient } from '../../src/client/observe.ts';
import { fresh, type Script } from '../../src/client/script.ts';
import type { ClientTranscript, Entry, Utterance } from '../../src/client/transcript.ts';
import { authority, caFile } from './authority.ts';

const HANDSHAKE: Entry = {
  at: 0,
  connection: 0,
  secure: true,
  kind: 'handshake',
  result: 'completed',
  detail: 'right',
};

/** A run in which these lines were said in TLS. */
export function saying(...lines: readonly string[]): ClientTranscript {
  const said = lines.map(
    (text): Entry => ({
      at: 0,
      connection: 0,
      secure: true,
      kind: 'said',
      verb: (text.split(' ')[0] ?? '').toLowerCase() as Utterance,
      text,
      early: false,
    }),
  );
  return {
    nonce: 'zabcdefghi',
    entries: [HANDSHAKE, ...said],
    exit: { kind: 'exited', code: 0, output: '' },
  };
}

/** A run in which these lines were said in plaintext, and TLS did not come about. */
export function plainly(...lines: readonly string[]): ClientTranscript {
  const { entries, ...rest } = saying(...lines);
  return {
    ...rest,
    entries: entries.filter(({ kind }) => kind === 'said').map(entry => ({ ...entry, secure: false })),
  };
}

/** A run that was cut off, since after these lines the client was still. */
export function still(...lines: readonly string[]): ClientTranscript {
  const { entries, ...rest } = saying(...lines);
  const ended: Entry = { at: 0, connection: 0, secure: true, kind: 'ended', by: 'server', idle: true };
  return { ...rest, entries: [...entries, ended], exit: { kind: 'exited', code: 1, output: '' } };
}

/** How a client acts in its used and in its fresh runs, which are counted from 0. */
export interface Part {
  readonly used: (run: number, script: Script) => ClientTranscript;
  readonly fresh: (run: number) => ClientTranscript;
}

/** An experiment in which nothing is started. */
export function acted(part: Part): ClientExperiment {
  const experiment = new ClientExperiment({
    stage: { client: clientNamed('reference'), authority, caFile, tls: 'required', limit: 10_000 },
    claims: CLIENT_CLAIMS,
    jobs: 8,
  });
  const counts = { used: 0, fresh: 0 };
  experiment.run = async (script: Script) => {
    const which = JSON.stringify(script) === JSON.stringify(fresh(script)) ? 'fresh' : 'used';
    const transcript = part[which](counts[which]++, script);
    experiment.counts.runs++;
    return { transcript, observation: observeClient(transcript) };
  };
  return experiment;
}
