import { Wide } from './wide.ts';

/**
 * XXH64 with seed 0, by Yann Collet's published description (xxHash specification 0.1.1), on pairs
 * of 32-bit halves: looking up the slots of an epoch takes a million hashes.
 */

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

const WIDE_P1 = Wide.of(P1);
const WIDE_P2 = Wide.of(P2);
const WIDE_P3 = Wide.of(P3);
const WIDE_P4 = Wide.of(P4);
const WIDE_P5 = Wide.of(P5);
const STARTS = [P1 + P2, P2, 0n, -P1].map((value) => Wide.of(value));
const LANE_ROTATIONS = [1, 7, 12, 18] as const;

const lanes = STARTS.map(() => new Wide());
const scratch = new Wide();

/** Hashes the whole of `key` into `result` and returns it. */
export function xxhash64(key: Buffer, result: Wide): Wide {
  const length = key.length;
  let at = 0;
  if (length >= 32) {
    at = hashStripes(key);
    result.set(0, 0);
    lanes.forEach((lane, i) => {
      result.add(scratch.copy(lane).rotateLeft(LANE_ROTATIONS[i] ?? 1));
    });
    for (const lane of lanes) {
      scratch.set(0, 0);
      mixLane(scratch, lane);
      result.xor(scratch).multiply(WIDE_P1).add(WIDE_P4);
    }
  } else {
    result.copy(WIDE_P5);
  }
  result.add(scratch.set(0, length));
  hashTail(key, at, result);
  return result.xorShift(33).multiply(WIDE_P2).xorShift(29).multiply(WIDE_P3).xorShift(32);
}

function hashStripes(key: Buffer): number {
  STARTS.forEach((start, i) => {
    lanes[i]?.copy(start);
  });
  const word = new Wide();
  let at = 0;
  for (; at + 32 <= key.length; at += 32) {
    let lane = at;
    for (const accumulator of lanes) {
      mixLane(accumulator, word.set(key.readInt32LE(lane + 4), key.readInt32LE(lane)));
      lane += 8;
    }
  }
  return at;
}

/** One round; changes `word` too. */
function mixLane(accumulator: Wide, word: Wide): void {
  accumulator.add(word.multiply(WIDE_P2)).rotateLeft(31).multiply(WIDE_P1);
}

function hashTail(key: Buffer, from: number, result: Wide): void {
  const word = new Wide();
  const round = new Wide();
  let at = from;
  for (; at + 8 <= key.length; at += 8) {
    round.set(0, 0);
    mixLane(round, word.set(key.readInt32LE(at + 4), key.readInt32LE(at)));
    result.xor(round).rotateLeft(27).multiply(WIDE_P1).add(WIDE_P4);
  }
  if (at + 4 <= key.length) {
    word.set(0, key.readInt32LE(at)).multiply(WIDE_P1);
    result.xor(word).rotateLeft(23).multiply(WIDE_P2).add(WIDE_P3);
    at += 4;
  }
  for (; at < key.length; at++) {
    word.set(0, key[at] ?? 0).multiply(WIDE_P5);
    result.xor(word).rotateLeft(11).multiply(WIDE_P1);
  }
}
