import { createHash } from 'node:crypto';
import type { SessionResult } from '../model/session-result.ts';
import type { SlotStatusRow } from '../model/worker-task.ts';
import type { ClickhouseClient } from './clickhouse-client.ts';
import { nearestUint32, RowBinaryWriter } from './row-binary.ts';

/** What Jetstreamer calls a plugin: who has processed a slot. */
export interface PluginIdentity {
  readonly name: string;
  readonly version: number;
}

const SLOT_COLUMNS = [
  'slot',
  'transaction_count',
  'vote_transaction_count',
  'non_vote_transaction_count',
  'thread_id',
  'block_time',
];

const SESSION_COLUMNS = [
  'session',
  'program',
  'state',
  'conflicts',
  'total_chunks',
  'chunk_count',
  'missing_ranges',
  'decode',
  'bytes',
  'sha256',
  'file',
  'delivered',
  'first_slot',
  'last_slot',
  'finalize_slot',
  'finalize_signature',
];

/**
 * Mirrors job bookkeeping to ClickHouse for people who query it; the truth stays in SQLite.
 * Every table replaces rows of the same key, so writing again what was written changes nothing.
 */
export class ClickhouseBookkeeping {
  readonly #client: ClickhouseClient;
  readonly #pluginIds: readonly number[];

  /** @param plugins what every slot that is written counts as processed by. */
  constructor(client: ClickhouseClient, ...plugins: readonly PluginIdentity[]) {
    this.#client = client;
    this.#pluginIds = plugins.map(({ name }) => pluginIdOf(name));
  }

  /** Makes the plugins known by name, as Jetstreamer does before it reads. */
  async registerPlugins(plugins: readonly PluginIdentity[], signal: AbortSignal): Promise<void> {
    const writer = new RowBinaryWriter(plugins.length * 64);
    for (const { name, version } of plugins) {
      writer.uint32(pluginIdOf(name));
      writer.string(name);
      writer.uint32(version);
    }
    const columns = ['id', 'name', 'version'];
    await this.#client.insert('jetstreamer_plugins', columns, writer.view(), signal);
  }

  /** One row a slot in `jetstreamer_slot_status`, and one a plugin in `jetstreamer_plugin_slots`. */
  async writeSlots(rows: readonly SlotStatusRow[], signal: AbortSignal): Promise<void> {
    if (rows.length === 0) return;
    const status = new RowBinaryWriter(rows.length * 29);
    const plugin = new RowBinaryWriter(rows.length * this.#pluginIds.length * 12);
    for (const { slot, transactions, votes, blockTime } of rows) {
      status.uint64(slot);
      status.uint32(transactions);
      status.uint32(votes);
      status.uint32(transactions - votes);
      status.uint8(0);
      status.uint32(nearestUint32(blockTime));
      for (const id of this.#pluginIds) {
        plugin.uint32(id);
        plugin.uint64(slot);
      }
    }
    const columns = ['plugin_id', 'slot'];
    await Promise.all([
      this.#client.insert('jetstreamer_slot_status', SLOT_COLUMNS, status.view(), signal),
      this.#client.insert('jetstreamer_plugin_slots', columns, plugin.view(), signal),
    ]);
  }

  async writeSessions(results: readonly SessionResult[], signal: AbortSignal): Promise<void> {
    if (results.length === 0) return;
    const writer = new RowBinaryWriter(results.length * 512);
    for (const result of results) writeSession(writer, result);
    await this.#client.insert('millrace_sessions', SESSION_COLUMNS, writer.view(), signal);
  }
}

function writeSession(writer: RowBinaryWriter, result: SessionResult): void {
  const text = (value: string): void => writer.string(value);
  const number = (value: number): void => writer.uint64(value);
  text(result.session);
  text(result.program);
  text(result.state);
  writer.uint32(result.conflicts.length);
  writer.nullable(result.total_chunks, number);
  number(result.chunk_count);
  writer.uint32(result.missing.length);
  text(result.decode);
  number(result.bytes);
  writer.nullable(result.sha256, text);
  writer.nullable(result.file, text);
  writer.uint8(result.delivered ? 1 : 0);
  number(result.first_slot);
  number(result.last_slot);
  writer.nullable(result.finalize_slot, number);
  writer.nullable(result.finalize_signature, text);
}

/**
 * Jetstreamer's number for a plugin's name, 16 bits wide, so that rows of both stand side by side.
 * Source: anza-xyz/jetstreamer, jetstreamer-plugin, `Plugin::id`.
 */
export function pluginIdOf(name: string): number {
  let id = 1;
  for (const byte of createHash('sha256').update(name).digest()) id = (id * 31 + byte) & 0xffff;
  return id;
}
