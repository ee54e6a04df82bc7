import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { decodePublicKey } from '../../../src/core/base58.ts';
import type { PackBlock, PackTransaction } from '../../../src/pack/pack-block.ts';
import { runShard, type ShardRun } from '../../support/run-shard.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { chunkOf, makeUploadArchive } from '../../support/upload-archive.ts';
import { version1Transaction } from '../../support/wire-transaction.ts';

/** Goal: a chunk is found whatever the form of its transaction, and whatever is known of how it went. */

const PROGRAM = '4jB7tZybufNfgs8HRj9DiSCMYfEqb8jWkxKcnZnA1vBt';

/** One block of the archive, holding `transactions` alone. */
async function readBlockOf(
  t: TestContext,
  transactions: readonly PackTransaction[],
): Promise<ShardRun> {
  const change = ([first]: PackBlock[]): PackBlock[] => {
    assert(first !== undefined);
    return [{ ...first, transactions: [...transactions] }];
  };
  const { base, range } = await makeUploadArchive(tempFolder(t), { change });
  return runShard({ base, range });
}

function version1Chunk(text: string): Uint8Array {
  const key = decodePublicKey(PROGRAM);
  assert(key !== undefined);
  const head = Buffer.concat([Buffer.of(4), Buffer.alloc(16, 0x5e), Buffer.alloc(5)]);
  const data = Buffer.concat([head, Buffer.from(text)]);
  const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.from(key)];
  return version1Transaction(keys, [{ program: 2, accounts: [0, 1], data }]);
}

test('a chunk in a version 1 transaction is read, with its first signature', async (t) => {
  // Longer than any transaction of another version may be.
  const text = 'A river that is led onto a wheel. '.repeat(60);
  const run = await readBlockOf(t, [{ wire: version1Chunk(text), metadata: new Uint8Array() }]);
  const [record] = run.records;
  assert(record?.type === 'chunk', JSON.stringify(run.result));
  assert.equal(Buffer.from(record.payload).toString(), text);
  assert.equal(record.program, PROGRAM);
  assert.equal(record.signature.length, 88);
  assert.equal(run.result.type === 'shard' && run.result.counters.transactions, 1);
});

test('where an epoch keeps no metadata, chunks are read and taken for successful', async (t) => {
  const { wire } = chunkOf(21, 0, 'no more is known');
  const run = await readBlockOf(t, [{ wire, metadata: new Uint8Array() }]);
  const [record] = run.records;
  assert(record?.type === 'chunk', JSON.stringify(run.result));
  assert.equal(record.failed, false);
  assert(run.result.type === 'shard');
  assert.deepEqual([run.result.quarantined, run.result.counters.metadataDecoded], [[], 0]);
});
