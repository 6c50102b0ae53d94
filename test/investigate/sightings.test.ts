import { expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import type { Examination } from '../../src/experiment.ts';
import { newSightings } from '../../src/investigate/sightings.ts';

const examination = (): Examination => ({}) as Examination;
const by = (claim: string): Deviation => ({ claim }) as Deviation;

test('an examination counts once for a defect, however often it is taken up and by however many claims', () => {
  const sightings = newSightings();
  const first = examination();
  sightings.add('keeps login', first, [by('handler-state'), by('markers')]);
  sightings.add('keeps login', first, [by('fresh-connection')]);
  sightings.add('keeps greeting', first, [by('fresh-connection')]);
  sightings.add('keeps login', examination(), [by('handler-state')]);
  expect(sightings.count('keeps login')).toBe(2);
  expect([...sightings.claims('keeps login')]).toEqual(['handler-state', 'markers', 'fresh-connection']);
  expect([...sightings.claims('keeps greeting')]).toEqual(['fresh-connection']);
});

test('what was never seen has no count and no claims', () => {
  const sightings = newSightings();
  expect(sightings.count('keeps login')).toBe(0);
  expect(sightings.claims('keeps login').size).toBe(0);
});

test('what turns out to be another defect is that from then on, and by all claims that told of either', () => {
  const sightings = newSightings();
  sightings.add('glued burst', examination(), [by('handler-state')]);
  sightings.add('glued burst', examination(), [by('handler-state')]);
  sightings.add('glued lines', examination(), [by('markers')]);
  sightings.rename('glued burst', 'glued lines');
  expect([sightings.count('glued burst'), sightings.count('glued lines')]).toEqual([0, 2]);
  expect(sightings.claims('glued burst').size).toBe(0);
  expect([...sightings.claims('glued lines')]).toEqual(['markers', 'handler-state']);
  sightings.rename('glued lines', 'glued lines');
  expect(sightings.count('glued lines')).toBe(2);
});
