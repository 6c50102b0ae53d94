/**
 * A message sent in TLS is delivered as from a fresh connection: trace header, envelope and body.
 *
 * One that did not come in time says nothing: deliveries are late for reasons of their own.
 */

import type { Claim, Evidence } from '../src/claim.ts';
import { pairDeviations } from './pair.ts';

const hasCome = ({ used }: Evidence): boolean => used.deliveries.some(({ text }) => text !== undefined);

export const deliveredMail: Claim = {
  id: 'delivered-mail',
  title: 'A message sent in TLS is delivered as from a fresh connection',
  requirement: 'rfc3207-4.2-server-discards',
  exercised: evidence => evidence.paired && hasCome(evidence),
  judge: ({ paired, differences }) => {
    const late = new Set(differences.filter(({ place }) => place === 'delivered').map(({ step }) => step));
    const come = differences.filter(({ step }) => !late.has(step));
    return pairDeviations(deliveredMail, { paired, differences: come }, ['header', 'body']);
  },
};
