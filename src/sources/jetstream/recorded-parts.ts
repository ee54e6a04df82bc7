import { OperatingError } from '../../core/errors.ts';

/** A longer message is no event of any server: the file is something else, or broken. */
const MESSAGE_BYTES_MAX = 64 * 2 ** 20;
const LENGTH_BYTES = 4;
const NEWLINE = 0x0a;

/** Lines that are not empty. @throws {OperatingError} RECORD_MALFORMED for a line beyond all bounds. */
export async function* jsonLines(
  path: string,
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let offset = 0;
  for await (const part of bytes) {
    let start = 0;
    for (let end = part.indexOf(NEWLINE); end !== -1; end = part.indexOf(NEWLINE, start)) {
      const line = part.subarray(start, end);
      const whole = begun.length === 0 ? line : Buffer.concat([...begun, line]);
      begun = [];
      begunBytes = 0;
      start = end + 1;
      if (whole.length > 0) yield whole;
    }
    const rest = part.subarray(start);
    offset += part.length;
    begun.push(rest);
    begunBytes += rest.length;
    if (begunBytes > MESSAGE_BYTES_MAX) throw tooLong(path, offset - begunBytes, begunBytes);
  }
  const last = Buffer.concat(begun);
  if (last.length > 0) yield last;
}

/** Messages with their lengths in front. @throws {OperatingError} RECORD_MALFORMED where the file breaks off. */
export async function* sizedFrames(
  path: string,
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let offset = 0;
  // Parts of a large message are joined once it is whole, not one by one.
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let wantedBytes = LENGTH_BYTES;
  for await (const part of bytes) {
    begun.push(part);
    begunBytes += part.length;
    if (begunBytes < wantedBytes) continue;
    let held = begun.length === 1 ? part : Buffer.concat(begun);
    let at = 0;
    while (held.length - at >= LENGTH_BYTES) {
      const length = held.readUInt32LE(at);
      if (length > MESSAGE_BYTES_MAX) throw tooLong(path, offset + at, length);
      const end = at + LENGTH_BYTES + length;
      if (end > held.length) break;
      yield held.subarray(at + LENGTH_BYTES, end);
      at = end;
    }
    offset += at;
    held = held.subarray(at);
    begun = [held];
    begunBytes = held.length;
    wantedBytes = LENGTH_BYTES + (held.length < LENGTH_BYTES ? 0 : held.readUInt32LE(0));
  }
  if (begunBytes > 0) throw brokenOff(path, offset, begunBytes);
}

function tooLong(path: string, offset: number, length: number): OperatingError {
  return new OperatingError(
    'RECORD_MALFORMED',
    `reading recorded events in ${path}: expected a message of at most ${MESSAGE_BYTES_MAX} bytes at byte ${offset}, received one of ${length}`,
    { retryable: false, fields: { path, offset } },
  );
}

function brokenOff(path: string, offset: number, rest: number): OperatingError {
  return new OperatingError(
    'RECORD_MALFORMED',
    `reading recorded events in ${path}: expected a whole message at byte ${offset}, received only ${rest} bytes: the file breaks off`,
    { retryable: false, fields: { path, offset } },
  );
}
