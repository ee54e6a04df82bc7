import assert from 'node:assert/strict';
import { closeSync, openSync, readSync } from 'node:fs';
import { AccountKeySet } from '../src/decode/account-key-set.ts';
import { SECTION_BYTES_MAX } from '../src/decode/car-frame.ts';
import { SectionScanner } from '../src/decode/scan-sections.ts';
import { createSectionHasher } from '../src/decode/section-hasher.ts';
import { compileIqFilter } from '../src/protocols/iq/registry.ts';

export interface BareScan {
  readonly path: string;
  /** Bytes of whole sections. */
  readonly start: number;
  readonly end: number;
  readonly verify: boolean;
}

const WINDOW_BYTES = 256 << 10;

/**
 * The least that reading an archive takes: windows of one reused buffer, the scan for the keys of the
 * IQ programs, and the digests. No slots, no index, no metadata. @returns how many transactions.
 */
export function bareScan({ path, start, end, verify }: BareScan): number {
  const hasher = createSectionHasher({
    windowBytes: WINDOW_BYTES,
    strategy: 'auto',
    now: () => performance.now(),
  });
  const scanner = iqScanner();
  const file = openSync(path, 'r');
  let { window } = hasher;
  let kept = 0;
  for (let position = start; position < end; ) {
    const room = Math.min(window.length - kept, WINDOW_BYTES, end - position);
    position += readSync(file, window, kept, room, position);
    let at = 0;
    for (;;) {
      const next = scanner.scan(window, at, kept + room);
      if (verify) assert.equal(hasher.verify(scanner.sections, 0, scanner.sections.count), -1);
      if (next === at) break;
      at = next;
    }
    kept += room - at;
    if (at === 0 && kept === window.length) window = hasher.grow(window.length * 2);
    else window.copyWithin(0, at, at + kept);
  }
  closeSync(file);
  assert.equal(kept, 0, 'the range ends behind a section');
  return scanner.counters.transactions;
}

function iqScanner(): SectionScanner {
  const filter = compileIqFilter({ mode: 'auto', programs: [], sessions: [] });
  return new SectionScanner({
    keys: new AccountKeySet(filter.scanKeys),
    everyTransaction: filter.everyTransaction,
    lookupsAreCandidates: filter.lookupsAreCandidates,
    sectionBytesMax: SECTION_BYTES_MAX,
    sectionsMax: 4096,
    eventsMax: 2048,
  });
}
