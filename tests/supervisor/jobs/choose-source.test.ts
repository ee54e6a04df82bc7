import assert from 'node:assert/strict';
import test from 'node:test';
import { chooseSource } from '../../../supervisor/jobs/choose-source.ts';

const rates = {
  rpcRequestsPerSecond: 10,
  archiveBytesPerSecond: 50_000_000,
  bytesPerSlot: 1_500_000,
};
const window = { start: 1000, end: 2000 };

test('few transactions in a wide window are fetched by RPC', () => {
  const facts = {
    signatures: 20,
    truncated: false,
    window,
    archive: { reachable: true, bytes: null },
  } as const;
  assert.deepEqual(chooseSource(facts, rates), {
    source: 'rpc',
    reason:
      'Reading by RPC: 20 transactions by RPC take 2 s, 1,000 slots of the archive (about 2 GB) take 30 s.',
  });
});

test('many transactions in a small window are read from the archive', () => {
  const facts = {
    signatures: 12_000,
    truncated: false,
    window,
    archive: { reachable: true, bytes: 40_000_000 },
  } as const;
  assert.deepEqual(chooseSource(facts, rates), {
    source: 'archive',
    reason:
      'Reading from the archive: 1,000 slots of the archive (40 MB) take 1 s, 12,000 transactions by RPC take 20 min.',
  });
});

test('an archive that cannot serve the window leaves RPC, and the reason is told', () => {
  const archive = { reachable: false, reason: 'epoch 925 is not there yet' } as const;
  const chosen = chooseSource({ signatures: 90_000, truncated: false, window, archive }, rates);
  assert.equal(chosen.source, 'rpc');
  assert.match(chosen.reason, /epoch 925 is not there yet.*3 h/);
});

test('a cut-off list is mentioned when RPC is chosen', () => {
  const archive = { reachable: true, bytes: null } as const;
  const chosen = chooseSource({ signatures: 20, truncated: true, window, archive }, rates);
  assert.match(chosen.reason, /page limit/);
});
