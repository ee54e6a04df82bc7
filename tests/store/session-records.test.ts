import assert from 'node:assert/strict';
import test from 'node:test';
import { uploadKeyOf } from '../../src/store/delivery-key.ts';
import {
  chunk,
  everyType,
  finalize,
  PROGRAM,
  SESSION,
  signatureOf,
} from '../support/iq-samples.ts';
import { tempStore } from '../support/temp-store.ts';

const ARCHIVE = { job: null, exactOrder: true };

test('every type of record comes back with the fields that went in', (t) => {
  const { sessionRecords } = tempStore(t);
  const records = everyType();
  assert.equal(sessionRecords.save(records, ARCHIVE), records.length);
  const keys = [SESSION, signatureOf(13, 0), signatureOf(15, 0)];
  const heads = [...keys.flatMap((key) => sessionRecords.heads(key))];
  heads.push(...sessionRecords.links(signatureOf(13, 0)));
  const back = heads
    .map(({ id, payloadBytes, payloadDigest, payloadKept, ...record }) => {
      const payload = sessionRecords.payload(id);
      assert.equal(payloadKept, payload !== undefined);
      assert.equal(payloadBytes, payload?.length ?? 0);
      return payload === undefined ? record : { ...record, payload };
    })
    .sort((a, b) => a.position.slot - b.position.slot);
  assert.deepEqual(back, records);
});

test('saving the same records again is harmless and leaves no session undecided', (t) => {
  const { sessionRecords } = tempStore(t);
  const records = [chunk(5, 0, 'a'), chunk(6, 1, 'b'), finalize(7, 2)];
  sessionRecords.save(records, ARCHIVE);
  assert.deepEqual(sessionRecords.undecided(10), [SESSION]);
  sessionRecords.markDecided(SESSION, false);
  assert.equal(sessionRecords.save(records, ARCHIVE), 0);
  assert.deepEqual(sessionRecords.undecided(10), []);
  assert.equal(sessionRecords.heads(SESSION).length, 3);
});

test('records come out in chain order, whatever the order of arrival', (t) => {
  const { sessionRecords } = tempStore(t);
  for (const record of [finalize(9, 2), chunk(8, 1, 'b'), chunk(7, 0, 'a')]) {
    sessionRecords.save([record], ARCHIVE);
  }
  const slots = sessionRecords.heads(SESSION).map((head) => head.position.slot);
  assert.deepEqual(slots, [7, 8, 9]);
});

test('the archive’s transaction index replaces the order that RPC gave, and never the other way', (t) => {
  const { sessionRecords } = tempStore(t);
  const known = chunk(5, 0, 'a');
  const byRpc = { ...known, position: { ...known.position, transactionIndex: 0 } };
  const byArchive = { ...known, position: { ...known.position, transactionIndex: 812 } };
  const indexNow = () => sessionRecords.heads(SESSION).map((h) => h.position.transactionIndex);
  sessionRecords.save([byRpc], { job: null, exactOrder: false });
  assert.deepEqual(indexNow(), [0]);
  sessionRecords.save([byArchive], ARCHIVE);
  assert.deepEqual(indexNow(), [812]);
  sessionRecords.save([byRpc], { job: null, exactOrder: false });
  assert.deepEqual(indexNow(), [812]);
});

test('the same instruction read by another layout replaces the first reading', (t) => {
  const { sessionRecords } = tempStore(t);
  sessionRecords.save([chunk(5, 0, 'wrong')], ARCHIVE);
  sessionRecords.markDecided(SESSION, false);
  assert.equal(sessionRecords.save([chunk(5, 4, 'right')], ARCHIVE), 1);
  const [head, ...rest] = sessionRecords.heads(SESSION);
  assert.equal(rest.length, 0);
  assert.equal(head?.type === 'chunk' && head.index, 4);
  assert.equal(sessionRecords.payload(head?.id ?? 0)?.toString(), 'right');
  assert.deepEqual(sessionRecords.undecided(10), [SESSION]);
});

test('the discarded payloads of a decided upload leave the records, and reading them again brings the payloads back', (t) => {
  const { sessionRecords } = tempStore(t);
  const records = [chunk(5, 0, 'a'), chunk(6, 1, 'b'), finalize(7, 2)];
  sessionRecords.save(records, ARCHIVE);
  const upload = uploadKeyOf(PROGRAM, '00'.repeat(16));
  assert.equal(sessionRecords.discardPayloads(SESSION, upload), 0, 'still undecided');
  sessionRecords.markDecided(SESSION, false);
  assert.equal(sessionRecords.discardPayloads(SESSION, uploadKeyOf(PROGRAM, null)), 0);
  assert.equal(sessionRecords.discardPayloads(SESSION, upload), 2);
  const kept = () => sessionRecords.heads(SESSION).map((head) => head.payloadKept);
  assert.deepEqual(kept(), [false, false, false]);
  assert.equal(sessionRecords.save(records, ARCHIVE), 0);
  assert.deepEqual(kept(), [true, true, false]);
});

test('a new link makes the signer’s unfinished lists undecided, and only those', (t) => {
  const { sessionRecords } = tempStore(t);
  const [, , , link, tail] = everyType();
  assert(link && tail);
  sessionRecords.save([tail], ARCHIVE);
  const [list] = sessionRecords.undecided(10);
  assert(list !== undefined);
  sessionRecords.markDecided(list, true);
  sessionRecords.save([link], ARCHIVE);
  assert.deepEqual(sessionRecords.undecided(10), [list]);
  sessionRecords.markDecided(list, false);
  const next = { ...link, position: { ...link.position, slot: 20 }, signature: signatureOf(20, 0) };
  sessionRecords.save([next], ARCHIVE);
  assert.deepEqual(sessionRecords.undecided(10), []);
});
