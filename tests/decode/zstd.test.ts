import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { OperatingError } from '../../src/core/errors.ts';
import { ZstdDecoder } from '../../src/decode/zstd.ts';

/** Goal: every frame that the reference library writes is read alike; every other byte string ends in an error. */

const MAX_BYTES = 4 << 20;
const decoder = new ZstdDecoder(MAX_BYTES);

/** A linear congruential generator (Numerical Recipes), so that a failure can be repeated. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Text with repeats near and far, of an alphabet whose size decides how well Huffman codes work. */
function makeText(bytes: number, letters: number, random: () => number): Buffer {
  const text = Buffer.alloc(bytes);
  let at = 0;
  while (at < bytes) {
    const length = Math.min(bytes - at, 1 + Math.floor(random() * 40));
    const from = Math.floor(random() * at);
    if (at > 0 && random() < 0.6) for (let k = 0; k < length; k++) text[at + k] = text[from + k]!;
    else for (let k = 0; k < length; k++) text[at + k] = 97 + Math.floor(random() ** 3 * letters);
    at += length;
  }
  return text;
}

function compress(content: Buffer, level: number, isStreamed: boolean, checksum: boolean): Buffer {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
    [constants.ZSTD_c_contentSizeFlag]: isStreamed ? 0 : 1,
  };
  return zstdCompressSync(content, { params });
}

function contents(): Buffer[] {
  const random = makeRandom(7);
  const list = [0, 1, 2, 5, 31, 32, 33, 63, 64, 255, 256, 257, 1000, 1024, 5000, 70_000].flatMap(
    (bytes) => [2, 20, 150].map((letters) => makeText(bytes, letters, random)),
  );
  list.push(Buffer.alloc(300_000), Buffer.alloc(131_072, 7), makeText(400_000, 60, random));
  list.push(Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(random() * 256))));
  return list;
}

test('frames of every level, size and kind of content come out as they went in', () => {
  for (const content of contents()) {
    for (const level of [-5, 1, 3, 9, 19]) {
      const isStreamed = level !== 3;
      const frame = compress(content, level, isStreamed, level !== 9);
      const output = decoder.decompress(frame, 0, frame.length);
      assert(output.equals(content), `${content.length} bytes at level ${level}`);
    }
  }
});

test('the frame may stand anywhere in its buffer', () => {
  const content = makeText(3000, 30, makeRandom(1));
  const frame = compress(content, 3, true, true);
  const around = Buffer.concat([Buffer.alloc(77, 0xff), frame, Buffer.alloc(50, 0xff)]);
  decoder.run(around, 77, 77 + frame.length);
  assert(decoder.memory.subarray(decoder.start, decoder.end).equals(content));
});

test('frames after one another and skippable frames between them are one content', () => {
  const a = compress(Buffer.from('first '), 1, true, true);
  const b = compress(Buffer.from('second'), 1, false, false);
  const skippable = Buffer.from('5c2a4d1803000000aabbcc', 'hex');
  const all = Buffer.concat([skippable, a, skippable, b, skippable]);
  assert.equal(decoder.decompress(all, 0, all.length).toString(), 'first second');
});

test('a match cannot reach into an earlier frame', () => {
  // One compressed block: 1 raw literal, 1 sequence (RLE tables: literal length 1, offset code 3, match length 3).
  const bytes = '28b52ffd' + '0058' + '550000' + '0841' + '01' + '54' + '01' + '03' + '00';
  const reach = (bits: string): Buffer => Buffer.from(bytes + bits, 'hex');
  const before = compress(Buffer.alloc(100, 0x42), 1, true, true);
  const alone = reach('0a');
  alone.writeUIntLE(((alone.length - 9) << 3) | 5, 6, 3);
  assert.throws(() => decoder.decompress(alone, 0, alone.length), { code: 'RECORD_MALFORMED' });
  const both = Buffer.concat([before, alone]);
  assert.throws(() => decoder.decompress(both, 0, both.length), { code: 'RECORD_MALFORMED' });
});

test('more output than allowed is refused early, whatever the header says', () => {
  const bomb = compress(Buffer.alloc(200 << 20), 19, true, false);
  assert(bomb.length < 20_000);
  assert.throws(() => decoder.run(bomb, 0, bomb.length), { code: 'RECORD_TOO_LARGE' });
  assert(decoder.memory.length < MAX_BYTES + (1 << 20), 'memory stays near the limit');
  const claimed = compress(Buffer.alloc(5 << 20), 1, false, false);
  assert.throws(() => decoder.run(claimed, 0, claimed.length), { code: 'RECORD_TOO_LARGE' });
  const exact = compress(Buffer.alloc(MAX_BYTES), 1, true, true);
  assert.equal(decoder.decompress(exact, 0, exact.length).length, MAX_BYTES);
  const above = compress(Buffer.alloc(MAX_BYTES + 1), 1, true, true);
  assert.throws(() => decoder.run(above, 0, above.length), { code: 'RECORD_TOO_LARGE' });
});

test('input larger than the memory so far is taken in', () => {
  const fresh = new ZstdDecoder(8 << 20);
  const random = makeRandom(3);
  const content = Buffer.from(Array.from({ length: 2 << 20 }, () => Math.floor(random() * 256)));
  const frame = compress(content, 1, true, true);
  assert(fresh.decompress(frame, 0, frame.length).equals(content));
});

/** What the reference library makes of the bytes: the content, or undefined for an error. */
function reference(frame: Buffer): Buffer | undefined {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: MAX_BYTES });
  } catch {
    return undefined;
  }
}

