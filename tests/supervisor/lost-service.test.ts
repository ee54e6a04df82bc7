import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { cliHome } from '../support/cli-process.ts';
import { freePort } from '../support/free-port.ts';
import { processesNaming, runLauncher } from '../support/launcher-run.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: a supervisor that cannot go on ends by itself, so that whoever started it starts a fresh one. */

/** Is ready like a nats-server, then takes its own program away and ends. */
function vanishingNats(t: TestContext, port: number): string {
  const path = join(tempFolder(t), 'nats-server');
  const serve = `
    const { rmSync } = require('node:fs');
    const end = () => { rmSync('${path}'); process.exit(1); };
    const server = require('node:http').createServer((_, reply) => {
      reply.end('{"status":"ok"}');
      setTimeout(end, 200);
    });
    server.listen(${port}, '127.0.0.1');`;
  const script = `#!/bin/sh
case "$*" in *version*) echo 'nats-server: v2.10.0'; exit;; esac
exec '${process.execPath}' -e '${serve.replaceAll("'", "'\\''")}' -- "$@"
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

test('a service that cannot be started again ends up with 1, and nothing is left running', async (t) => {
  const monitorPort = await freePort();
  const program = vanishingNats(t, monitorPort);
  const home = await cliHome(t, {
    MILLRACE_NATS_MODE: 'auto',
    MILLRACE_NATS_BIN: program,
    MILLRACE_NATS_PORT: String(await freePort()),
    MILLRACE_NATS_MONITOR_PORT: String(monitorPort),
  });
  const { code, said } = await runLauncher(t, { words: ['up'], env: home.env });
  assert.equal(code, 1, said);
  const events = said
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const fatal = events.find(({ level }) => level === 'fatal');
  assert.match(fatal?.msg ?? '', /the supervisor has ended/, said);
  assert(fatal.msg.includes(`expected a program at ${program}`), fatal.msg);
  assert.equal(events.at(-1).msg, 'stopped in order');
  assert.deepEqual(processesNaming(home.dataDir), []);
});
