import { createHash } from 'node:crypto';
import { isJsonObject } from './record-fault.ts';

/** A piece of text that is final, or a value that still has to be written. */
type Piece = { readonly text: string } | { readonly value: unknown };

const CHUNK_UNITS = 65_536;

/**
 * SHA-256 in hex of the JSON of a value with sorted names and no spaces. Takes any depth: what is refused for its
 * depth needs a digest too.
 */
export function recordDigest(record: unknown): string {
  const hash = createHash('sha256');
  const stack: Piece[] = [{ value: record }];
  let text = '';
  for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
    if ('text' in piece) text += piece.text;
    else if (Array.isArray(piece.value)) pushList(stack, piece.value);
    else if (isJsonObject(piece.value)) pushObject(stack, piece.value);
    else text += JSON.stringify(piece.value) ?? 'null';
    if (text.length < CHUNK_UNITS) continue;
    hash.update(text);
    text = '';
  }
  return hash.update(text).digest('hex');
}

/** Last things first, since the stack gives the newest. */
function pushList(stack: Piece[], list: readonly unknown[]): void {
  stack.push({ text: ']' });
  for (let index = list.length - 1; index >= 0; index--) {
    stack.push({ value: list[index] });
    if (index > 0) stack.push({ text: ',' });
  }
  stack.push({ text: '[' });
}

function pushObject(stack: Piece[], object: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(object).sort();
  stack.push({ text: '}' });
  for (let index = names.length - 1; index >= 0; index--) {
    const name = names[index] ?? '';
    stack.push({ value: object[name] }, { text: `${JSON.stringify(name)}:` });
    if (index > 0) stack.push({ text: ',' });
  }
  stack.push({ text: '{' });
}