function decodeOrFault(frame: Buffer): Buffer | undefined {
  try {
    return decoder.decompress(frame, 0, frame.length);
  } catch (error) {
    assert(error instanceof OperatingError, `${error}`);
    assert(error.code === 'RECORD_MALFORMED' || error.code === 'RECORD_TOO_LARGE');
    return undefined;
  }
}

test('every truncation is refused', () => {
  for (const checksum of [true, false]) {
    const frame = compress(makeText(900, 25, makeRandom(5)), 3, true, checksum);
    for (let end = 0; end < frame.length; end++) {
      assert.equal(decodeOrFault(frame.subarray(0, end)), undefined, `${end} of ${frame.length}`);
    }
  }
});

test('a flipped bit changes nothing, is refused, or without a checksum is read as the reference library reads it', () => {
  for (const checksum of [true, false]) {
    const content = makeText(700, 25, makeRandom(9));
    const frame = compress(content, 3, true, checksum);
    for (let bit = 0; bit < frame.length * 8; bit++) {
      frame[bit >> 3]! ^= 1 << (bit & 7);
      const output = decodeOrFault(frame);
      const expected = reference(frame);
      if (output !== undefined && expected !== undefined) assert(output.equals(expected));
      // The first six bytes say whether there is a checksum.
      if (checksum && bit >= 48 && output !== undefined) assert(output.equals(content));
      frame[bit >> 3]! ^= 1 << (bit & 7);
    }
  }
});

test('random damage never ends in anything but content or an error', () => {
  const random = makeRandom(11);
  const frame = compress(makeText(5000, 40, makeRandom(12)), 9, true, false);
  for (let round = 0; round < 3000; round++) {
    const damaged = Buffer.from(frame);
    const hits = 1 + Math.floor(random() * 4);
    for (let k = 0; k < hits; k++) {
      damaged[Math.floor(random() * Math.min(damaged.length, 200))] = Math.floor(random() * 256);
    }
    decodeOrFault(damaged);
  }
  assert(decoder.decompress(frame, 0, frame.length).length === 5000, 'good frames still decode');
});

test('bytes that are no frame are refused with the place', () => {
  const not = Buffer.from('hello, this is not a frame');
  assert.throws(() => decoder.decompress(not, 3, not.length), {
    code: 'RECORD_MALFORMED',
    fields: { offset: 3 },
  });
});

const dictionaries = ['legacy_subscribe.zdict', 'subscribe_events_20260811.zdict'].map((name) =>
  readFileSync(new URL(`../../src/decode/atproto/dictionaries/${name}`, import.meta.url)),
);

/** Pieces of a dictionary among other text, so that matches reach into it, also over its end. */
function makeSimilar(dictionary: Buffer, bytes: number, random: () => number): Buffer {
  const parts: Buffer[] = [dictionary.subarray(-(1 + Math.floor(random() * 60)))];
  for (let made = parts[0]!.length; made < bytes; ) {
    const from = 4096 + Math.floor(random() * (dictionary.length - 4096));
    const piece = dictionary.subarray(from, from + 4 + Math.floor(random() * 200));
    parts.push(random() < 0.7 ? piece : makeText(piece.length, 30, random));
    made += piece.length;
  }
  return Buffer.concat(parts);
}

test('frames that use a dictionary come out as they went in, among frames that do not', () => {
  const random = makeRandom(31);
  for (const dictionary of dictionaries) {
    const withDictionary = new ZstdDecoder(MAX_BYTES, dictionary);
    for (const bytes of [1, 20, 300, 600, 3000, 40_000, 300_000]) {
      for (const level of [-5, 1, 3, 9, 19]) {
        const content = makeSimilar(dictionary, bytes, random);
        const params = { [constants.ZSTD_c_compressionLevel]: level };
        const frame = zstdCompressSync(content, { params, dictionary });
        assert(
          withDictionary.decompress(frame, 0, frame.length).equals(content),
          `${bytes} ${level}`,
        );
        const plain = compress(content, level, true, true);
        assert(withDictionary.decompress(plain, 0, plain.length).equals(content));
        const both = Buffer.concat([plain, frame]);
        const twice = Buffer.concat([content, content]);
        assert(withDictionary.decompress(both, 0, both.length).equals(twice));
      }
    }
  }
});

test('a frame of another dictionary is refused, and one of a dictionary by a decoder without it', () => {
  const [first, second] = dictionaries.map((dictionary) =>
    zstdCompressSync(Buffer.from('{"did":"did:plc:"}'), { dictionary }),
  );
  assert(first !== undefined && second !== undefined);
  const ofFirst = new ZstdDecoder(MAX_BYTES, dictionaries[0]);
  ofFirst.decompress(first, 0, first.length);
  const malformed = { code: 'RECORD_MALFORMED' };
  assert.throws(() => ofFirst.decompress(second, 0, second.length), malformed);
  assert.throws(() => decoder.decompress(first, 0, first.length), malformed);
});

test('damaged frames of a dictionary end in content or an error, and leave the dictionary whole', () => {
  const random = makeRandom(32);
  const dictionary = dictionaries[0]!;
  const withDictionary = new ZstdDecoder(MAX_BYTES, dictionary);
  const content = makeSimilar(dictionary, 5000, random);
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  const frame = zstdCompressSync(content, { dictionary, params });
  for (let i = 0; i < 3000; i++) {
    const damaged = Buffer.from(frame);
    damaged[4 + Math.floor(random() * (frame.length - 4))]! ^= 1 << Math.floor(random() * 8);
    try {
      withDictionary.decompress(damaged, 0, damaged.length);
    } catch (error) {
      assert(error instanceof OperatingError);
    }
    if (i % 100 === 0) {
      assert(withDictionary.decompress(frame, 0, frame.length).equals(content));
    }
  }
});
