import assert from 'node:assert/strict';
import test from 'node:test';
import type { SessionResult } from '../../src/model/session-result.ts';
import { tempStore } from '../support/temp-store.ts';

function result(session: string, state: SessionResult['state']): SessionResult {
  return {
    session,
    program: 'p',
    state,
    conflicts: [],
    total_chunks: 3,
    chunk_count: 2,
    missing: [[1, 1]],
    decode: 'none',
    bytes: 0,
    sha256: null,
    file: null,
    delivered: false,
    first_slot: 1,
    last_slot: 2,
    finalize_slot: null,
    finalize_signature: null,
  };
}

test('the newest decision about an upload replaces the one before', (t) => {
  const { sessionResults } = tempStore(t);
  sessionResults.save(result('s', 'incomplete'), '', 1);
  sessionResults.save(result('s', 'complete'), '', 2);
  sessionResults.save(result('s', 'incomplete'), 'aa', 2);
  assert.deepEqual(
    sessionResults.find('s').map((found) => found.state),
    ['complete', 'incomplete'],
  );
  assert.deepEqual(sessionResults.countByState(), { complete: 1, incomplete: 1, recovered: 0 });
});

test('delivery is noted with the file, and a missing file name keeps the one that was known', (t) => {
  const { sessionResults } = tempStore(t);
  const saved = { ...result('s', 'complete'), file: 'known', sha256: 'aa' };
  sessionResults.save(saved, '', 1);
  sessionResults.markDelivered('s', '', { sha256: 'aa', file: null });
  assert.deepEqual(sessionResults.find('s'), [{ ...saved, delivered: true }]);
  sessionResults.markDelivered('s', '', { sha256: 'aa', file: 'newer' });
  assert.equal(sessionResults.find('s')[0]?.file, 'newer');
});

test('the delivery of an earlier file does not count for the one the upload has become', (t) => {
  const { sessionResults } = tempStore(t);
  sessionResults.save({ ...result('s', 'complete'), sha256: 'bb' }, '', 1);
  sessionResults.markDelivered('s', '', { sha256: 'aa', file: 'old' });
  const [found] = sessionResults.find('s');
  assert.deepEqual([found?.delivered, found?.file], [false, null]);
});

test('lists filter by state and continue after a session', (t) => {
  const { sessionResults } = tempStore(t);
  for (const name of ['c', 'a', 'b']) sessionResults.save(result(name, 'complete'), '', 1);
  sessionResults.save(result('d', 'incomplete'), '', 1);
  const names = (found: SessionResult[]) => found.map((item) => item.session);
  const list = sessionResults.list({ state: 'complete', after: 'a', limit: 9 });
  assert.deepEqual(names(list), ['b', 'c']);
  assert.deepEqual(names(sessionResults.list({ state: null, after: null, limit: 2 })), ['a', 'b']);
});
