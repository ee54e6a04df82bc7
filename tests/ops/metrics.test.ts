import assert from 'node:assert/strict';
import test from 'node:test';
import { createMetrics } from '../../src/ops/metrics.ts';

test('our metrics carry our prefix, and counters end in _total', async () => {
  const { registry } = createMetrics();
  const own = (await registry.getMetricsAsJSON()).filter(({ name }) =>
    name.startsWith('millrace_'),
  );
  assert(own.length > 10);
  for (const { name, help, type } of own) {
    assert.match(name, /^millrace_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), String(type) === 'counter', name);
    assert.match(help, /\.$/);
  }
});

test('two sets of metrics live side by side', async () => {
  const [a, b] = [createMetrics(), createMetrics()];
  a.readBytes.inc(5);
  assert.match(await a.registry.metrics(), /millrace_archive_read_bytes_total 5/);
  assert.match(await b.registry.metrics(), /millrace_archive_read_bytes_total 0/);
});
