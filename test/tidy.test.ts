/** What the code promises of itself: which way imports go, what stays pure, how long a file gets, what the README maps. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const files = ['src', 'properties'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name)),
);

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What a file imports: files of ours from the root on, packages and `node:` by their names. */
const importsOf = (file: string): readonly string[] =>
  [...textOf(file).matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'/gms)].map(([, path = '']) =>
    path.startsWith('.') ? relative(root, join(root, file, '..', path)) : path,
  );

describe('pure stages do no I/O', () => {
  const pure = [
    /^src\/smtp\//,
    /^properties\//,
    /^src\/(?:scenario|phase|spell|transcript|observe|compare|noise|verdict|coverage|discovery|reduce|policy)\.ts$/,
    /^src\/investigate\/(?:allowed|effect|finding|fingerprint|names|plainer|sightings|wave)\.ts$/,
    /^src\/generate\//,
    /^src\/report\/(?:junit|sarif|github|terminal|summary|report|merge)\.ts$/,
  ];
  test.each(files.filter(file => pure.some(pattern => pattern.test(file))))('%s', file => {
    // A hash is no I/O.
    expect(importsOf(file).filter(path => path.startsWith('node:') && path !== 'node:crypto')).toEqual([]);
  });
});

test('SMTP knows nothing of scenarios, drivers and what is done with them', () => {
  for (const file of files.filter(name => name.startsWith('src/smtp/')))
    for (const path of importsOf(file)) expect(path, file).toMatch(/^src\/smtp\//);
});

test('no stage before the report knows what a report is', () => {
  const before =
    /^(?:properties\/|src\/(?:drivers|generate|investigate|limits|smtp)\/|src\/(?!check|corpus|index|verdict)[a-z-]+\.ts$)/;
  for (const file of files.filter(name => before.test(name)))
    expect(
      importsOf(file).filter(path => path.startsWith('src/report/')),
      file,
    ).toEqual([]);
});

test('no file imports, by way of others, itself', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (done.has(file) || way.includes(file)) return;
    for (const path of importsOf(file)) if (files.includes(path)) visit(path, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('only the command line imports the command line', () => {
  for (const file of files.filter(name => !name.startsWith('src/cli/')))
    expect(
      importsOf(file).filter(path => path.startsWith('src/cli/')),
      file,
    ).toEqual([]);
});

/** Longer than 300 lines, and why. */
const LONG: Readonly<Record<string, string>> = {
  'src/scenario.ts': 'the alphabet: one schema a step',
};

test('no file is longer than 300 lines without a reason, and no reason is without a file', () => {
  const long = files.filter(file => textOf(file).split('\n').length - 1 > 300);
  expect(long.sort()).toEqual(Object.keys(LONG).sort());
});

test('what a file exports, another one uses', () => {
  const readers = ['src', 'properties', 'test', 'bench'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.[cm]?ts$/.test(name))
      .map(name => join(folder, name)),
  );
  const words = new Map(readers.map(file => [file, new Set(textOf(file).match(/\w+/g))]));
  const unused = files.flatMap(file =>
    [...textOf(file).matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)]
      .map(([, name = '']) => name)
      .filter(name => !readers.some(other => other !== file && words.get(other)?.has(name)))
      .map(name => `${file}: ${name}`),
  );
  expect(unused).toEqual([]);
});

test('every file begins by saying what it is', () => {
  for (const file of files) expect(textOf(file), file).toMatch(/^(?:#![^\n]*\n)?\/\*\*/);
});

test('the README maps all that stands in src', () => {
  const map = textOf('README.md');
  const names = readdirSync(join(root, 'src'), { withFileTypes: true })
    .map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter(name => !map.includes(name));
  expect(names).toEqual([]);
});
