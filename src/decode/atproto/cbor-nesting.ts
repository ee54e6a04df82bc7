const TAG = 6;
const SIMPLE = 7;
const INDEFINITE = 31;

/**
 * Whether arrays, maps, tags and texts in chunks of the first CBOR value are at most `levels` deep in one another, by
 * its heads alone (RFC 8949, 3). Decoders that call themselves for each level are safe behind it. Bytes that are no
 * CBOR are left to them.
 */
export function isShallowCbor(bytes: Uint8Array, levels: number): boolean {
  /** Values that each open level still waits for; `Infinity` until a break. */
  const waiting: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = readHead(bytes, at);
    if (head === undefined) return true;
    at = head.next;
    if (head.isBreak) waiting.pop();
    else if (head.values > 0) {
      if (waiting.push(head.values) > levels) return false;
      continue;
    }
    // A whole value ended, and with it every level that waited for no more.
    while (waiting.length > 0) {
      const left = waiting[waiting.length - 1]! - 1;
      waiting[waiting.length - 1] = left;
      if (left > 0) break;
      waiting.pop();
    }
    if (waiting.length === 0) return true;
  }
  return true;
}

interface Head {
  /** Behind the head and, of a string, its content. */
  readonly next: number;
  /** How many values follow that belong to it. */
  readonly values: number;
  readonly isBreak: boolean;
}

function readHead(bytes: Uint8Array, at: number): Head | undefined {
  const major = bytes[at]! >> 5;
  const info = bytes[at]! & 0x1f;
  if (info === INDEFINITE) {
    const isBreak = major === SIMPLE;
    const opens = major > 1 && major < TAG;
    return isBreak || opens
      ? { next: at + 1, values: opens ? Number.POSITIVE_INFINITY : 0, isBreak }
      : undefined;
  }
  const width = info < 24 ? 0 : 1 << (info - 24);
  if (info > 27 || bytes.length - at <= width) return undefined;
  let argument = width === 0 ? info : 0;
  for (let i = 1; i <= width; i++) argument = argument * 256 + bytes[at + i]!;
  const next = at + 1 + width;
  if (major === 2 || major === 3) return { next: next + argument, values: 0, isBreak: false };
  const each = [0, 0, 0, 0, argument, argument * 2, 1, 0];
  return { next, values: each[major]!, isBreak: false };
}
