import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

/** Goal: the rules about structure that no linter knows hold for every file. */

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each folder may import besides itself; anything not listed is forbidden. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/model': ['src/core'],
  'src/config': ['src/core', 'src/model'],
  'src/ops': ['src/core', 'src/model'],
  'src/store': ['src/core', 'src/model', 'src/ops'],
  'src/sources': ['src/core', 'src/model'],
  'src/decode': ['src/core', 'src/model'],
  'src/protocols': ['src/core', 'src/model', 'src/decode'],
  'src/sinks': ['src/core', 'src/model'],
  'src/pack': ['src/core', 'src/model', 'src/decode'],
  'src/pipelines': [
    'src/core',
    'src/model',
    'src/sources',
    'src/decode',
    'src/protocols',
    'src/sinks',
    'src/ops',
  ],
  'src/cli': [
    'src/core',
    'src/model',
    'src/config',
    'src/ops',
    'src/pack',
    'src/pipelines',
    'src/sinks',
    'supervisor',
  ],
  workers: ['src/core', 'src/model', 'src/ops', 'src/pipelines'],
  supervisor: [
    'src/core',
    'src/model',
    'src/config',
    'src/ops',
    'src/store',
    'src/sinks',
    'src/protocols',
  ],
};

function sourceFiles(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).flatMap((name) => {
    const inside = join(folder, name);
    if (statSync(join(root, inside)).isDirectory()) return sourceFiles(inside);
    return name.endsWith('.ts') ? [inside] : [];
  });
}

const folders = ['src', 'supervisor', 'workers'];
const files = folders.flatMap(sourceFiles);

function roomOf(file: string): string {
  const parts = file.split('/');
  return parts[0] === 'src' ? `${parts[0]}/${parts[1]}` : (parts[0] ?? '');
}

function relativeImports(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const found = source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map((match) => relative(root, resolve(root, dirname(file), match[1] ?? '')));
}

test('every import goes in an allowed direction', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const room = roomOf(file);
    const may = allowed[room];
    assert(may !== undefined, `${room} is missing in the allow-list`);
    for (const target of relativeImports(file)) {
      const targetRoom = roomOf(target);
      if (targetRoom !== room && !may.includes(targetRoom)) wrong.push(`${file} → ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('one protocol never imports another', () => {
  const wrong = files
    .filter((file) => file.startsWith('src/protocols/'))
    .flatMap((file) =>
      relativeImports(file)
        .filter((target) => target.startsWith('src/protocols/'))
        .filter((target) => target.split('/')[2] !== file.split('/')[2])
        .map((target) => `${file} → ${target}`),
    );
  assert.deepEqual(wrong, []);
});

test('no file is longer than 300 lines', () => {
  const long = files
    .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > 300);
  assert.deepEqual(long, []);
});

test('file names say what is inside: no utils, helpers, common or manager', () => {
  const vague = files.filter((file) =>
    /(^|[/-])(utils?|helpers?|common|misc|manager)(\.|-|\/)/.test(file),
  );
  assert.deepEqual(vague, []);
});

test('nothing unfinished and nothing switched off is left in the code', () => {
  const marks = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck|expect-error)|\bas any\b/;
  const found = [...files, ...sourceFiles('tests'), ...sourceFiles('bench')]
    .filter((file) => file !== 'tests/tidy.test.ts')
    .filter((file) => marks.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(found, []);
});
