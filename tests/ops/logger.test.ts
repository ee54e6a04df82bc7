import assert from 'node:assert/strict';
import test from 'node:test';
import { parseLogLevels } from '../../src/ops/log-level.ts';
import { type LogOptions, namedLogger, openLogger } from '../../src/ops/logger.ts';

function capture(text: string | null, format: LogOptions['format'] = 'json') {
  const lines: string[] = [];
  const levels = parseLogLevels(text);
  const log = openLogger({ levels, format, destination: { write: (line) => lines.push(line) } });
  return { log, lines, named: (name: string) => namedLogger(log, name, levels) };
}

test('a plain level holds for everything', () => {
  const { log, lines, named } = capture('warn');
  log.info('quiet');
  named('nats').info('quiet');
  named('nats').warn('loud');
  assert.equal(lines.length, 1);
});

test('RUST_LOG directives set the level of single parts, and words of other programs are ignored', () => {
  const { lines, named } = capture('warn,clickhouse=error,iq_plugin::session=debug,reqwest=noisy');
  named('clickhouse').warn('hidden');
  named('clickhouse').error('shown');
  named('iq-plugin').debug('shown');
  named('reqwest').info('hidden');
  assert.equal(lines.length, 2);
});

test('without any level the log says info and above', () => {
  for (const text of [null, '', 'nonsense=1=2']) {
    assert.equal(parseLogLevels(text).fallback, 'info', String(text));
  }
  assert.equal(parseLogLevels('OFF').fallback, 'silent');
});

test('a JSON line carries level word, time, name and message', () => {
  const { lines, named } = capture('info');
  named('api').info({ port: 8080 }, 'listening');
  const line = JSON.parse(lines[0] ?? '');
  assert.equal(line.level, 'info');
  assert.equal(line.name, 'api');
  assert.equal(line.msg, 'listening');
  assert.equal(line.port, 8080);
  assert.match(line.time, /^\d{4}-\d\d-\d\dT/);
});

test('secrets are in no line, whatever way they are logged', () => {
  const { log, lines } = capture('info');
  log.info({ headers: { authorization: 'Bearer hunter2hunter2' } }, 'request');
  log.info(
    { config: { apiToken: 'hunter2', dsn: 'http://user:hunter2@127.0.0.1:8123/' } },
    'start',
  );
  log.info('connecting to nats://bob:hunter2@host:4222 with Bearer hunter2hunter2');
  log.error(new Error('GET http://x/?password=hunter2&y=1 failed'));
  assert.equal(lines.length, 4);
  for (const line of lines) assert.doesNotMatch(line, /hunter2/);
  assert.match(lines[2] ?? '', /nats:\/\/bob:\*\*\*@host:4222/);
});

test('the readable form is one line of time, level, part and message', () => {
  const { lines, named } = capture('info', 'pretty');
  named('nats').info('ready');
  assert.match(lines[0] ?? '', /^\[\d\d:\d\d:\d\d\.\d+\] INFO: nats: ready\n$/);
});
