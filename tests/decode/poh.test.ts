import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import { nextPohHash, signaturesRoot } from '../../src/decode/poh.ts';

/** Goal: the chain of hashes follows the rules of the ledger; the real chain is followed in the acceptance tests. */

const sha = (...parts: Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');
const start = Buffer.alloc(32, 5);
const signatures = [1, 2, 3].map((fill) => Buffer.alloc(64, fill));

test('a tick hashes as often as it says', () => {
  assert.deepEqual(nextPohHash(start, { numHashes: 0n, signatures: [] }, 10), start);
  assert.deepEqual(nextPohHash(start, { numHashes: 2n, signatures: [] }, 10), sha(sha(start)));
});

test('an entry with transactions mixes their signatures into its last hash', () => {
  const root = signaturesRoot(signatures);
  const mixed = sha(sha(start), root);
  assert.deepEqual(nextPohHash(start, { numHashes: 2n, signatures }, 10), mixed);
  assert.deepEqual(nextPohHash(start, { numHashes: 0n, signatures }, 10), sha(start, root));
});

test('the root over three signatures pairs the last with itself', () => {
  const [a, b, c] = signatures.map((signature) => sha(Buffer.of(0), signature));
  assert(a !== undefined && b !== undefined && c !== undefined);
  const left = sha(Buffer.of(1), a, b);
  const right = sha(Buffer.of(1), c, c);
  assert.deepEqual(signaturesRoot(signatures), sha(Buffer.of(1), left, right));
  assert.deepEqual(signaturesRoot(signatures.slice(0, 1)), a);
});

test('an entry that claims more hashes than allowed is refused before any work', () => {
  const step = { numHashes: 2n ** 63n, signatures: [] };
  assert.throws(() => nextPohHash(start, step, 1_000_000), { code: 'RECORD_TOO_LARGE' });
});
