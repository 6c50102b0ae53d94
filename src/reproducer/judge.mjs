// What the two runs show: reproduced or not. Part of the reproducer.
//
// Reads what was played, and never the server.

/** The verdict, its reason in one line, and the place ({part, step}) where it shows. */
export function judge(subject, used, fresh) {
  const { look } = subject;
  if (used.outcome === 'unreachable') return { verdict: 'COULD NOT RUN', why: `no connection: ${used.why}` };
  if (used.outcome === 'lost')
    return { verdict: 'COULD NOT RUN', why: 'the used run ended before STARTTLS was answered' };
  if (look.for === 'unseen') return { verdict: 'COULD NOT JUDGE', why: `${look.why}, not to a client` };
  const wanted = subject.used.upgrade.fail === undefined ? 'secure' : 'failed';
  // Plaintext behind the 220 shows where TLS does not come about, too.
  if (used.outcome !== wanted && look.for !== 'plaintext-reply')
    return { verdict: 'NOT REPRODUCED', why: `the used run does not get into TLS (${used.outcome})` };
  return look.for === 'difference' ? compared(subject, used, fresh) : sighted(subject, used, fresh);
}

function compared({ used: run, look }, used, fresh) {
  if (fresh.outcome !== 'secure')
    return { verdict: 'COULD NOT RUN', why: `the fresh run does not get into TLS (${fresh.outcome})` };
  const steps = look.in === 'codes' ? [...run.after.keys(), run.after.length] : [look.step];
  for (const step of steps) {
    const [one, other] = [used, fresh].map(played => aspect(played, step, look));
    if (one === other) continue;
    const verb = run.after[step]?.step.toUpperCase() ?? 'the closing QUIT';
    const why = `${verb} gets ${one || 'nothing'} in the used run, ${other || 'nothing'} in the fresh run`;
    return { verdict: 'REPRODUCED', why, at: { part: 'after', step } };
  }
  return { verdict: 'NOT REPRODUCED', why: 'both runs show the same' };
}

/** Tokens of the run as their letters. */
const masked = (text, nonce) =>
  text.replace(new RegExp(`${nonce}([a-z])`, 'gi'), (_, letter) => `<${letter.toLowerCase()}>`);

/** What is compared of a step. */
function aspect({ entries, nonce }, step, look) {
  const here = entries.filter(entry => entry.part === 'after' && entry.step === step);
  if (look.in === 'codes') return counted(here.flatMap(({ code, end }) => code ?? end ?? []).join(' '));
  return here
    .flatMap(({ lines }) => (lines === undefined ? [] : [described(lines, look)]))
    .map(text => masked(text, nonce))
    .join(' | ');
}

/** Words with repetitions as a number. */
const counted = words =>
  words.replace(/\b(\w+)(?: \1\b){2,}/g, (all, word) => `${word} (${all.split(' ').length} times)`);

const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/;

function described(lines, look) {
  const texts = lines.map(line => line.slice(4));
  const enhanced = ENHANCED.exec(texts[0])?.[1] ?? '';
  if (look.in === 'enhanced') return enhanced;
  if (look.in === 'list') return texts.slice(1).map(keyword).sort().join(', ');
  const line = texts[look.line] ?? '';
  const words = (enhanced !== '' && line.startsWith(enhanced) ? line.slice(enhanced.length + 1) : line).split(
    ' ',
  );
  return words.map((word, at) => (look.varying.includes(at) ? '*' : word)).join(' ');
}

/** `AUTH LOGIN PLAIN`: the parameters of a keyword are a set. */
function keyword(line) {
  const [word, ...parameters] = line.trim().split(/[ =]+/);
  return [word.toUpperCase(), ...parameters.sort()].join(' ');
}

const SIGHT = { answer, 'extra-replies': extraReplies, 'plaintext-reply': plaintextReply, marker };

/** What needs no fresh run: the used run alone shows it. */
function sighted(subject, used, fresh) {
  const seen = SIGHT[subject.look.for](subject, used, fresh);
  if (seen === undefined)
    return { verdict: 'NOT REPRODUCED', why: `the used run does not show it; expected: ${subject.expected}` };
  const { entry, what } = seen;
  const why = `${what}; expected: ${subject.expected}`;
  return { verdict: 'REPRODUCED', why, at: { part: entry.part, step: entry.step } };
}

function answer({ look: { step, matches, plain } }, used, fresh) {
  const pattern = new RegExp(matches, 'i');
  const part = step < 0 ? 'upgrade' : 'after';
  const entry = used.entries.find(
    one => one.part === part && one.step === Math.max(0, step) && one.lines?.some(line => pattern.test(line)),
  );
  if (entry === undefined) return undefined;
  const control = fresh.entries.findLast(one => one.part === 'before' && one.code !== undefined);
  if (plain !== undefined && control?.code !== plain) return undefined;
  return { entry, what: `the answer is "${entry.lines.find(line => pattern.test(line))}"` };
}

/** Behind the closing QUIT, which counts as one more step. */
function extraReplies({ look, used: { after } }, { entries }) {
  const sound = new RegExp(`^(?:${look.sound})$`);
  const extra = entries.filter(
    ({ part, step, code }) => part === 'after' && step === after.length && code && !sound.test(code),
  );
  return extra.length === 0 ? undefined : { entry: extra[0], what: `${extra.length} replies too many` };
}

const REFUSALS = ['221', '421', '454', '554'];

function plaintextReply(_subject, { entries, outcome }) {
  // Where TLS did not come about, a refusal is sound.
  const sound = outcome === 'secure' ? [] : REFUSALS;
  for (const entry of entries) {
    const inPlaintext = entry.stray || (outcome === 'failed' && entry.part === 'after' && entry.code);
    const codes = inPlaintext ? [...entry.text.matchAll(/^([2-5]\d\d)(?:[ \r\n-]|$)/gm)] : [];
    const [, code] = codes.find(([, one]) => !sound.includes(one)) ?? [];
    if (code !== undefined) return { entry, what: `${code} in plaintext behind the 220` };
  }
  return undefined;
}

function marker({ look: { letters } }, { entries, nonce }) {
  for (const entry of entries) {
    const found = letters.find(
      letter => entry.lines && entry.part === 'after' && holds(entry.text, nonce + letter),
    );
    if (found !== undefined)
      return { entry, what: `${nonce}${found}, said in plaintext only, comes back in TLS` };
  }
  return undefined;
}

/** Whether a token stands in a text, as it is or in base64. */
function holds(text, token) {
  const words = text.match(/[A-Za-z0-9+/]{12,}/g) ?? [];
  const decoded = words.flatMap(word => [0, 1, 2, 3].map(start => Buffer.from(word.slice(start), 'base64')));
  return [text, ...decoded.map(bytes => bytes.toString('latin1'))].some(one =>
    one.toLowerCase().includes(token),
  );
}
