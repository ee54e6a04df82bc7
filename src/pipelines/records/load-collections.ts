import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, OperatingError } from '../../core/errors.ts';
import {
  createCollections,
  type RecordCollections,
} from '../../protocols/records/record-collections.ts';

/**
 * Reads every lexicon and mapping of the folders.
 * @param wanted the only collections to index, or null for all that there are mappings for.
 * @throws {OperatingError} CONFIG for a folder or a document that cannot be read, and for what they say.
 */
export function loadCollections(
  folders: readonly string[],
  wanted: readonly string[] | null,
): RecordCollections {
  const documents = folders.flatMap((folder) =>
    namesIn(folder).map((name) => ({ name: join(folder, name), value: readJson(folder, name) })),
  );
  const collections = createCollections(documents);
  return wanted === null ? collections : onlyThese(collections, wanted);
}

/** All tables stay, since those that are wanted may refer to them. */
function onlyThese(collections: RecordCollections, wanted: readonly string[]): RecordCollections {
  for (const nsid of wanted) {
    if (collections.find(nsid) !== null) continue;
    throw new OperatingError(
      'CONFIG',
      `MILLRACE_RECORDS_COLLECTIONS: expected some of ${collections.nsids.join(', ')}, received "${nsid}"`,
      { retryable: false, fields: { nsid } },
    );
  }
  return {
    nsids: collections.nsids.filter((nsid) => wanted.includes(nsid)),
    tables: collections.tables,
    find: (nsid) => (wanted.includes(nsid) ? collections.find(nsid) : null),
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function readJson(folder: string, name: string): unknown {
  const path = join(folder, name);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): OperatingError {
  return new OperatingError(
    'CONFIG',
    `reading lexicons and mappings: expected JSON in ${path}, received ${errorText(cause)}`,
    { retryable: false, fields: { path }, cause },
  );
}
