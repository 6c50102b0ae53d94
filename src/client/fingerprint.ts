/**
 * Names for findings about clients: the knowledge that is kept, where the minimal script shows which; else the effect
 * and the occasion on which it shows. No tokens; the same for the same defect from run to run. Pure.
 */

import type { Deviation } from '../claim.ts';
import { isOffer, type Offer, type Script, type Step } from './script.ts';

/** What in a script is out of the ordinary, the weightiest of it. */
export function occasion({ before, upgrade, after }: Script): string {
  if (before.some(({ kind }) => kind === 'withhold')) return 'where STARTTLS is not offered';
  if (upgrade.code >= 400) return 'where STARTTLS is refused';
  if (upgrade.code !== 220) return `after ${upgrade.code} to STARTTLS`;
  if (upgrade.handshake.kind === 'failed') return 'after a failed handshake';
  if (upgrade.handshake.certificate !== 'right') return 'behind a wrong certificate';
  if (upgrade.segment !== undefined) return 'with bytes behind the 220';
  if (upgrade.glued !== undefined)
    return upgrade.glued.lines.length > 0
      ? 'with lines glued to the 220'
      : 'with a fragment glued to the 220';
  if (before.some(step => !isOffer(step))) return 'after a surprise in plaintext';
  return after.some(({ kind }) => kind === 'close') ? 'where the server ends the connection' : '';
}

/** How an offer is called in EHLO’s list. */
const nameOf = (offer: Offer): string =>
  offer.kind === 'keyword'
    ? (offer.keyword.split(' ')[0] ?? '')
    : offer.kind === 'unknown'
      ? 'an unknown extension'
      : offer.kind.toUpperCase();

const knowledge = (step: Step): string =>
  isOffer(step)
    ? nameOf(step)
    : step.kind === 'answer'
      ? `the answer to ${step.to.toUpperCase()}`
      : step.kind;

export function fingerprintOf(script: Script, { claim, signature, proof }: Deviation): string {
  const known = [...new Set(script.before.map(knowledge))].sort();
  if (proof === 'pair' && claim === 'client-discards') return `keeps ${known.join(' and ') || signature}`;
  if (claim === 'client-injected') return `answered ${occasion(script)}`;
  const where = occasion(script);
  return where === '' ? signature : `${signature} ${where}`;
}
