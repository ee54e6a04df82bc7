import { z } from 'zod';
import type { SessionsJobSpec, StatsJobSpec } from '../../src/model/job.ts';
import { chainKey } from './ingest-schema.ts';

const slot = z.int().min(0);
const verify = z.enum(['all', 'used', 'none']);
const range = z
  .strictObject({ start: slot, end: slot })
  .refine(({ start, end }) => start < end, 'a range ends after its start');
const archive = z.strictObject({
  carBase: z.string().min(1).max(4096),
  indexBase: z.string().min(1).max(4096),
  network: z.string().regex(/^[\w-]{1,64}$/, 'letters, digits, dashes and underscores'),
  cacheDir: z.string().max(4096).nullable(),
  forceLegacyIndex: z.boolean(),
});
const names = z.array(chainKey).max(10_000);

/** Kept in step with the model by the compiler: what is parsed must be a spec of the model. */
const sessionsJobSpec = z.strictObject({
  kind: z.literal('sessions'),
  source: z.enum(['archive', 'rpc', 'auto']),
  targets: names,
  range: range.nullable(),
  slotPadding: z.int().min(0).max(1_000_000),
  signaturePagesMax: z.int().min(1).max(100_000),
  archive,
  rpcUrl: z.url({ protocol: /^https?$/ }),
  filter: z.strictObject({
    mode: z.enum(['auto', 'pinocchio', 'legacy', 'code-in', 'passthrough']),
    programs: names,
    sessions: names,
  }),
  verify,
  decode: z.enum(['auto', 'base64', 'none']),
  recoverFailed: z.boolean(),
  strict: z.boolean(),
  outDir: z.string().min(1).max(4096).nullable(),
}) satisfies z.ZodType<SessionsJobSpec>;

const statsJobSpec = z.strictObject({
  kind: z.literal('stats'),
  range,
  archive,
  variants: z.strictObject({ inner: z.boolean(), loaded: z.boolean() }),
  verify,
}) satisfies z.ZodType<StatsJobSpec>;

export const jobRequest = z.strictObject({
  spec: z.discriminatedUnion('kind', [sessionsJobSpec, statsJobSpec]),
  fresh: z.boolean().default(false),
});
