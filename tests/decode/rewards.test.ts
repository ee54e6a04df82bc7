import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { OperatingError } from '../../src/core/errors.ts';
import { decodeRewards } from '../../src/decode/rewards.ts';
import { ZstdDecoder } from '../../src/decode/zstd.ts';

/** Goal: rewards of every age read alike; broken bytes are named. */

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([u64(BigInt(value.length)), Buffer.from(value)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const KEY = 'Ninja1spj6n9t5hVYgF3PdnYz2PLnkt7rvaw3firmjs';

const long = Buffer.concat([
  u64(3n),
  ...[text(KEY), u64(-5n), u64(1000n), Buffer.of(1), u32(0), Buffer.of(0)],
  ...[text(KEY), u64(7n), u64(2000n), Buffer.of(1), u32(3), Buffer.of(1, 10)],
  ...[text(KEY), u64(9n), u64(3000n), Buffer.of(0), Buffer.of(0)],
]);

const short = Buffer.concat([u64(2n), text(KEY), u64(-5n), text(KEY), u64(6n)]);

function protobuf(type: number | null): Buffer {
  const reward = Buffer.concat([
    Buffer.of(0x0a, KEY.length),
    Buffer.from(KEY),
    Buffer.from('10f6ffffffffffffffff01', 'hex'),
    Buffer.of(0x18, 0x90, 0x4e),
    ...(type === null ? [] : [Buffer.of(0x20, type)]),
    Buffer.of(0x2a, 1, 0x38),
  ]);
  return Buffer.concat([Buffer.of(0x0a, reward.length), reward, Buffer.from('12020805', 'hex')]);
}

test('real rewards of epoch 39 are a bincode list without elements', () => {
  const zstd = new ZstdDecoder(1 << 20);
  for (const name of ['rewards_raw0', 'rewards_raw1']) {
    const node = readFileSync(new URL(`../fixtures/ledger/nodes/${name}.cbor`, import.meta.url));
    const payload = zstd.decompress(node, node.indexOf('28b52ffd', 'hex'), node.length);
    assert.equal(payload.toString('hex'), '0000000000000000');
    assert.deepEqual(decodeRewards(payload), { rewards: [], numPartitions: null });
  }
});

test('the long bincode form keeps type and commission', () => {
  assert.deepEqual(decodeRewards(long).rewards, [
    { pubkey: KEY, lamports: -5n, postBalance: 1000n, type: 'fee', commission: null },
    { pubkey: KEY, lamports: 7n, postBalance: 2000n, type: 'voting', commission: '10' },
    { pubkey: KEY, lamports: 9n, postBalance: 3000n, type: 'unspecified', commission: null },
  ]);
});

test('the short bincode form knows key and lamports alone', () => {
  assert.deepEqual(decodeRewards(short).rewards, [
    { pubkey: KEY, lamports: -5n, postBalance: 0n, type: 'unspecified', commission: null },
    { pubkey: KEY, lamports: 6n, postBalance: 0n, type: 'unspecified', commission: null },
  ]);
});

test('protobuf rewards are read with every type, 0 and unknown ones too', () => {
  const types = [null, 0, 1, 2, 3, 4, 9].map((type) => decodeRewards(protobuf(type)));
  const words = types.map(({ rewards }) => rewards[0]?.type);
  const unspecified = 'unspecified';
  assert.deepEqual(words, [
    unspecified,
    unspecified,
    'fee',
    'rent',
    'staking',
    'voting',
    unspecified,
  ]);
  assert.deepEqual(types[2], {
    rewards: [{ pubkey: KEY, lamports: -10n, postBalance: 10_000n, type: 'fee', commission: '8' }],
    numPartitions: 5,
  });
});

test('no bytes are protobuf without rewards', () => {
  assert.deepEqual(decodeRewards(new Uint8Array(0)), { rewards: [], numPartitions: null });
});

test('counts of ten and eighteen, which look like protobuf tags, are still bincode', () => {
  for (const count of [10, 18]) {
    const one = Buffer.concat([text(KEY), u64(1n)]);
    const list = Buffer.concat([u64(BigInt(count)), ...Array.from({ length: count }, () => one)]);
    assert.equal(decodeRewards(list).rewards.length, count);
  }
});

test('a claimed count of billions, every changed byte and every truncation end in a result or a named error', () => {
  assert.throws(() => decodeRewards(u64(4_000_000_000n)), { code: 'RECORD_MALFORMED' });
  for (const bytes of [long, short, protobuf(1)]) {
    for (let at = 0; at < bytes.length; at++) {
      for (const byte of [0, 1, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        for (const given of [changed, changed.subarray(0, at)]) {
          try {
            decodeRewards(given);
          } catch (error) {
            assert(error instanceof OperatingError && error.code === 'RECORD_MALFORMED');
          }
        }
      }
    }
  }
});
