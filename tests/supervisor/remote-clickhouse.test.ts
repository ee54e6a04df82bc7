import assert from 'node:assert/strict';
import test from 'node:test';
import { cliHome, runCli, SAMPLES } from '../support/cli-process.ts';
import { processAlive } from '../support/process-alive.ts';
import { SAMPLE_SLOTS } from '../support/sample-expectations.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';

/** Goal: somebody else's ClickHouse is used as it is, and left as it was found. */

test('a job mirrors its slots to the server that the DSN names, and the server goes on', {
  skip: clickhouseMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  const server = await startService(t, service);
  const home = await cliHome(t, {
    JETSTREAMER_CLICKHOUSE_MODE: 'remote',
    // A slash behind the address is how many write it.
    JETSTREAMER_CLICKHOUSE_DSN: `${service.url}/`,
    MILLRACE_CLICKHOUSE_DATABASE: 'elsewhere',
  });
  const { code, notes } = await runCli(t, home, [
    ...['sessions', SAMPLE_SLOTS],
    ...['--archive', SAMPLES],
  ]);
  assert.equal(code, 0, notes);
  assert.equal(processAlive(server.pid ?? 0), true);
  const sql = `SELECT
    (SELECT count(), sum(transaction_count) FROM elsewhere.jetstreamer_slot_status FINAL),
    (SELECT count() FROM elsewhere.millrace_sessions FINAL) FORMAT TSV`;
  const reply = await fetch(service.url, { method: 'POST', body: sql });
  assert.equal((await reply.text()).trim(), '(50,671)\t7');
});
