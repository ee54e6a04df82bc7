import { z } from 'zod';
import type { SessionsJobSpec, StatsJobSpec, SwapsJobSpec } from '../../src/model/job.ts';
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
const rpcUrl = z.url({ protocol: /^https?$/ });
const follow = z
  .strictObject({ rpcUrl, start: slot.nullable(), end: slot.min(1).nullable() })
  .refine(
    ({ start, end }) => end === null || (start !== null && start < end),
    'an end needs a start before it',
  )
  .nullable()
  .default(null);
const names = z.array(chainKey).max(10_000);

const SLOTS_FAULT = {
  path: ['range'],
  error: 'either a range is expected or what to follow',
};

/** Kept in step with the model by the compiler: what is parsed must be a spec of the model. */
const sessionsJobSpec = z
  .strictObject({
    kind: z.literal('sessions'),
    source: z.enum(['archive', 'rpc', 'auto']),
    targets: names,
    range: range.nullable(),
    follow,
    slotPadding: z.int().min(0).max(1_000_000),
    signaturePagesMax: z.int().min(1).max(100_000),
    archive,
    rpcUrl,
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
  })
  .refine(({ range, follow }) => range === null || follow === null, {
    path: ['follow'],
    error: 'a job reads a range or follows the chain, not both',
  }) satisfies z.ZodType<SessionsJobSpec>;

const statsJobSpec = z
  .strictObject({
    kind: z.literal('stats'),
    range: range.nullable(),
    follow,
    archive,
    variants: z.strictObject({ inner: z.boolean(), loaded: z.boolean() }),
    verify,
  })
  .refine(saysSlotsOnce, SLOTS_FAULT) satisfies z.ZodType<StatsJobSpec>;

const swapsJobSpec = z
  .strictObject({
    kind: z.literal('swaps'),
    range: range.nullable(),
    follow,
    archive,
    sink: z.enum(['nats', 'clickhouse']),
    generic: z.boolean(),
    verify,
  })
  .refine(saysSlotsOnce, SLOTS_FAULT) satisfies z.ZodType<SwapsJobSpec>;

function saysSlotsOnce({ range, follow }: Pick<StatsJobSpec, 'range' | 'follow'>): boolean {
  return (range === null) !== (follow === null);
}

export const jobRequest = z.strictObject({
  spec: z.discriminatedUnion('kind', [sessionsJobSpec, statsJobSpec, swapsJobSpec]),
  fresh: z.boolean().default(false),
});
