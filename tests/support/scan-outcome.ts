import { OperatingError } from '../../src/core/errors.ts';
import { AccountKeySet } from '../../src/decode/account-key-set.ts';
import { NODE_KIND } from '../../src/decode/ledger-node.ts';
import { type ScanOptions, SectionScanner } from '../../src/decode/scan-sections.ts';

/** Everything a scanner says about a buffer, as plain rows that two scanners can be compared by. */
export interface ScanOutcome {
  readonly sections: readonly (readonly number[])[];
  readonly events: readonly Readonly<Record<string, number>>[];
  readonly errors: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  /** Offset reached. */
  readonly at: number;
}

export function scannerWith(options: Partial<ScanOptions> = {}): SectionScanner {
  return new SectionScanner({
    keys: new AccountKeySet([]),
    everyTransaction: false,
    lookupsAreCandidates: false,
    sectionBytesMax: 1 << 20,
    sectionsMax: 64,
    eventsMax: 64,
    ...options,
  });
}

/** Scans [start, bytes.length) to its end, going on behind broken sections where that is possible. */
export function scanOutcome(scanner: SectionScanner, bytes: Buffer, start: number): ScanOutcome {
  const sections: number[][] = [];
  const events: Record<string, number>[] = [];
  const errors: string[] = [];
  let at = start;
  for (let last = -1; at > last && at < bytes.length; ) {
    last = at;
    try {
      at = scanner.scan(bytes, at, bytes.length);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      errors.push(`${error.code} ${error.message}`);
      at = scanner.resumeAt;
    }
    collect(scanner, sections, events);
  }
  return { sections, events, errors, counters: { ...scanner.counters }, at };
}

function collect(
  scanner: SectionScanner,
  sections: number[][],
  events: Record<string, number>[],
): void {
  const firstSection = sections.length;
  const { starts, digestStarts, nodeStarts, ends, kinds } = scanner.sections;
  for (let row = 0; row < scanner.sections.count; row++) {
    sections.push([starts[row]!, digestStarts[row]!, nodeStarts[row]!, ends[row]!, kinds[row]!]);
  }
  for (let row = 0; row < scanner.events.count; row++) {
    events.push(eventRow(scanner, row, firstSection));
  }
}

function eventRow(scanner: SectionScanner, row: number, firstSection: number) {
  const { events } = scanner;
  const kind = events.kinds[row]!;
  const common = { kind, section: firstSection + events.sections[row]!, slot: events.slots[row]! };
  if (kind === NODE_KIND.block) {
    return {
      ...common,
      transactions: events.slotTransactions[row]!,
      votes: events.slotVotes[row]!,
      entries: events.slotEntries[row]!,
    };
  }
  if (kind !== NODE_KIND.transaction) return common;
  return {
    ...common,
    flags: events.flags[row]!,
    index: events.transactionIndexes[row]!,
    dataStart: events.dataStarts[row]!,
    dataEnd: events.dataEnds[row]!,
    metadataStart: events.metadataStarts[row]!,
    metadataEnd: events.metadataEnds[row]!,
  };
}
