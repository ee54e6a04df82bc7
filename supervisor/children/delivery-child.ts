import { postIngest } from '../../src/sinks/ingest-http.ts';
import type { WorkerSpec } from '../child-spec.ts';
import { Delivery } from '../delivery.ts';
import type { House } from '../house.ts';
import { inProcessChild } from '../in-process-child.ts';

const SHUTDOWN_MS = 10_000;
const BACKOFF_MAX_MS = 10 * 60_000;

/** Empties the outbox to the ingest endpoint. */
export function deliveryChild(house: House): WorkerSpec {
  return inProcessChild({
    id: 'delivery',
    shutdownMs: SHUTDOWN_MS,
    start: async (fail) => {
      const delivery = openDelivery(house);
      delivery.events.on('failed', fail);
      countDeliveries(delivery, house);
      delivery.start();
      house.slots.delivery = delivery;
      return {
        stop: async (signal) => {
          house.slots.delivery = null;
          await delivery.stop(signal);
        },
      };
    },
  });
}

function openDelivery({ store, config, loggerOf, ingestToken }: House): Delivery {
  const now = (): number => Date.now();
  const endpoint = { token: ingestToken, timeoutMs: config.deliveryTimeoutMs, now };
  return new Delivery({
    ...{ store, now, logger: loggerOf('delivery') },
    post: (url, delivery, signal) => postIngest({ url, ...endpoint }, delivery, signal),
    concurrency: config.deliveryConcurrency,
    triesMax: config.deliveryTriesMax,
    backoff: { firstMs: config.deliveryRetryMs, maxMs: BACKOFF_MAX_MS },
    random: Math.random,
  });
}

function countDeliveries({ events }: Delivery, { metrics }: House): void {
  events.on('delivered', (entry) => {
    metrics.deliveries.inc({ outcome: 'delivered' });
    metrics.deliveredBytes.inc(entry.payloadBytes);
  });
  events.on('postponed', () => metrics.deliveries.inc({ outcome: 'postponed' }));
  events.on('dead', () => metrics.deliveries.inc({ outcome: 'dead' }));
}
