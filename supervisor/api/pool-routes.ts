import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { TIMEFRAMES } from '../../src/model/candle.ts';
import type { CandlePage, PairSummary, PoolQueries } from '../../src/sinks/pool-queries.ts';
import type { ApiContext } from './api-context.ts';
import { notFound, schemaFault, sendFault } from './api-error.ts';
import { type FilledCandle, fillCandles } from './fill-candles.ts';
import { chainKey } from './ingest-schema.ts';
import { pageQuery } from './page-query.ts';
import { candleView, pairView, positionText, swapView } from './pool-view.ts';

const poolParams = z.object({ pool: chainKey });
const seconds = z.coerce.number().int().min(0).max(0xffff_ffff);
const timeBounds = z.object({
  from: seconds.nullish().default(null),
  to: seconds.nullish().default(null),
});

/** `slot:transaction:outer:inner:hop`, as `next` of the page before. */
const position = z
  .string()
  .regex(
    /^\d{1,15}:\d{1,9}:\d{1,5}:(-1|\d{1,9}):\d{1,3}$/,
    'the next of the page before is expected',
  )
  .transform((text) => text.split(':').map(Number) as [number, number, number, number, number])
  .refine(([, , outer, , hop]) => outer <= 0xffff && hop <= 0xff, 'no such position');

const swapsQuery = pageQuery.omit({ after: true }).extend({
  ...timeBounds.shape,
  after: position.nullish().default(null),
});
const candlesQuery = pageQuery.omit({ after: true }).extend({
  ...timeBounds.shape,
  tf: z.enum(['1m', '5m', '1h']).default('1m'),
  after: seconds.nullish().default(null),
  fill: z.enum(['0', '1']).default('0'),
  base: chainKey.optional(),
  quote: chainKey.optional(),
});

/** Swaps and candles of single pools, from ClickHouse. */
export function addPoolRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get('/api/v1/pools/:pool', (request, reply) =>
    withPool(request, reply, async (pool, signal) => {
      const pools = context.pools();
      const [[last], pairs] = await Promise.all([
        pools.swaps(pool, { from: null, to: null, after: null, limit: 1 }, signal),
        pools.pairs(pool, signal),
      ]);
      if (last === undefined) return unknownPool(reply, pool);
      const { program, programId: program_id } = last;
      const last_swap = swapView(last);
      return reply.send({ pool, program, program_id, pairs: pairs.map(pairView), last_swap });
    }),
  );
  app.get('/api/v1/pools/:pool/swaps', (request, reply) =>
    withPool(request, reply, async (pool, signal) => {
      const query = swapsQuery.safeParse(request.query);
      if (!query.success) return sendFault(reply, schemaFault(query.error));
      const pools = context.pools();
      const swaps = await pools.swaps(pool, query.data, signal);
      if (swaps.length === 0 && !(await isKnown(pools, pool, signal))) {
        return unknownPool(reply, pool);
      }
      const last = swaps.length === query.data.limit ? swaps.at(-1) : undefined;
      const next = last === undefined ? null : positionText(last);
      return reply.send({ pool, swaps: swaps.map(swapView), next });
    }),
  );
  app.get('/api/v1/pools/:pool/candles', (request, reply) =>
    withPool(request, reply, async (pool, signal) => {
      const query = candlesQuery.safeParse(request.query);
      if (!query.success) return sendFault(reply, schemaFault(query.error));
      const pools = context.pools();
      const pairs = await pools.pairs(pool, signal);
      const pair = pairs.find((one) => isWanted(one, query.data));
      if (pair === undefined) {
        if (pairs.length === 0 && !(await isKnown(pools, pool, signal))) {
          return unknownPool(reply, pool);
        }
        return sendFault(reply, notFound(`pool ${pool} has no candles of such a pair`));
      }
      const candles = await readPage(pools, pool, { pair, query: query.data }, signal);
      const { limit, tf } = query.data;
      const next = candles.length === limit ? (candles.at(-1)?.start ?? null) : null;
      const { baseMint: base_mint, quoteMint: quote_mint } = pair;
      return reply.send({
        pool,
        base_mint,
        quote_mint,
        tf,
        candles: candles.map(candleView),
        next,
      });
    }),
  );
}

type CandlesQuery = z.infer<typeof candlesQuery>;

function isWanted(pair: PairSummary, { base, quote }: CandlesQuery): boolean {
  return (base ?? pair.baseMint) === pair.baseMint && (quote ?? pair.quoteMint) === pair.quoteMint;
}

async function readPage(
  pools: PoolQueries,
  pool: string,
  { pair, query }: { readonly pair: PairSummary; readonly query: CandlesQuery },
  signal: AbortSignal,
): Promise<readonly FilledCandle[]> {
  const { tf: timeframe, to, limit, after } = query;
  const step = TIMEFRAMES[timeframe];
  const first = Math.max(query.from ?? 0, after === null ? 0 : after + 1);
  const from = Math.min(Math.ceil(first / step) * step, 0xffff_ffff);
  const page: CandlePage = { ...{ pool, pair, timeframe, from, to, limit } };
  const candles = await pools.candles(page, signal);
  if (query.fill === '0') return candles.map((candle) => ({ ...candle, filled: false }));
  const before = await pools.pricedBefore(page, from, signal);
  const known = await pools.knownUntil(timeframe, signal);
  const lastTraded = candles.at(-1)?.start ?? 0;
  // Without an end the hour of the last trade is the end; gaps are known up to chain time only.
  const end = to === null ? pair.lastStart + TIMEFRAMES['1h'] : to;
  const bound = Math.min(end, Math.max(known, lastTraded + 1));
  return fillCandles(candles, { before, from, to: bound, limit });
}

async function isKnown(pools: PoolQueries, pool: string, signal: AbortSignal): Promise<boolean> {
  const any = { from: null, to: null, after: null, limit: 1 };
  return (await pools.swaps(pool, any, signal)).length > 0;
}

function unknownPool(reply: FastifyReply, pool: string): FastifyReply {
  return sendFault(reply, notFound(`no swap with pool ${pool} is known`));
}

/** The queries of a client that hung up are given up. */
async function withPool(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: (pool: string, signal: AbortSignal) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const params = poolParams.safeParse(request.params);
  if (!params.success) return sendFault(reply, schemaFault(params.error));
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  reply.raw.once('close', onClose);
  try {
    return await answer(params.data.pool, gone.signal);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    return reply.hijack();
  } finally {
    reply.raw.off('close', onClose);
  }
}
