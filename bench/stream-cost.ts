import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a number of events cost a process that held nothing but one client. */
export interface StreamCost {
  /** Events that came out at the end of the client, rather than being thrown away or refused. */
  readonly used: number;
  /** User and system, all threads; without the start and the warm-up. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

export interface StreamRun {
  /** Of `streamReaders`. */
  readonly client: string;
  readonly url: string;
  readonly warm: number;
  readonly events: number;
}

const CHILD = fileURLToPath(new URL('read-stream.ts', import.meta.url));
/** Some hundred times what it takes. */
const TIMEOUT_MS = 60_000;

export async function costOfStream({ client, url, warm, events }: StreamRun): Promise<StreamCost> {
  const args = ['--import', 'tsx', CHILD, '--client', client, '--url', url];
  const numbers = ['--warm', `${warm}`, '--events', `${events}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, ...numbers], {
    timeout: TIMEOUT_MS,
  });
  return JSON.parse(stdout) as StreamCost;
}
