import assert from 'node:assert/strict';
import test from 'node:test';
import { deliveryKeyOf, uploadKeyOf } from '../../src/store/delivery-key.ts';
import type { NewDelivery } from '../../src/store/outbox.ts';
import { newDelivery } from '../support/delivery-samples.ts';
import { tempStore } from '../support/temp-store.ts';

const NONE: ReadonlySet<number> = new Set();
const ERROR = { code: 'SINK_UNREACHABLE', message: 'no', retryable: true, fields: {} } as const;
const RECEIPT = { sha256: 'aa', file: 'f', now: 9 };

test('an entry waits until its time, and its payload comes back byte for byte', (t) => {
  const { outbox } = tempStore(t);
  const delivery: NewDelivery = newDelivery('k1', Buffer.from([0, 255, 10]));
  assert.equal(outbox.enqueue(delivery, 100), 'queued');
  assert.deepEqual(outbox.due(99, 10, NONE), []);
  const [entry] = outbox.due(100, 10, NONE);
  assert(entry);
  assert.deepEqual(entry.facts, delivery.facts);
  assert.deepEqual(outbox.payload(entry.id), delivery.payload);
  assert.deepEqual(outbox.due(100, 10, new Set([entry.id])), []);
  assert.equal(outbox.nextTryAt(new Set([entry.id])), undefined);
});

test('one key is queued once and never again after it was accepted, but another target is', (t) => {
  const { outbox } = tempStore(t);
  const delivery = newDelivery('k1', Buffer.from('x'));
  assert.equal(outbox.enqueue(delivery, 1), 'queued');
  assert.equal(outbox.enqueue(delivery, 1), 'already-queued');
  const [entry] = outbox.due(1, 1, NONE);
  assert(entry);
  outbox.acknowledge(entry, RECEIPT);
  assert.deepEqual(outbox.counts(null), { waiting: 0, dead: 0 });
  assert.equal(outbox.payload(entry.id), undefined);
  assert.equal(outbox.enqueue(delivery, 2), 'already-delivered');
  assert.equal(outbox.enqueue({ ...delivery, target: 'http://other/' }, 2), 'queued');
});

test('postponed entries come back at their time; dead ones only when they are revived', (t) => {
  const { outbox } = tempStore(t);
  outbox.enqueue({ ...newDelivery('k1', Buffer.from('x')), job: 'j1' }, 1);
  const [entry] = outbox.due(1, 1, NONE);
  assert(entry);
  outbox.postpone(entry.id, 50, ERROR);
  assert.equal(outbox.nextTryAt(NONE), 50);
  assert.equal(outbox.due(50, 1, NONE)[0]?.attempts, 1);
  outbox.bury(entry.id, ERROR);
  assert.deepEqual(outbox.due(1e9, 1, NONE), []);
  assert.deepEqual(outbox.counts('j1'), { waiting: 0, dead: 1 });
  assert.deepEqual(outbox.list(null, 9)[0]?.error, ERROR);
  assert.equal(outbox.revive('another job', 60), 0);
  assert.equal(outbox.revive('j1', 60), 1);
  assert.deepEqual([outbox.due(60, 1, NONE)[0]?.attempts, outbox.nextTryAt(NONE)], [0, 60]);
});

test('a delivery key depends on what the chain says and on nothing else', () => {
  const identity = {
    program: 'p',
    session: 's',
    upload: '',
    finalizeSignature: 'f',
    decode: 'none',
  };
  const key = deliveryKeyOf(identity, ['a1', 'b2']);
  assert.equal(deliveryKeyOf({ ...identity }, new Set(['a1', 'b2'])), key);
  assert.notEqual(deliveryKeyOf(identity, ['b2', 'a1']), key);
  assert.notEqual(
    deliveryKeyOf({ ...identity, upload: uploadKeyOf('p', '00') }, ['a1', 'b2']),
    key,
  );
});
