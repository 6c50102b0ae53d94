import { describe, expect, test } from 'vitest';
import { CLIENT_EXAMPLES } from '../../../properties/client/examples.ts';
import { CLIENT_CLAIMS } from '../../../properties/client/index.ts';
import { checkClient } from '../../../src/client/check.ts';
import { clientNamed } from '../../../src/client/known.ts';
import { COMMON_KEYWORDS, OTHERWISE_SAID } from '../../../src/client/offer.ts';
import { VARIANTS } from '../../../src/client/reference/behaviour.ts';
import { isSilent, Script } from '../../../src/client/script.ts';
import type { Report } from '../../../src/report/report.ts';
import { authority, caFile } from '../../client/authority.ts';

const PLAYED = CLIENT_EXAMPLES.filter(script => !isSilent(script));

const checked = (variant: string, stopOnFirst: boolean): Promise<Report> =>
  checkClient(
    {
      client: clientNamed(variant === 'sound' ? 'reference' : `reference:${variant}`),
      authority,
      caFile,
      tls: 'required',
      limit: variant === 'never-ends' ? 3_000 : 10_000,
    },
    {
      seed: 1,
      jobs: 8,
      claims: CLIENT_CLAIMS,
      wanted: [],
      scenarios: PLAYED.length,
      examples: CLIENT_EXAMPLES,
      silence: false,
      stopOnFirst,
    },
  );

const names = (faulty: boolean): readonly string[] =>
  VARIANTS.filter(variant => variant.faulty === faulty).map(({ name }) => name);

const numberOf = (step: Script['before'][number]): number | null =>
  step.kind === 'size' ? step.limit : step.kind === 'limits' ? step.recipients : null;

describe('the hand-written scripts', () => {
  test('are scripts, and each stands there once', () => {
    for (const script of CLIENT_EXAMPLES) expect(Script.parse(script)).toEqual(script);
    expect(new Set(CLIENT_EXAMPLES.map(script => JSON.stringify(script))).size).toBe(CLIENT_EXAMPLES.length);
  });

  const keywords = [...COMMON_KEYWORDS];
  const offers = (steps: Script['before'], keyword: string): boolean =>
    steps.some(step => step.kind === 'keyword' && step.keyword === keyword);

  test('offer each extension before TLS without each other one, and neither in it', () => {
    for (const kept of keywords)
      for (const other of keywords.filter(one => one !== kept))
        expect(
          CLIENT_EXAMPLES.some(
            ({ before, after }) =>
              offers(before, kept) && !offers(before, other) && !offers(after, kept) && !offers(after, other),
          ),
          `${kept} without ${other}`,
        ).toBe(true);
  });

  test('offer each extension in TLS without each other one, with all before it', () => {
    const missing = keywords.flatMap(kept =>
      keywords
        .filter(other => other !== kept)
        .filter(
          other =>
            !CLIENT_EXAMPLES.some(
              ({ before, after }) => offers(before, kept) && offers(after, other) && !offers(after, kept),
            ),
        )
        .map(other => `${kept} beside ${other}`),
    );
    expect(missing).toEqual([]);
  });

  test('say in TLS what was said before it with another number, a larger and a smaller one, or with none', () => {
    const numbers = (kind: 'size' | 'limits') =>
      CLIENT_EXAMPLES.flatMap(({ before, after }) =>
        before.flatMap(one =>
          after.flatMap(other =>
            one.kind === kind && other.kind === kind ? [[numberOf(one), numberOf(other)] as const] : [],
          ),
        ),
      );
    for (const kind of ['size', 'limits'] as const) {
      const told = numbers(kind).filter(pair => !pair.includes(null)) as [number, number][];
      expect(told.some(([before, after]) => before < after)).toBe(true);
      expect(told.some(([before, after]) => before > after)).toBe(true);
    }
    const untold = numbers('size').filter(pair => pair[0] !== pair[1]);
    expect(untold.some(([, after]) => after === null)).toBe(true);
    expect(untold.some(([before]) => before === null)).toBe(true);
  });

  test.each(Object.entries(OTHERWISE_SAID))(
    'say "%s" there and "%s" here, and the other way round',
    (...said) => {
      for (const [one, other] of [said, said.toReversed()] as [string, string][])
        expect(CLIENT_EXAMPLES.some(({ before, after }) => offers(before, one) && offers(after, other))).toBe(
          true,
        );
    },
  );

  test.each(['auth', 'mail', 'rcpt', 'data', 'message'])('refuse %s in TLS', verb => {
    const isRefusal = (step: Script['after'][number]): boolean =>
      step.kind === 'answer' && step.to === verb && step.code >= 400;
    expect(CLIENT_EXAMPLES.some(({ after }) => after.some(isRefusal))).toBe(true);
  });

  test('show a wrong certificate to who was refused EHLO, and to who was greeted at length', () => {
    const wrong = CLIENT_EXAMPLES.filter(
      ({ upgrade: { handshake } }) => handshake.kind === 'sound' && handshake.certificate !== 'right',
    );
    expect(wrong.some(({ before }) => before.some(({ kind }) => kind === 'answer'))).toBe(true);
    expect(wrong.some(({ before }) => before.some(({ kind }) => kind === 'greeting'))).toBe(true);
    expect(wrong.some(({ upgrade }) => upgrade.lines > 1)).toBe(true);
  });

  test('show a wrong certificate, and no TLS, to who comes back since it was told to or cut off', () => {
    const later = CLIENT_EXAMPLES.filter(({ spared }) => spared !== undefined);
    const isCut = ({ after }: Script): boolean => after.some(({ kind }) => kind === 'close');
    const isPutOff = ({ after }: Script): boolean =>
      after.some(step => step.kind === 'answer' && step.code === 421);
    for (const ends of [isCut, isPutOff]) {
      const ended = later.filter(ends);
      expect(ended.some(({ before }) => before.some(({ kind }) => kind === 'withhold'))).toBe(true);
      expect(
        ended.some(
          ({ upgrade: { handshake } }) => handshake.kind === 'sound' && handshake.certificate !== 'right',
        ),
      ).toBe(true);
    }
  });

  test.each(names(true))('show the fault "%s"', async name => {
    const report = await checked(name, true);
    expect(report.verdict).toBe('violated');
    expect(report.stats.scenarios).toBeLessThanOrEqual(PLAYED.length);
  });

  test.each(names(false))('accuse no client that is "%s"', async name => {
    expect((await checked(name, false)).findings).toEqual([]);
  });
});
