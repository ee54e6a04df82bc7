import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { VersionedTransaction } from '@solana/web3.js';
import { carSections } from '../support/car-sections.ts';
import { buildSamples } from '../support/sample-archive.ts';

/** Goal: data/samples is what its builder makes, and holds what expected.json promises. */

const samples = fileURLToPath(new URL('../../data/samples/', import.meta.url));

interface Expected {
  readonly sessions: readonly {
    readonly epoch: number;
    readonly session: string | null;
    readonly shape: string;
    readonly program: string;
    readonly decode: string;
    readonly sha256: string;
    readonly total_chunks: number;
    readonly finalize_slot: number;
    readonly finalize_signature: string;
  }[];
  readonly files: Readonly<Record<string, string>>;
}

const expected = JSON.parse(readFileSync(join(samples, 'expected.json'), 'utf8')) as Expected;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('building the samples again gives the same bytes', async (t) => {
  const outDir = mkdtempSync(join(tmpdir(), 'millrace-samples-'));
  t.after(() => rmSync(outDir, { recursive: true }));
  await buildSamples(outDir, new AbortController().signal);
  const rebuilt = readFileSync(join(outDir, 'expected.json'), 'utf8');
  assert.deepEqual(JSON.parse(rebuilt), expected);
  for (const [file, sum] of Object.entries(expected.files)) {
    assert.equal(sha256(readFileSync(join(samples, file))), sum, file);
  }
});

test('the sessions in the samples join to the promised files', () => {
  const data = instructionData();
  const sessions = expected.sessions.filter(({ shape }) => shape === 'session');
  assert.equal(sessions.length, 6);
  for (const { session, decode, sha256: sum, total_chunks } of sessions) {
    const chunks = [...(data.get(session ?? '') ?? [])].sort((a, b) => a.index - b.index);
    assert.deepEqual(
      chunks.map(({ index }) => index),
      Array.from({ length: total_chunks }, (_, i) => i),
    );
    const whole = chunks.some(({ perChunk }) => perChunk)
      ? Buffer.concat(chunks.map(({ text }) => Buffer.from(text.toString(), 'base64')))
      : Buffer.concat(chunks.map(({ text }) => text));
    const decoded = decode === 'base64' && !chunks[0]?.perChunk;
    assert.equal(sha256(decoded ? Buffer.from(whole.toString(), 'base64') : whole), sum);
  }
});

interface FoundChunk {
  readonly index: number;
  readonly text: Buffer;
  readonly perChunk: boolean;
}

/** Chunks by session account, read with web3.js and the documented offsets only. */
function instructionData(): Map<string, FoundChunk[]> {
  const found = new Map<string, FoundChunk[]>();
  for (const epoch of [588, 589]) {
    const car = readFileSync(join(samples, `${epoch}/epoch-${epoch}.car`));
    for (const { node } of carSections(car)) {
      if (node[0] !== 0) continue;
      const wire = (node[1] as unknown[])[4] as Uint8Array;
      const { message } = VersionedTransaction.deserialize(wire);
      for (const { programIdIndex, accountKeyIndexes, data } of message.compiledInstructions) {
        const program = message.staticAccountKeys[programIdIndex]?.toBase58() ?? '';
        const session = message.staticAccountKeys[accountKeyIndexes[1] ?? -1]?.toBase58() ?? '';
        const chunk = chunkOf(program, Buffer.from(data));
        if (chunk !== null) found.set(session, [...(found.get(session) ?? []), chunk]);
      }
    }
  }
  return found;
}

function chunkOf(program: string, data: Buffer): FoundChunk | null {
  if (program.startsWith('4jB7') && data[0] === 4) {
    return { index: data.readUInt32LE(17), text: data.subarray(22), perChunk: true };
  }
  if (program.startsWith('9KLL') && data.subarray(0, 8).toString('hex') === 'd108657ba5cd6c36') {
    const text = data.subarray(16, 16 + data.readUInt32LE(12));
    return { index: data.readUInt32LE(8), text, perChunk: false };
  }
  return null;
}
