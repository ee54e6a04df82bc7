import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The real launcher and pm2 settings in a folder of their own, with a small program where the command line is:
 * it prints how it was started, sends `ready` where there is a channel, and ends 42 on SIGINT or SIGTERM.
 */
const MAIN = `const timer = setInterval(() => undefined, 1_000_000);
const { pid, argv, version } = process;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    console.log(name);
    clearInterval(timer);
    process.exit(42);
  });
}
console.log(JSON.stringify({ pid, version, args: argv.slice(2) }));
process.send?.('ready');
if (argv[2] === 'end') process.exit(Number(argv[3]));
if (argv[2] === 'crash') process.kill(pid, 'SIGKILL');
`;

export function copyLauncher(folder: string, packages: readonly string[]): string {
  for (const part of ['bin', 'src/cli', 'node_modules']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'src/cli/main.ts'), MAIN);
  cpSync(join(root, 'bin/millrace.mjs'), join(folder, 'bin/millrace.mjs'));
  cpSync(join(root, 'pm2.config.cjs'), join(folder, 'pm2.config.cjs'));
  chmodSync(join(folder, 'bin/millrace.mjs'), 0o755);
  for (const name of packages) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return join(folder, 'bin/millrace.mjs');
}
