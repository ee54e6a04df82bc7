import { spawnSync } from 'node:child_process';

/** A reason to skip what needs Prometheus' own checker, or false where it is installed. */
export const withoutPromtool =
  spawnSync('promtool', ['--version']).status === 0 ? false : 'there is no promtool in PATH';

export function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}
