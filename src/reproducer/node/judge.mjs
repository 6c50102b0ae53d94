// What the runs show: reproduced or not. Part of the reproducer.
//
// Reads what was played, and never the server. Of two fresh runs: what differs between them varies by itself.

/** The verdict, its reason in one line, and the entry that shows it. */
export function judge({ look, used: { after } }, used, fresh) {
  const lost = [used, ...fresh].find(({ outcome }) => outcome === 'unreachable' || outcome === 'lost');
  if (lost !== undefined) return { verdict: 'COULD NOT RUN', why: lost.why };
  if (look.for === 'nothing') return { verdict: 'COULD NOT JUDGE', why: look.why };
  if (look.for === 'reply') return replied(look, used);
  if (used.outcome !== 'secure') return { verdict: 'NOT REPRODUCED', why: `the used run: ${used.outcome}` };
  if (fresh.some(({ outcome }) => outcome === 'refused' || outcome === 'no TLS'))
    return { verdict: 'COULD NOT RUN', why: 'a fresh run does not get into TLS' };
  return compared(look, after[look.step]?.step ?? 'quit', used, fresh);
}

/** A reply of the used run that proves itself. */
function replied({ part, step, matches }, { entries, nonce }) {
  const pattern = new RegExp(matches.replaceAll('{nonce}', nonce), 'i');
  const here = entries.filter(one => one.part === part && (step === undefined || one.step === step));
  for (const entry of here) {
    const line = entry.lines?.find(text => readings(text).some(reading => pattern.test(reading)));
    if (line !== undefined) return { verdict: 'REPRODUCED', why: `the used run is told "${line}"`, entry };
  }
  return { verdict: 'NOT REPRODUCED', why: 'the used run is told nothing of the kind' };
}

/** A line as it is, and what stands in it in base64. */
const readings = line => [
  line,
  ...(line.match(/[A-Za-z0-9+/]{12,}/g) ?? []).map(word => Buffer.from(word, 'base64').toString('latin1')),
];

function compared(look, verb, used, fresh) {
  const [mine, one, other] = [used, ...fresh].map(run => told(look, run));
  const disagreement = one.length !== other.length || (look.in === 'codes' && String(one) !== String(other));
  if (disagreement) return { verdict: 'COULD NOT JUDGE', why: 'fresh connections disagree among themselves' };
  const isSame = (word, at) => word === one[at] || one[at] !== other[at];
  if (mine.length === one.length && mine.every(isSame))
    return { verdict: 'NOT REPRODUCED', why: 'used and fresh run are told the same' };
  const said = words => words.join(' ') || 'nothing';
  return {
    verdict: 'REPRODUCED',
    why: `${verb.toUpperCase()} is answered "${said(mine)}" in the used run, "${said(one)}" in the fresh run`,
    entry: used.entries.findLast(entry => isAt(look, entry)),
  };
}

const isAt = ({ step }, entry) => entry.part === 'after' && entry.step === step;

/** What the server answered to the step: codes, or all its words with the tokens of the run as their letters. */
function told(look, { entries, nonce }) {
  const here = entries.filter(entry => isAt(look, entry));
  if (look.in === 'codes') return counted(here.flatMap(({ code, end }) => code ?? end ?? []));
  const tokens = new RegExp(`${nonce}([a-z])`, 'gi');
  const masked = line => line.replace(tokens, (_, letter) => `<${letter.toLowerCase()}>`);
  return here.flatMap(({ lines }) => (lines === undefined ? [] : words(lines.map(masked))));
}

/** Lines behind the first, and the words in them, may come in any order: they are lists. */
const words = ([first, ...list]) => [
  ...first.split(' '),
  ...list.map(line => line.slice(4).split(/[ =]+/).sort().join(' ')).sort(),
];

/** Repetitions as a number. */
function counted(codes) {
  const runs = [];
  for (const code of codes) {
    if (runs.at(-1)?.code === code) runs.at(-1).times++;
    else runs.push({ code, times: 1 });
  }
  return runs.map(({ code, times }) => (times === 1 ? code : `${code} (${times} times)`));
}
