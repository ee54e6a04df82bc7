import type { NatsConnection } from '@nats-io/transport-node';
import type { OperatingError } from '../../core/errors.ts';
import type { Candle } from '../../model/candle.ts';
import { SwapPublisher } from '../../sinks/nats/publisher.ts';
import { candleMessageId, candleSubject, encodeCandleMessage } from '../candles/candle-message.ts';

const WINDOW_MAX = 256;
const BACKOFF = { firstMs: 50, maxMs: 5_000 };

/** Publishes revisions of candles. */
export class CandlePublisher {
  readonly #publisher: SwapPublisher;

  /** @param onRetry told about faults that are waited out. */
  constructor(connection: NatsConnection, onRetry: (fault: OperatingError) => void) {
    const options = { connection, windowMax: WINDOW_MAX, backoff: BACKOFF, random: Math.random };
    this.#publisher = new SwapPublisher({ ...options, onRetry });
  }

  /** Resolves when all of them are on their streams. */
  async publish(candles: readonly Candle[], signal: AbortSignal): Promise<void> {
    for (const candle of candles) {
      const payload = encodeCandleMessage(candle);
      const subject = candleSubject(candle.timeframe);
      await this.#publisher.publish(subject, candleMessageId(candle), payload, signal);
    }
    await this.#publisher.drain(signal);
  }
}
