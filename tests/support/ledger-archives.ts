import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The large archives that lie beside the project on some machines; too large to be part of it. */
const ledger = new URL('../../../shared/fixtures/ledger/', import.meta.url);

/** For `node:test`: false where the archives are there, else why the test does not run. */
export const skipWithoutArchives: string | false = existsSync(ledger)
  ? false
  : 'the real archives in ../shared/fixtures are not here; they are no part of the project';

/** One folder an archive, named `epoch-<number>-<what>`. */
export const archivesFolder = fileURLToPath(new URL('archives/', ledger));

/** Names of the folders; where they are missing one stands for all, so that the skipped tests are seen. */
export const archiveNames: readonly string[] =
  skipWithoutArchives === false ? readdirSync(archivesFolder) : ['every archive'];

/** What an independent program found in a slot. */
export interface GoldenSlot {
  readonly slot: number;
  readonly parentSlot: number;
  readonly blockTime: number;
  readonly blockHeight: number | null;
  readonly blockhash: string;
  readonly entries: number;
  readonly transactions: number;
  readonly votes: number;
  readonly v0: number;
  readonly topLevelInstructions: number;
  readonly firstSignature: string | null;
  readonly lastSignature: string | null;
  /** Offset and length of its sections. */
  readonly range: readonly [number, number];
}

export interface LedgerArchive {
  readonly name: string;
  readonly car: Buffer;
  readonly golden: readonly GoldenSlot[];
}

function readArchive(folder: string, carName: string, goldenName: string): LedgerArchive {
  const read = (name: string): Buffer => readFileSync(new URL(`${folder}/${name}`, ledger));
  const golden = JSON.parse(read(goldenName).toString()) as { slots: GoldenSlot[] };
  return { name: `${folder}/${carName}`, car: read(carName), golden: golden.slots };
}

/** All archives with golden facts; none where they are missing. Each is read when it is asked for. */
export function* ledgerArchives(): Generator<LedgerArchive> {
  if (skipWithoutArchives !== false) return;
  for (const folder of readdirSync(new URL('archives/', ledger))) {
    const epoch = folder.split('-')[1] ?? '';
    yield readArchive(`archives/${folder}`, `epoch-${epoch}.car`, `golden-epoch-${epoch}.json`);
  }
  yield readArchive('car', 'epoch-157-biggest.car', 'golden-epoch-157-biggest.json');
}
