import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { crashPoint, isCrashPoint } from '../../src/ops/crash-point.ts';

test('a point that nobody armed does nothing', () => {
  crashPoint('shard-before-commit');
});

test('only the names of points are points', () => {
  assert.equal(isCrashPoint('delivery-after-post'), true);
  assert.equal(isCrashPoint('toString'), false);
});

test('an armed point kills the process at the asked pass, and other points do not', () => {
  const module = new URL('../../src/ops/crash-point.ts', import.meta.url).href;
  const program = `
    const { armCrashPoint, crashPoint } = await import('${module}');
    armCrashPoint('shard-after-commit', 3);
    for (let pass = 1; pass < 9; pass++) {
      crashPoint('shard-before-commit');
      console.log(pass);
      crashPoint('shard-after-commit');
    }`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const { signal, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.deepEqual([signal, stdout], ['SIGKILL', '1\n2\n3\n']);
});
