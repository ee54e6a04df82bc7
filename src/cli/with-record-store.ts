import { recordsOptionsOf } from '../config/records-options-of.ts';
import type { RecordTable } from '../model/record-table.ts';
import { loadCollections } from '../pipelines/records/load-collections.ts';
import { openRecordStore } from '../pipelines/records/open-record-store.ts';
import type { RecordStore } from '../sinks/records/record-store.ts';
import type { CliContext } from './cli-context.ts';

/** Opens the database of records that the settings name, for as long as the work takes. */
export async function withRecordStore<T>(
  context: CliContext,
  work: (store: RecordStore, tables: readonly RecordTable[]) => Promise<T>,
): Promise<T> {
  const options = recordsOptionsOf(context.config());
  const { tables } = loadCollections(options.lexiconFolders, options.collections);
  const store = openRecordStore({ location: options.store, tables, onQuery: () => {} });
  try {
    await store.migrate(context.signal);
    return await work(store, tables);
  } finally {
    await store.close();
  }
}
