import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordsReadiness } from '../model/records-status.ts';

const INTERVAL_MS = 5_000;
const TIMEOUT_MS = 5_000;
const US_PER_MS = 1000;

/**
 * Says how the indexer does whenever that has changed, until the signal aborts. It runs in a process of its own, whose
 * log nobody at the terminal sees.
 * @param url of its `/readyz`.
 */
export async function tellRecordsProgress(
  url: string,
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let told = '';
  while (!signal.aborted) {
    const line = await progressLine(url);
    if (line !== told && !signal.aborted) note(line);
    told = line;
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}

async function progressLine(url: string): Promise<string> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return readinessText((await reply.json()) as RecordsReadiness);
  } catch {
    return 'the indexer does not answer; it is being restarted';
  }
}

/** One line of what `/readyz` says. */
export function readinessText({ lease, stream, database }: RecordsReadiness): string {
  if (!database.reachable) return `${database.kind} cannot be reached; waiting for it`;
  if (lease === 'standby') return 'standing by: another instance writes';
  const host = stream.host ?? 'the stream';
  if (stream.failures > 0) {
    return `${host}: ${stream.failures} connections in a row brought nothing; trying again`;
  }
  if (stream.state !== 'open' && stream.state !== 'paused') return `connecting to ${host}`;
  const { cursorTimeUs } = stream;
  if (cursorTimeUs === null) return `reading ${host}`;
  const time = new Date(cursorTimeUs / US_PER_MS).toISOString().slice(0, 19);
  return `reading ${host}, stored up to ${time}Z, ${stream.pending} waiting`;
}
