import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { epochOfSlot } from '../../src/core/epoch.ts';
import { type SlotRange, slotRange } from '../../src/core/slot-range.ts';
import { type PackResult, packArchive } from '../../src/pack/pack-archive.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { type IqScenario, readIqScenario } from './iq-scenario.ts';

export interface PackedScenario {
  readonly scenario: IqScenario;
  readonly epoch: number;
  /** From the first to behind the last slot with a transaction. */
  readonly range: SlotRange;
  readonly packed: PackResult;
}

/** The wire bytes that the fixture gives beside each transaction's JSON form, base64 by signature. */
export function scenarioWires(name: string): Readonly<Record<string, string>> {
  const file = new URL(`../fixtures/iq/synthetic/${name}.json`, import.meta.url);
  const { rpc } = JSON.parse(readFileSync(file, 'utf8')) as {
    rpc: { transactionWireBase64: Record<string, string> };
  };
  return rpc.transactionWireBase64;
}

/** Packs the transactions of one fixture of tests/fixtures/iq/synthetic into `<outDir>/<epoch>/`. */
export async function packIqScenario(
  name: string,
  outDir: string,
  signal: AbortSignal,
): Promise<PackedScenario> {
  const scenario = readIqScenario(name);
  // Lists of signatures are newest first; their order decides between transactions of one slot.
  const listed = Object.values(scenario.rpc.getSignaturesForAddress).flatMap((list) =>
    list.toReversed().map(({ signature }) => signature),
  );
  const items = Object.entries(scenario.rpc.getTransaction).map(([signature, transaction]) => ({
    ...transaction,
    index: Math.max(0, listed.indexOf(signature)),
  }));
  const slots = items.map(({ slot }) => Number(slot));
  const range = slotRange(Math.min(...slots), Math.max(...slots) + 1);
  const epoch = epochOfSlot(range.start);
  const list = join(outDir, `${name}.jsonl`);
  writeFileSync(list, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  const blocks = readPackInput([list], signal);
  const packed = await packArchive({ epoch, outDir, blocks }, signal);
  return { scenario, epoch, range, packed };
}
