import { expect, test } from 'vitest';
import { CampaignFile, campaignOf } from '../../src/campaign/file.ts';
import { newState } from '../../src/campaign/state.ts';
import { liveView, type Working } from '../../src/campaign/view.ts';
import { newUnit } from './units.ts';

const targets = Array.from({ length: 50 }, (_, index) => ({ name: `t${index}`, target: 'reference' }));
const campaign = campaignOf(CampaignFile.parse({ targets }), '/', { mode: 'nightly' });
const progress = { scenarios: 9, connections: 9, states: 1, transitions: 1, findings: 0, elapsed: 1_000 };
const working: Working = new Map([[newUnit('t40.explore.0', { name: 't40' }), progress]]);

test('the live view fits into the terminal, and shows who is at work', () => {
  const lines = liveView(campaign, newState(), working, 0, { columns: 80, rows: 24 });
  expect(lines.length).toBeLessThan(24);
  for (const line of lines) expect(line.length).toBeLessThan(80);
  expect(lines[2]).toMatch(/^t40 +explore +9 /);
  expect(lines.at(-1)).toBe('and 30 more targets');
});

test('where there is room, targets stand in the order of the campaign', () => {
  const lines = liveView(campaign, newState(), working, 0, { columns: 80, rows: 60 });
  expect(lines.slice(2).map(line => line.split(' ')[0])).toEqual(targets.map(({ name }) => name));
});
