/** A scenario in a few words: what a reader has to type to see it. */

import { isScript, type Script, type Step as ScriptStep } from '../../client/script.ts';
import type { Glue, Scenario, Step, Upgrade } from '../../scenario.ts';

/** One entry a step; the upgrade with what goes with it is one. */
export interface StepLabel {
  readonly text: string;
  readonly where: 'plaintext' | 'upgrade' | 'tls';
}

export function stepLabels(scenario: Scenario | Script): readonly StepLabel[] {
  const { before, upgrade, after } = scenario;
  return [
    ...before.map(step => ({ text: stepLabel(step), where: 'plaintext' as const })),
    {
      text: isScript(scenario) ? answerLabel(scenario.upgrade) : upgradeLabel(scenario.upgrade),
      where: 'upgrade',
    },
    ...after.map(step => ({
      text: stepLabel(step),
      where: upgrade.handshake.kind === 'sound' ? ('tls' as const) : ('plaintext' as const),
    })),
  ];
}

/** What a server that is put to a client says to STARTTLS. */
const answerLabel = ({ code, lines: _, unanswered, handshake, ...glue }: Script['upgrade']): string =>
  [
    unanswered === undefined ? `${code} to STARTTLS` : `no answer to STARTTLS: ${unanswered}`,
    ...Object.entries(glue).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
    handshake.kind === 'sound'
      ? `TLS ${handshake.version === '1.2' ? '' : 'up to '}${handshake.version}, certificate: ${handshake.certificate}`
      : `handshake fails: ${handshake.how}`,
  ].join(', ');

function stepLabel(step: Step | ScriptStep): string {
  const { kind, ...rest } = step;
  const options = Object.entries(rest).map(([key, value]) =>
    value === true ? key : `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [kind.toUpperCase(), ...options].join(' ');
}

function upgradeLabel({
  spelling,
  argument,
  piped,
  split,
  glued,
  segment,
  eager,
  handshake,
}: Upgrade): string {
  const tls =
    handshake.kind === 'sound'
      ? `TLS ${handshake.version}${handshake.resumed === undefined ? '' : ', resumed'}${handshake.sni === true ? ', SNI' : ''}${handshake.certificate === true ? ', client certificate' : ''}`
      : `handshake fails: ${handshake.how}`;
  return [
    `STARTTLS${argument === undefined ? '' : ` ${argument}`}${spelling === undefined ? '' : ` (${spelling})`}`,
    ...(piped === true ? ['in one segment with what comes before it'] : []),
    ...(split === undefined
      ? []
      : [`in two segments, cut ${split === 'verb' ? 'in its verb' : 'before its LF'}`]),
    ...(glued === undefined ? [] : [`glued to it ${glueLabel(glued)}`]),
    ...(segment === undefined ? [] : [`behind the 220 ${glueLabel(segment)}`]),
    ...(eager === true ? ['ClientHello in the same segment'] : []),
    tls,
  ].join(', ');
}

function glueLabel({ lines, times, fragment }: Glue): string {
  const whole = lines.map(stepLabel).join(' / ');
  return [
    ...(whole === '' ? [] : [`[${whole}]${times > 1 ? ` ×${times}` : ''}`]),
    ...(fragment === undefined ? [] : [`[${stepLabel(fragment)}] without a line end`]),
  ].join(' and ');
}
