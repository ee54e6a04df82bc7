import { byteSize, integer, optionalText } from './setting.ts';

const PORT = { min: 1, max: 65_535 };
const MIB = 2 ** 20;

/** How swaps travel: NATS, the sink behind it, candles, and the tip of the chain. */
export const streamSettings = {
  natsCreds: optionalText('NATS_CREDS', 'credentials file for NATS'),
  natsCa: optionalText('NATS_CA', 'file of authorities that NATS certificates are checked with'),
  natsCert: optionalText('NATS_CERT', 'certificate file shown to NATS'),
  natsKey: optionalText('NATS_KEY', 'key file of that certificate'),
  jetstreamDefinitions: optionalText(
    'MILLRACE_JETSTREAM_DEFINITIONS',
    'folder of stream and consumer definitions that stand for those of ops/jetstream',
  ),
  publishWindow: integer(
    'MILLRACE_PUBLISH_WINDOW',
    256,
    { min: 1, max: 65_536 },
    'messages a worker has sent to NATS and not seen acknowledged',
  ),
  swapsBacklogMax: integer(
    'MILLRACE_SWAPS_BACKLOG_MAX',
    200_000,
    { min: 1, max: 1_000_000_000 },
    'messages waiting for the sink at which reading pauses',
  ),
  swapsBacklogResume: integer(
    'MILLRACE_SWAPS_BACKLOG_RESUME',
    100_000,
    { min: 0, max: 1_000_000_000 },
    'messages waiting for the sink at which reading goes on',
  ),
  sinkPort: integer('MILLRACE_SINK_PORT', 8124, PORT, 'port on which the sink tells how it does'),
  sinkBatchRows: integer(
    'MILLRACE_SINK_BATCH_ROWS',
    50_000,
    { min: 1, max: 1_000_000 },
    'rows of one insert of swaps',
  ),
  sinkBatchBytes: byteSize(
    'MILLRACE_SINK_BATCH_BYTES',
    32 * MIB,
    { min: 1024, max: 2 ** 30 },
    'bytes of one insert of swaps',
  ),
  sinkBatchAgeMs: integer(
    'MILLRACE_SINK_BATCH_AGE_MS',
    1_000,
    { min: 1, max: 20_000 },
    'longest wait for an insert of swaps to fill up',
  ),
  candleLatenessSeconds: integer(
    'MILLRACE_CANDLE_LATENESS_SECONDS',
    30,
    { min: 0, max: 86_400 },
    'chain time that a candle stays open after its end',
  ),
  followBatchSlots: integer(
    'MILLRACE_FOLLOW_BATCH_SLOTS',
    32,
    { min: 1, max: 10_000 },
    'most slots between two checkpoints of --follow',
  ),
  followPollMs: integer(
    'MILLRACE_FOLLOW_POLL_MS',
    1_000,
    { min: 10, max: 600_000 },
    'pause of --follow at the tip of the chain',
  ),
};
