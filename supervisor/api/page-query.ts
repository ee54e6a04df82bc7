import { z } from 'zod';

/** Entries of one answer when the client does not say, and at most. */
const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;

/** `?limit=…&after=…`, as every list takes it; `after` is the last entry of the page before. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  after: z.string().max(200).nullish().default(null),
});
