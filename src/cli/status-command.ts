import { setTimeout as delay } from 'node:timers/promises';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { apiAddressOf } from '../config/api-address.ts';
import { OperatingError } from '../core/errors.ts';
import type { ShardCounters } from '../model/worker-task.ts';
import type { CliContext } from './cli-context.ts';
import { RemoteSupervisor } from './remote-supervisor.ts';
import { bytesText, countText } from './units.ts';

const WATCH_INTERVAL_MS = 1000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

/** What `/health` answers about a child. */
interface ChildView {
  readonly id: string;
  readonly state: string;
  readonly restarts: number;
  readonly pid: number | null;
  readonly probeLatencyMs: number | null;
  readonly lastError: string | null;
  readonly children: readonly ChildView[];
}

interface JobView {
  readonly id: string;
  readonly state: string;
  readonly spec: { readonly kind: string };
  readonly shards: number;
  readonly shards_done: number;
  readonly counters: ShardCounters;
  readonly quarantined: number;
  readonly undelivered: { readonly waiting: number; readonly dead: number };
}

export function addStatusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('children and jobs of the running supervisor')
    .option('--watch', 'draw it again every second')
    .option('--json', 'print what the API says')
    .action((flags: { watch?: boolean; json?: boolean }) => status(flags, context));
}

async function status(
  flags: { watch?: boolean; json?: boolean },
  context: CliContext,
): Promise<void> {
  const remote = await requireSupervisor(context);
  for (;;) {
    const health = (await remote.get('/health', context.signal)) as { children: ChildView[] };
    const { jobs } = (await remote.get('/api/v1/jobs', context.signal)) as { jobs: JobView[] };
    if (flags.json === true) context.out(JSON.stringify({ ...health, jobs }));
    else
      context.out(
        `${flags.watch === true ? CLEAR_SCREEN : ''}${statusText(health.children, jobs)}`,
      );
    if (flags.watch !== true || context.signal.aborted) return;
    await delay(WATCH_INTERVAL_MS, undefined, { signal: context.signal }).catch(() => {});
    if (context.signal.aborted) return;
  }
}

/** @throws {OperatingError} USAGE when no supervisor answers. */
export async function requireSupervisor(context: CliContext): Promise<RemoteSupervisor> {
  const config = context.config();
  const remote = new RemoteSupervisor(config);
  if (await remote.answers(context.signal)) return remote;
  throw new OperatingError(
    'USAGE',
    `no supervisor answers at ${apiAddressOf(config)}; start one with "npx millrace up" or "npx pm2 start pm2.config.cjs"`,
    { retryable: false },
  );
}

function statusText(children: readonly ChildView[], jobs: readonly JobView[]): string {
  const tree = new Table({
    head: ['child', 'state', 'pid', 'restarts', 'probe', 'last error'],
    style: { head: [], border: [] },
  });
  for (const row of childRows(children, '')) tree.push(row);
  return `${tree.toString()}\n${jobsTable(jobs)}`;
}

function childRows(children: readonly ChildView[], indent: string): string[][] {
  return children.flatMap((child) => [
    [
      `${indent}${child.id}`,
      child.state,
      child.pid === null ? '' : String(child.pid),
      String(child.restarts),
      child.probeLatencyMs === null ? '' : `${child.probeLatencyMs.toFixed(1)} ms`,
      child.lastError?.slice(0, 80) ?? '',
    ],
    ...childRows(child.children, `${indent}  `),
  ]);
}

export function jobsTable(jobs: readonly JobView[]): string {
  if (jobs.length === 0) return 'no jobs yet';
  const table = new Table({
    head: [
      'job',
      'kind',
      'state',
      'shards',
      'slots',
      'transactions',
      'read',
      'quarantined',
      'undelivered',
    ],
    style: { head: [], border: [] },
  });
  for (const job of jobs) {
    const { waiting, dead } = job.undelivered;
    table.push([
      job.id,
      job.spec.kind,
      job.state,
      `${job.shards_done}/${job.shards}`,
      countText(job.counters.slotsDone),
      countText(job.counters.transactions),
      bytesText(job.counters.bytesRead),
      String(job.quarantined),
      `${waiting} waiting, ${dead} dead`,
    ]);
  }
  return table.toString();
}
