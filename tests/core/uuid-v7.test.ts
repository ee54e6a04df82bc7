import assert from 'node:assert/strict';
import test from 'node:test';
import { uuidV7 } from '../../src/core/uuid-v7.ts';

test('ids have the form of version 7, are all different, and begin with the time', () => {
  const before = Date.now();
  const ids = Array.from({ length: 1000 }, () => uuidV7());
  const after = Date.now();
  assert.equal(new Set(ids).size, 1000);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    assert.ok(time >= before && time <= after);
  }
});
