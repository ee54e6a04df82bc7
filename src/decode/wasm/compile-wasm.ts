import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { main } from 'assemblyscript/asc';

/** No host imports, no allocator, vectors allowed: see the AssemblyScript compiler's options. */
const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--use', 'abort='];

/**
 * Compiles `<name>.as` of this folder. The source is AssemblyScript under its own ending, so that
 * TypeScript's tools leave it alone; the compiler knows it as `<name>.ts`.
 */
export async function compileWasm(name: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const result = await main([`${name}.ts`, '-o', `${name}.wasm`, ...OPTIONS], {
    readFile: (file) =>
      file === `${name}.ts` ? readFileSync(new URL(`./${name}.as`, import.meta.url), 'utf8') : null,
    writeFile: (_file, contents) => {
      if (typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  assert(result.error === null && wasm !== undefined, `compile ${name}.as: ${result.stderr}`);
  return wasm;
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const name of argv.slice(2)) {
    writeFileSync(new URL(`./${name}.wasm`, import.meta.url), await compileWasm(name));
  }
}
