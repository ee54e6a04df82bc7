import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { onPath } from '../../supervisor/children/find-program.ts';
import { cliHome } from '../support/cli-process.ts';
import { natsMissing, openNats } from '../support/nats-server.ts';
import { until } from '../support/until.ts';

/** Goal: at a terminal nothing is lost for good without a yes, however else the question is answered. */

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ANSWERS = [
  { name: 'no', keys: 'no\r', code: 1, left: 1 },
  { name: 'Ctrl-C', keys: '\u0003', code: 1, left: 1 },
  { name: 'Ctrl-D', keys: '\u0004', code: 1, left: 1 },
  { name: 'yes', keys: 'yes\r', code: 0, left: 0 },
];
/** `script` of util-linux runs a command at a terminal of its own. */
const skip =
  natsMissing || ((await onPath('script', AbortSignal.timeout(5_000))) === null && 'no script');

test('a question before a loss', { skip }, async (t) => {
  const { service, manager } = await openNats(t);
  const home = await cliHome(t);
  for (const { name, keys, code, left } of ANSWERS) {
    await t.test(name, async (t) => {
      await manager.streams.add({ name: 'asked', subjects: ['asked'] });
      const words = ['ops', 'jetstream', 'delete', 'asked', '--server', service.url];
      const command = [process.execPath, '--import', 'tsx', MAIN, ...words].join(' ');
      const child = spawn('script', ['-qec', command, '/dev/null'], { env: home.env });
      t.after(() => child.kill('SIGKILL'));
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
      });
      const closed = once(child, 'close');
      await until('it asks', () => shown.includes('(yes/no)'));
      child.stdin.write(keys);
      const [exitCode] = await closed;
      assert.equal(exitCode, code, shown);
      assert.equal((await manager.streams.list().next()).length, left);
      if (code !== 0) assert.match(shown, /error: deleting stream asked .*: not done\r?\n$/);
      if (left > 0) await manager.streams.delete('asked');
    });
  }
});
