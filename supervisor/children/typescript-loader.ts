/** Node runs TypeScript by itself where it can; a child then needs no loader and no compiler process. */
export function typescriptLoader(): readonly string[] {
  return process.features.typescript ? [] : ['--import', import.meta.resolve('tsx')];
}
