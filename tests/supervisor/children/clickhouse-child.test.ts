import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { processAlive } from '../../support/process-alive.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';

const never = new AbortController().signal;
const skip = clickhouseMissing;

async function query(url: string, sql: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    body: sql,
    headers: { connection: 'close' },
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text.trim();
}

test('the embedded engine serves HTTP, keeps what it acknowledged over SIGKILL, and stops in order', {
  skip,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  const { url } = service;
  const first = await startService(t, service);
  await query(url, 'CREATE DATABASE d');
  await query(url, 'CREATE TABLE d.t (n UInt64) ENGINE = MergeTree ORDER BY n');
  await query(url, 'INSERT INTO d.t SELECT number FROM numbers(1000)');
  process.kill(first.pid ?? 0, 'SIGKILL');
  assert.equal((await first.exited).reason, 'failed');

  const second = await startService(t, service);
  assert.equal(await query(url, 'SELECT count(), sum(n) FROM d.t'), '1000\t499500');
  assert.equal(
    await query(
      url,
      "SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'",
    ),
    '1000000000',
  );
  assert.equal(
    await query(url, "SELECT getSetting('output_format_json_quote_64bit_integers')"),
    'true',
  );
  await second.stop(never);
  assert.deepEqual(await second.exited, { reason: 'normal' });
  assert.equal(processAlive(second.pid ?? 0), false);
  assert(!readdirSync(service.folder.clickhouse).some((name) => name.endsWith('.fifo')));
});

test('a folder that another server holds is named, and nothing is left running', {
  skip,
}, async (t) => {
  const holder = await embeddedClickhouse(t);
  const running = await startService(t, holder);
  const { root } = holder.folder;
  const second = await embeddedClickhouse(t, { root });
  // The second supervisor's own record would end the first as an orphan; a foreign server has no record.
  rmSync(join(holder.folder.run, 'clickhouse.json'));
  await assert.rejects(second.spec.start(never), {
    code: 'DATA_FOLDER',
    message: new RegExp(`${holder.folder.clickhouse}.*another server`),
  });
  assert.equal(processAlive(running.pid ?? 0), true);
});

test('a taken port is named with the remedy though a foreign server answers the probe there', {
  skip,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  const other = createServer((_request, response) => response.end('Ok.\n'));
  await new Promise((resolve) => other.listen(service.port, '127.0.0.1', () => resolve(null)));
  t.after(() => other.close());
  await assert.rejects(service.spec.start(never), {
    code: 'PORT_TAKEN',
    message: new RegExp(`127.0.0.1:${service.port} for ClickHouse.*MILLRACE_CLICKHOUSE_PORT`),
  });
});
