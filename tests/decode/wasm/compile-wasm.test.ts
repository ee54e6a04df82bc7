import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { compileWasm } from '../../../src/decode/wasm/compile-wasm.ts';

/** Goal: the committed modules are what their sources say. */

for (const name of ['sha256', 'zstd']) {
  test(`${name}.wasm is what ${name}.as compiles to`, async () => {
    const committed = readFileSync(
      new URL(`../../../src/decode/wasm/${name}.wasm`, import.meta.url),
    );
    assert(committed.equals(await compileWasm(name)), `run the build of ${name}.wasm again`);
  });
}
