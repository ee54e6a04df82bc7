#!/usr/bin/env node
// Plain old JavaScript: it also runs on the machine's own Node when that is older than Millrace needs,
// and its only work is to go on with a newer one. Node comes with `npm ci`, as the package `node`.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The first Node with zstd in zlib among those that better-sqlite3 and execa support. */
const NODE_MIN = [22, 15];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const self = fileURLToPath(import.meta.url);
const require = createRequire(import.meta.url);

function resolveOrNull(name) {
  try {
    return require.resolve(name);
  } catch (_error) {
    return null;
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
}

function fail(message) {
  process.stderr.write(`millrace: ${message}\n`);
  process.exitCode = 1;
}

/** Runs this file again with the loader, in place of this process where Node can do that. */
function runAgain(node, loader) {
  const args = ['--import', pathToFileURL(loader).href, self, ...process.argv.slice(2)];
  // With a channel to the parent (pm2) the messages have to be passed on, so that one stays here.
  if (typeof process.execve === 'function' && process.send === undefined) {
    process.execve(node, [node, ...args], process.env);
    return;
  }
  const stdio = ['inherit', 'inherit', 'inherit'];
  if (process.send !== undefined) stdio.push('ipc');
  // In a process group of its own: Ctrl-C then comes once, from here, and not a second time from the terminal,
  // which would mean "stop at once".
  const child = spawn(node, args, { stdio, detached: true });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  if (process.send !== undefined) {
    child.on('message', (message) => process.send(message));
    process.on('message', (message) => child.send(message));
  }
  child.on('error', (error) => fail(`running ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function main() {
  const loader = resolveOrNull('tsx');
  if (loader === null) {
    fail(`its packages are not installed; run "npm ci" in ${dirname(dirname(self))}`);
    return;
  }
  if (!isNewEnough(process.versions.node)) {
    const bundled = resolveOrNull('node/bin/node');
    if (bundled !== null) runAgain(bundled, loader);
    else {
      const needed = NODE_MIN.join('.');
      fail(
        `expected Node ${needed} or newer, this is ${process.versions.node}, and the package "node" that brings one is not installed; run "npm ci" without --ignore-scripts, or update Node`,
      );
    }
  } else if (process.execArgv.some((argument) => argument.includes('tsx'))) {
    import('../src/cli/main.ts').catch((error) => {
      process.stderr.write(`millrace: ${error?.stack ?? error}\n`);
      process.exitCode = 1;
    });
  } else runAgain(process.execPath, loader);
}

main();
