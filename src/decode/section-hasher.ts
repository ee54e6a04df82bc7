import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { SectionTable } from './section-tables.ts';
import { growMemory, instantiateWasm, type WasmMemory } from './wasm/instantiate-wasm.ts';

/**
 * `simd`: four sections side by side in WebAssembly. `native`: one OpenSSL call a section, which wins
 * on processors with SHA instructions. `auto`: both are timed on the first real batches, then the
 * quicker one stays.
 */
export type HashStrategy = 'auto' | 'simd' | 'native';

export interface SectionHasherOptions {
  readonly windowBytes: number;
  readonly strategy: HashStrategy;
  /** Milliseconds that never go back; only `auto` asks. */
  readonly now: () => number;
}

/** The columns of a scan that hashing needs. */
export type HashedSections = Pick<SectionTable, 'nodeStarts' | 'ends' | 'digestStarts'>;

/** Checks the SHA-256 digests of many sections of one window at once. */
export interface SectionHasher {
  /** Read files and sockets straight into this: hashing takes place here, without a copy. */
  readonly window: Buffer;
  /** Makes the window larger and keeps its content. The earlier `window` is dead afterwards. */
  grow(windowBytes: number): Buffer;
  /** Checks rows `from` up to, not including, `to`. Answers the lowest row that does not match, or -1. */
  verify(sections: HashedSections, from: number, to: number): number;
}

interface Sha256Exports {
  readonly memory: WasmMemory;
  tableAddress(): number;
  tableRows(): number;
  windowAddress(): number;
  prepare(): void;
  verify(rows: number): number;
}

type BatchVerifier = (sections: HashedSections, from: number, to: number) => number;

/** Enough batches of each kind for V8 to have both loops fully compiled before the decision. */
const TRIALS_EACH = 24;

/** Every hasher has a WebAssembly memory of its own; use one a thread. */
export function createSectionHasher(options: SectionHasherOptions): SectionHasher {
  const wasm = instantiateWasm<Sha256Exports>('sha256');
  const address = wasm.windowAddress();
  const rowsMax = wasm.tableRows();
  let window = Buffer.alloc(0);
  const grow = (windowBytes: number): Buffer => {
    assert(windowBytes >= window.length, 'a window never shrinks');
    growMemory(wasm.memory, address + windowBytes);
    window = Buffer.from(wasm.memory.buffer, address, windowBytes);
    return window;
  };
  wasm.prepare();
  grow(options.windowBytes);
  const native: BatchVerifier = (sections, from, to) => verifyNative(window, sections, from, to);
  const simd: BatchVerifier = (sections, from, to) => verifySimd(wasm, sections, from, to);
  const verifyBatch = { auto: quickerOf(simd, native, options.now), simd, native }[
    options.strategy
  ];
  return {
    get window() {
      return window;
    },
    grow,
    verify(sections, from, to) {
      for (let start = from; start < to; start += rowsMax) {
        const end = Math.min(to, start + rowsMax);
        assertInside(sections, start, end, window.length);
        const bad = verifyBatch(sections, start, end);
        if (bad >= 0) return bad;
      }
      return -1;
    },
  };
}

/** A row outside the window is our own mistake; without this check it would hash other memory. */
function assertInside(sections: HashedSections, from: number, to: number, bytes: number): void {
  for (let row = from; row < to; row++) {
    const start = sections.nodeStarts[row] ?? -1;
    const end = sections.ends[row] ?? -1;
    const digest = sections.digestStarts[row] ?? -1;
    if (start < 0 || end < start || end > bytes || digest < 0 || digest + 32 > bytes) {
      assert.fail(`section ${row} at ${start}..${end} lies outside the window of ${bytes} bytes`);
    }
  }
}

function verifySimd(
  wasm: Sha256Exports,
  sections: HashedSections,
  from: number,
  to: number,
): number {
  const rows = wasm.tableRows();
  const table = new Int32Array(wasm.memory.buffer, wasm.tableAddress(), rows * 3);
  table.set(sections.nodeStarts.subarray(from, to), 0);
  table.set(sections.ends.subarray(from, to), rows);
  table.set(sections.digestStarts.subarray(from, to), rows * 2);
  const bad = wasm.verify(to - from);
  return bad < 0 ? -1 : from + bad;
}

/** The digest comes as a one-byte string, because a string costs half of what a new Buffer costs. */
function verifyNative(window: Buffer, sections: HashedSections, from: number, to: number): number {
  const { nodeStarts, ends, digestStarts } = sections;
  for (let row = from; row < to; row++) {
    const start = window.byteOffset + nodeStarts[row]!;
    const node = new Uint8Array(window.buffer, start, ends[row]! - nodeStarts[row]!);
    const digest = hash('sha256', node, 'binary');
    let at = digestStarts[row]!;
    for (let k = 0; k < 32; k++) if (digest.charCodeAt(k) !== window[at++]) return row;
  }
  return -1;
}

function quickerOf(a: BatchVerifier, b: BatchVerifier, now: () => number): BatchVerifier {
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
  let trials = 0;
  let chosen: BatchVerifier | undefined;
  return (sections, from, to) => {
    if (chosen !== undefined) return chosen(sections, from, to);
    const turn = trials++ % 2;
    const started = now();
    const bad = (turn === 0 ? a : b)(sections, from, to);
    // Small batches say nothing about speed; their time is counted by the bytes they held.
    const perByte = (now() - started) / bytesOf(sections, from, to);
    best[turn] = Math.min(best[turn] ?? perByte, perByte);
    if (trials >= TRIALS_EACH * 2) chosen = best[0] < best[1] ? a : b;
    return bad;
  };
}

/** 64 bytes are added a section for its padding block, so that empty sections count too. */
function bytesOf(sections: HashedSections, from: number, to: number): number {
  let bytes = 0;
  for (let row = from; row < to; row++)
    bytes += sections.ends[row]! - sections.nodeStarts[row]! + 64;
  return bytes;
}
