import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { addArchiveCommand } from '../../src/cli/archive-command.ts';
import { makeArchive } from '../support/archive-made.ts';
import { type CliRun, runCommand } from '../support/cli-run.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { flipBit } from '../support/verify-run.ts';

/** Goal: what a person or a program sees of archive commands, with exit codes that tell broken from whole. */

const REAL_BLOCK = fileURLToPath(new URL('../fixtures/ledger/254170887.json.zst', import.meta.url));
const EPOCH = 3;
const FIRST = EPOCH * 432_000;

const archive = (...words: string[]): Promise<CliRun> =>
  runCommand(addArchiveCommand, ['archive', ...words]);

test('inspect lists nodes behind a header line, as text and as JSON', async (t) => {
  const { carPath } = await makeArchive(tempFolder(t), { epoch: EPOCH, slots: [FIRST, FIRST + 2] });
  const text = await archive('inspect', carPath);
  assert.equal(text.exitCode, 0);
  assert.match(text.out[0] ?? '', /^header of 59 bytes, roots bafyrei\w+, file of \d+ bytes$/);
  assert.match(text.out[1] ?? '', / +59 +\d+ transaction +bafyrei\w+ slot=1296000 index=0 /);
  assert.match(text.out.at(-1) ?? '', / epoch +bafyrei\w+ epoch=3 subsets=1$/);
  const json = await archive('inspect', carPath, '--json');
  const items = json.out.map((line) => JSON.parse(line) as { type: string; offset?: number });
  assert.equal(items.length, text.out.length);
  assert.deepEqual([items[0]?.type, items[1]?.type, items[1]?.offset], ['header', 'node', 59]);
});

test('inspect shows only the kinds and only as many nodes as asked for', async (t) => {
  const slots = [FIRST, FIRST + 2, FIRST + 3];
  const { carPath } = await makeArchive(tempFolder(t), { epoch: EPOCH, slots });
  const { out } = await archive('inspect', carPath, '--kind', 'block,epoch', '--limit', '3');
  assert.deepEqual(
    out.slice(1).map((line) => line.match(/slot=(\d+)/)?.[1]),
    slots.map(String),
  );
  const none = await archive('inspect', carPath, '--limit', '0');
  assert.equal(none.out.length, 1);
  await assert.rejects(archive('inspect', carPath, '--kind', 'blocks'), /no kind blocks; expected/);
  await assert.rejects(archive('inspect', carPath, '--limit', 'x'), /expected a whole number/);
});

test('inspect ends with 2 where the file is broken: it names the section or the offset', async (t) => {
  const { carPath } = await makeArchive(tempFolder(t), { epoch: EPOCH, slots: [FIRST] });
  writeFileSync(`${carPath}.cut`, readFileSync(carPath).subarray(0, -10));
  const cut = await archive('inspect', `${carPath}.cut`);
  assert.equal(cut.exitCode, 2);
  assert.match(cut.notes.join('\n'), /^error: reading at offset \d+: expected a whole section/);
  flipBit(carPath, 120);
  const flipped = await archive('inspect', carPath, '--kind', 'epoch');
  assert.equal(flipped.exitCode, 2);
  assert.match(flipped.out[1] ?? '', /^ +59 .*FAULT: its bytes are not what its CID says$/);
});

test('verify ends with 0 and says what was proven of a whole archive', async (t) => {
  const base = tempFolder(t);
  await makeArchive(base, { epoch: EPOCH, slots: [FIRST, FIRST + 2] });
  const { out, exitCode } = await archive('verify', `${EPOCH}`, '--poh', '--archive', base);
  assert.equal(exitCode, 0);
  assert.match(out.join('\n'), /2 read, 431,998 not in the archive \(epoch 3 by slot-ranges\)/);
  assert.match(out.join('\n'), /8 read, 8 CIDs right/);
  assert.match(out.join('\n'), /3 entries proven by 24 hashes/);
  assert.match(out.join('\n'), /chain start unverified: slot 1296000 follows slot 1295999/);
  assert.equal(out.at(-1), 'no faults');
  const plain = await archive('verify', `${EPOCH}`, '--archive', base);
  assert.doesNotMatch(plain.out.join('\n'), /proven|unverified|gap/);
});

test('verify ends with 2 and lists each fault of a broken archive', async (t) => {
  const base = tempFolder(t);
  const slots = [FIRST, FIRST + 2, FIRST + 3];
  const { carPath } = await makeArchive(base, { epoch: EPOCH, slots });
  flipBit(carPath, Math.floor(readFileSync(carPath).indexOf('01711220', 200, 'hex') + 50));
  const words = ['verify', `${FIRST}:${FIRST + 9}`, '--archive', base];
  const text = await archive(...words);
  assert.equal(text.exitCode, 2);
  assert.match(text.out.join('\n'), /^fault: slot \d+ at offset \d+, unreadable: /m);
  assert.equal(text.out.at(-1), 'faults: 1');
  const json = await archive(...words, '--json');
  const report = JSON.parse(json.out[0] ?? '') as { slots: number; faults: { kind: string }[] };
  assert.deepEqual([report.slots, report.faults.map(({ kind }) => kind)], [2, ['unreadable']]);
  assert.equal(json.exitCode, 2);
});

test('pack writes an archive of a real block that verify then proves', async (t) => {
  const base = tempFolder(t);
  const packed = await archive('pack', '--epoch', '588', '--out', base, REAL_BLOCK);
  assert.match(packed.out.join('\n'), /1 slots, 602 transactions/);
  assert.match(packed.out.join('\n'), /^ {2}epoch-588\.car$/m);
  const { exitCode, out } = await archive('verify', '588', '--archive', base, '--json');
  assert.equal(exitCode, 0);
  assert.equal((JSON.parse(out[0] ?? '') as { transactions: number }).transactions, 602);
});

const packErrors: readonly [string, string[], RegExp][] = [
  ['a block of another epoch', ['--epoch', '3', REAL_BLOCK], /slot 254170887 of epoch 588/],
  ['a file that is not there', ['--epoch', '588', '/nowhere/1.json'], /no such file.*nothing was/],
  ['a network that is a path', ['--epoch', '588', '--network', '../x', REAL_BLOCK], /hyphens/],
];

for (const [what, words, message] of packErrors) {
  test(`pack refuses ${what} and leaves no file`, async (t) => {
    const base = tempFolder(t);
    const run = archive('pack', '--out', base, ...words);
    await assert.rejects(run, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'USAGE');
      assert.match(error.message, message);
      return true;
    });
    const left = readdirSync(base).flatMap((folder) => readdirSync(join(base, folder)));
    assert.deepEqual(left, []);
  });
}

test('pack never writes over an archive that is there', async (t) => {
  const base = tempFolder(t);
  const { carPath } = await makeArchive(base, { epoch: 588, slots: [588 * 432_000] });
  const before = readFileSync(carPath);
  const run = archive('pack', '--epoch', '588', '--out', base, REAL_BLOCK);
  await assert.rejects(run, { code: 'USAGE' });
  assert(existsSync(carPath) && readFileSync(carPath).equals(before));
});

test('pack refuses a file of other JSON, naming file and place', async (t) => {
  const file = join(tempFolder(t), 'other.json');
  writeFileSync(file, '[{"slot": 7}]');
  await assert.rejects(archive('pack', '--epoch', '0', '--out', tempFolder(t), file), {
    code: 'RECORD_MALFORMED',
    message: /other\.json/,
  });
});
