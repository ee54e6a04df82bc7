import { type ZodType, z } from 'zod';
import { OperatingError } from '../../core/errors.ts';

/** @throws {OperatingError} RPC_UNREACHABLE (not retryable) when an endpoint answers in a shape of its own. */
export function parseResult<T>(
  schema: ZodType<T>,
  result: unknown,
  method: string,
  host: string,
): T {
  const parsed = schema.safeParse(result);
  if (parsed.success) return parsed.data;
  const expected = z.prettifyError(parsed.error).replace(/\s+/g, ' ').slice(0, 200);
  throw new OperatingError(
    'RPC_UNREACHABLE',
    `${method} at ${host}: the result is not what the method is documented to give: ${expected}`,
    { retryable: false, fields: { method, host } },
  );
}

/** Slots, times and positions: whole numbers that a double holds exactly. */
export const count = z.int().nonnegative();
