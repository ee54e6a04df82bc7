import { join } from 'node:path';
import { ChildLog } from '../../../src/ops/child-log.ts';
import { findSetpriv, startProcess } from '../../../supervisor/process-child.ts';

/** A supervisor to be killed: starts the scripted child, prints its pid, and waits. argv: <data folder> <port> <setpriv|none> */
const [dataDir = '', port = '', launcher] = process.argv.slice(2);
const child = await startProcess(
  {
    id: 'scripted',
    command: process.execPath,
    args: [join(import.meta.dirname, 'scripted-child.mjs'), dataDir, port, 'answer'],
    cwd: dataDir,
    env: {},
    dataDir,
    recordPath: join(dataDir, 'scripted.json'),
    log: new ChildLog({ path: join(dataDir, 'scripted.log'), fileBytesMax: 1e6, oldFilesMax: 1 }),
    ports: [],
    ready: {
      check: async (signal) => void (await fetch(`http://127.0.0.1:${port}/`, { signal })),
      intervalMs: 20,
      timeoutMs: 20_000,
    },
    explain: () => null,
    graceMs: 2_000,
    setpriv: launcher === 'setpriv' ? findSetpriv() : null,
  },
  new AbortController().signal,
);
console.log(child.pid);
setInterval(() => undefined, 1_000_000);
