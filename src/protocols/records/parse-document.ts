import type { z } from 'zod';
import { OperatingError } from '../../core/errors.ts';

/** A JSON document of the user's, and what it is called in messages. */
export interface NamedDocument {
  readonly name: string;
  readonly value: unknown;
}

/**
 * @param at path of the value inside the document.
 * @throws {OperatingError} CONFIG: names the document, the place in it, and what was expected and received.
 */
export function parseDocument<T>(
  document: NamedDocument,
  schema: z.ZodType<T>,
  value: unknown,
  at: readonly PropertyKey[] = [],
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw documentError(
    document.name,
    [...at, ...(issue?.path ?? [])].map(String).join('.'),
    issue?.message ?? 'not as expected',
  );
}

export function documentError(name: string, place: string, problem: string): OperatingError {
  return new OperatingError(
    'CONFIG',
    `reading the collection document ${name}, at ${place === '' ? 'its top' : place}: ${problem}`,
    { retryable: false, fields: { document: name, place } },
  );
}
