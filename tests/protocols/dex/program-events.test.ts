import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { encodeBase58 } from '../../../src/core/base58.ts';
import type { SwapEvent } from '../../../src/protocols/dex/dex-program.ts';
import { dexProgramById } from '../../../src/protocols/dex/known-programs.ts';

/** Goal: the bytes of real events, of every age known, tell the amounts that others read from them. */

interface EventVector {
  readonly program: string;
  /** Signature of the transaction, where it is known. */
  readonly transaction: string | null;
  /** Id and payload in hex. */
  readonly data: string;
  readonly pool: string | null;
  readonly amount_in: string;
  readonly amount_out: string;
}

const url = new URL('../../fixtures/dex/event-vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(url, 'utf8')) as EventVector[];

function readEvent(program: string, bytes: Buffer): SwapEvent | undefined {
  const forms = dexProgramById(program)?.events ?? [];
  const form = forms.find(({ id }) => bytes.subarray(0, id.length).equals(id));
  assert(form, `no event of ${program} begins with ${bytes.toString('hex', 0, 8)}`);
  return form.read(bytes.subarray(form.id.length));
}

for (const { program, transaction, data, pool, amount_in, amount_out } of vectors) {
  const bytes = Buffer.from(data, 'hex');
  const name = `${dexProgramById(program)?.name}, ${bytes.length} bytes`;

  test(`an event of ${name}, of transaction ${transaction ?? 'unknown'}`, () => {
    const event = readEvent(program, bytes);
    assert.deepEqual([event?.amountIn, event?.amountOut], [BigInt(amount_in), BigInt(amount_out)]);
    if (pool !== null) assert.equal(encodeBase58(event?.pool ?? new Uint8Array()), pool);
  });

  test(`an event of ${name} may grow at its end, and is not read beyond its end`, () => {
    const grown = Buffer.concat([bytes, Buffer.alloc(40, 0xff)]);
    assert.deepEqual(readEvent(program, grown)?.amountIn, BigInt(amount_in));
    for (let length = 8; length < bytes.length; length++) {
      const event = readEvent(program, Buffer.from(bytes.subarray(0, length)));
      const right = event === undefined || event.amountIn === BigInt(amount_in);
      assert(right, `${length} bytes were read as ${event?.amountIn}`);
    }
  });
}
