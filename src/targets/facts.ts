/**
 * What is said of a target beside its name: the facts of a target file, and the options of the command line, which
 * win. They are laid over whatever the target knows of itself.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { troubleWith } from '../document.ts';
import { tcpDriver } from '../drivers/tcp.ts';
import type { Mailbox } from '../stage.ts';
import { addressOf, permit, tcpOptions } from './address.ts';
import { openMaildir } from './mail/maildir.ts';
import { openSink } from './mail/sink.ts';
import { type RunningTarget, type Target, TargetError } from './target.ts';

/** Where accepted mail turns up: in a Maildir that is read, or at a port of 127.0.0.1 that is listened on. */
export type DeliveryPlace = { readonly maildir: string } | { readonly sink: number };

export interface TargetFacts {
  readonly login?: { readonly user: string; readonly password: string };
  readonly recipient?: string;
  readonly helo?: string;
  /** The same service in TLS from the first byte, as `smtps://host:port`. */
  readonly implicitTls?: string;
  readonly delivery?: DeliveryPlace;
}

export interface TargetOptions extends TargetFacts {
  /** A host that the user states they may test. */
  readonly authorised?: string;
}

/** The same target, with what is said of it laid over what it says of itself. */
export function withFacts(target: Target, options: TargetOptions): Target {
  const { login, recipient, helo, delivery } = options;
  const implicitTls = options.implicitTls === undefined ? {} : { implicitTls: implicitTlsDriver(options) };
  return {
    ...target,
    start: async () => {
      // A sink must be there before the server that delivers to it.
      const mailbox = delivery === undefined ? undefined : await openMailbox(delivery);
      const running = await target.start().catch(async (error: unknown) => {
        await mailbox?.close();
        throw error;
      });
      return {
        ...running,
        ...(login === undefined ? {} : { login }),
        ...(recipient === undefined ? {} : { recipient }),
        ...(helo === undefined ? {} : { helo }),
        ...implicitTls,
        ...(mailbox === undefined ? {} : { mailbox, stop: () => stopBoth(running, mailbox) }),
      };
    },
  };
}

function implicitTlsDriver({ implicitTls = '', authorised }: TargetOptions) {
  const address = addressOf(implicitTls);
  if (address?.scheme !== 'smtps')
    throw new TargetError(`${implicitTls}: an implicit-TLS address is smtps://host:port`);
  permit(address, authorised);
  return tcpDriver(tcpOptions(address));
}

interface OpenMailbox extends Mailbox {
  close(): Promise<void>;
}

async function openMailbox(delivery: DeliveryPlace): Promise<OpenMailbox> {
  if ('sink' in delivery) return openSink(delivery.sink);
  const { maildir } = delivery;
  try {
    // A folder made by a slip of the pen would be watched in vain.
    await stat(join(maildir, 'new'));
    return await openMaildir(maildir);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = isMissing ? `${maildir}: no Maildir there (it has no folder "new")` : undefined;
    throw new TargetError(why ?? troubleWith(maildir, 'read', error));
  }
}

async function stopBoth(running: RunningTarget, mailbox: OpenMailbox): Promise<void> {
  await running.stop();
  await mailbox.close();
}
