import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DEFINITIONS_FOLDER } from '../../src/sinks/nats/stream-definitions.ts';
import { tempFolder } from './temp-folder.ts';

export interface DefinitionChanges {
  /** Settings of the stream of swaps. */
  readonly stream?: Readonly<Record<string, unknown>>;
  /** Settings of the consumer that the sink takes from. */
  readonly consumer?: Readonly<Record<string, unknown>>;
}

/** JetStream counts in nanoseconds. */
export const NANOS_PER_MS = 1_000_000;

/**
 * A folder with the definitions that are used everywhere, but for the changes. Without any, what a killed sink has not
 * acknowledged comes again after a second instead of half a minute.
 */
export function changedDefinitions(t: TestContext, changes: DefinitionChanges = {}): string {
  const folder = join(tempFolder(t), 'jetstream');
  cpSync(DEFINITIONS_FOLDER, folder, { recursive: true });
  change(join(folder, 'streams/dex-swaps.json'), changes.stream ?? {});
  const ack = { ack_wait: 1_000 * NANOS_PER_MS };
  change(join(folder, 'consumers/dex-swaps.clickhouse-sink.json'), { ...ack, ...changes.consumer });
  return folder;
}

function change(path: string, changes: Readonly<Record<string, unknown>>): void {
  const definition = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...definition, ...changes }));
}
