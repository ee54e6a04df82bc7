import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { main } from 'assemblyscript/asc';

/** No host imports, no allocator, vectors allowed: see the AssemblyScript compiler's options. */
const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--use', 'abort='];

/** Sources refer to each other as `./name`; anything else the compiler asks for is its own library. */
function readSource(file: string): string | null {
  const source = new URL(`./${file.replace(/\.ts$/, '.as')}`, import.meta.url);
  return existsSync(source) ? readFileSync(source, 'utf8') : null;
}

/**
 * Compiles `<name>.as` of this folder, and what it imports. The source is AssemblyScript under its own ending, so that
 * TypeScript's tools leave it alone; the compiler knows it as `<name>.ts`.
 */
export async function compileWasm(name: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const result = await main([`${name}.ts`, '-o', `${name}.wasm`, ...OPTIONS], {
    readFile: readSource,
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
