/**
 * A message sent in TLS is delivered as from a fresh connection: trace header, envelope and body.
 *
 * One that did not come in time says nothing: deliveries are late for reasons of their own.
 */

import type { Claim, Evidence } from '../src/claim.ts';
import { pairDeviation } from './pair.ts';

const hasCome = ({ used }: Evidence): boolean => used.deliveries.some(({ text }) => text !== undefined);

export const deliveredMail: Claim = {
  id: 'delivered-mail',
  title: 'A message sent in TLS is delivered as from a fresh connection',
  requirement: 'rfc3207-4.2-server-discards',
  exercised: evidence => evidence.paired && hasCome(evidence),
  judge: ({ paired, differences }) => {
    if (!paired) return [];
    const late = new Set(differences.filter(({ place }) => place === 'delivered').map(({ step }) => step));
    return differences
      .filter(({ aspect, step }) => (aspect === 'header' || aspect === 'body') && !late.has(step))
      .map(difference => pairDeviation(deliveredMail, difference));
  },
};
