import assert from 'node:assert/strict';
import test from 'node:test';
import { parseLogLevels } from '../../src/ops/log-level.ts';
import { namedLogger, openLogger } from '../../src/ops/logger.ts';
import { logSupervisorEvent, type SupervisorEvent } from '../../supervisor/supervisor-events.ts';

test('each event of the tree is one line that names the child, at a level that fits', () => {
  const path = 'root/nats';
  const error = new Error('it broke');
  const events: [SupervisorEvent, string, RegExp][] = [
    [{ type: 'ready', path, pid: 7, tookMs: 30 }, 'info', /is ready after 30 ms/],
    [{ type: 'finished', path }, 'info', /has finished/],
    [{ type: 'stopped', path, tookMs: 5 }, 'info', /has stopped after 5 ms/],
    [{ type: 'restart', path, delayMs: 250, restarts: 2 }, 'warn', /restarted in 250 ms/],
    [{ type: 'silent', path, silentMs: 60_000.4, error: 'e' }, 'warn', /answered for 60000 ms/],
    [{ type: 'ended', path, error }, 'error', /it broke/],
    [{ type: 'stop-failed', path, error }, 'error', /it broke/],
    [{ type: 'gave-up', path, error }, 'error', /it broke/],
  ];
  for (const [event, level, text] of events) {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = openLogger({ levels: parseLogLevels('trace'), format: 'json', destination });
    logSupervisorEvent(() => log, event);
    assert.equal(lines.length, 1);
    const line = JSON.parse(lines[0] ?? '');
    assert.equal(line.level, level);
    assert.equal(line.child, path);
    assert.match(line.msg, text);
    assert.match(line.msg, /^root\/nats /);
  }
});

test('a child’s events stand under its name, so that RUST_LOG can quieten one of them', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const levels = parseLogLevels('info,clickhouse=off');
  const log = openLogger({ levels, format: 'json', destination });
  const loggerOf = (child: string) => namedLogger(log, child, levels);
  for (const path of ['millrace/services/clickhouse', 'millrace/services/nats']) {
    logSupervisorEvent(loggerOf, { type: 'ready', path, pid: 7, tookMs: 30 });
  }
  const names = lines.map((line) => JSON.parse(line).name);
  assert.deepEqual(names, ['nats']);
});
