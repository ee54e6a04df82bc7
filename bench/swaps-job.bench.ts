import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { LocalMillrace } from '../src/cli/open-job-client.ts';
import { type Config, parseConfig } from '../src/config/config.ts';
import type { SwapsJobReport, SwapsSinkChoice } from '../src/model/job.ts';
import { findEmbeddedEngine } from '../supervisor/children/embedded-engine.ts';
import { type Millrace, startMillrace } from '../supervisor/start-millrace.ts';
import { archiveAt } from '../tests/support/archive-folder.ts';
import { freePort } from '../tests/support/free-port.ts';
import { childOf } from '../tests/support/kill-service.ts';
import { natsServerForTests } from '../tests/support/services.ts';
import { OWN_BLOCK_SLOT, packOwnBlock } from './swap-blocks.ts';
import { printMachine } from './timed-rounds.ts';

/**
 * The whole `swaps` job over copies of one real block, ClickHouse, NATS and the sink on the same machine: how long it
 * takes until every swap and candle is there, by both ways, and the most memory that the tree's process and the sink
 * ever held. The long range is to take no more memory than the short one.
 * Usage: node --import tsx bench/swaps-job.bench.ts [--slots 3000]
 */

const { values } = parseArgs({
  options: {
    slots: { type: 'string', default: '3000' },
    /** Runs one job in this process and prints what it took as JSON: what the bench asks a child to do. */
    sink: { type: 'string' },
    archive: { type: 'string', default: '' },
  },
});
const slots = Number(values.slots);
/** Long enough for every queue to have been full. */
const SHORT_SLOTS = 1500;
const never = new AbortController().signal;

interface Taken {
  readonly swaps: number;
  readonly transactions: number;
  readonly candles: number;
  readonly wallMs: number;
  readonly peakBytes: number;
  readonly sinkPeakBytes: number;
}

async function runJob(sink: SwapsSinkChoice, nats: string): Promise<Taken> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-swaps-job-'));
  try {
    const archive = archiveAt(values.archive);
    const range = { start: OWN_BLOCK_SLOT, end: OWN_BLOCK_SLOT + slots };
    const config = await configFor(join(folder, 'data'), nats);
    const millrace = await startMillrace(
      {
        ...{ config, logger: pino({ level: 'silent' }), need: 'all', resumeJobs: false },
        onEvent: () => {},
      },
      never,
    );
    const client = new LocalMillrace(millrace, never);
    const kind = { kind: 'swaps', generic: false, verify: 'all', follow: null } as const;
    const spec = { ...kind, range, archive, sink };
    const begun = performance.now();
    const report = await client.run(spec, { fresh: false, onEvent: () => {} }, never);
    const wallMs = performance.now() - begun;
    const sinkPeakBytes = peakOfProcess(millrace, 'sink');
    await client.close();
    return { ...taken(report), wallMs, sinkPeakBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function configFor(dataDir: string, nats: string): Promise<Config> {
  const bin = join(dataDir, 'bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync(nats, join(bin, 'nats-server'));
  const [api, clickhouse, natsPort, monitor, sink] = await Promise.all(
    Array.from({ length: 5 }, freePort),
  );
  return parseConfig({
    ...{ MILLRACE_DATA_DIR: dataDir, JETSTREAMER_CLICKHOUSE_MODE: 'embedded' },
    ...{ MILLRACE_API_PORT: `${api}`, MILLRACE_CLICKHOUSE_PORT: `${clickhouse}` },
    ...{ MILLRACE_NATS_PORT: `${natsPort}`, MILLRACE_NATS_MONITOR_PORT: `${monitor}` },
    MILLRACE_SINK_PORT: `${sink}`,
    // A quarter of what a shard usually holds, so that the long range has several.
    MILLRACE_SHARD_BYTES: '64mib',
  }).config;
}

function taken({ stored, decoded, counters, state }: SwapsJobReport) {
  assert(state === 'complete' && stored.swaps === decoded.swaps, JSON.stringify(stored));
  const { swaps, candles } = stored;
  const { transactions } = counters;
  // Kilobytes on Linux.
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { swaps, transactions, candles: candles['1m'], peakBytes };
}

/** The most memory that a child of the tree has held so far; only Linux tells. */
function peakOfProcess(millrace: Millrace, id: string): number {
  const status = readFileSync(`/proc/${childOf(millrace, id).pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** A process of its own, which has not packed the archive. */
function inChild(archive: string, slots: number, sink: SwapsSinkChoice): Taken {
  const own = fileURLToPath(import.meta.url);
  const what = ['--slots', `${slots}`, '--sink', sink, '--archive', archive];
  const args = ['--import', 'tsx', own, ...what];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function printTaken(slots: number, sink: SwapsSinkChoice, of: Taken): void {
  const seconds = of.wallMs / 1000;
  const perSecond = (count: number): string => Math.round(count / seconds).toLocaleString('en-US');
  console.log(
    `${`${slots} slots, ${sink}`.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s  ${perSecond(of.transactions)} transactions/s  ${perSecond(of.swaps)} swaps/s  ${of.candles} candles of 1m  process ${megabytes(of.peakBytes)}, sink ${megabytes(of.sinkPeakBytes)}`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

const nats = await natsServerForTests();
if (nats === null || findEmbeddedEngine() === null) {
  console.log(`left out: no ${nats === null ? 'nats-server' : 'ClickHouse engine'} here`);
} else if (values.sink === 'nats' || values.sink === 'clickhouse') {
  console.log(JSON.stringify(await runJob(values.sink, nats)));
} else {
  printMachine(`block ${OWN_BLOCK_SLOT} in ${slots} slots: 602 transactions and 58 swaps in each`);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-swaps-archive-'));
  await packOwnBlock(folder, slots);
  for (const sink of ['clickhouse', 'nats'] as const) {
    const short = inChild(folder, SHORT_SLOTS, sink);
    printTaken(SHORT_SLOTS, sink, short);
    const long = inChild(folder, slots, sink);
    printTaken(slots, sink, long);
    const growth = (peak: (of: Taken) => number): string => (peak(long) / peak(short)).toFixed(2);
    console.log(
      `memory, ${slots} / ${SHORT_SLOTS} slots: process ${growth((of) => of.peakBytes)}, sink ${growth((of) => of.sinkPeakBytes)} (goal: flat, whatever the range)`,
    );
  }
  rmSync(folder, { recursive: true });
}
