import WebSocket from 'ws';
import type { StreamProtocol } from '../src/model/stream-frame.ts';

/** Reads a stream for ever and tells of each event once it is through; `used` is false for what is thrown away. */
export type ReadStream = (url: string, onEvent: (used: boolean) => void) => Promise<void>;

/** By name; each loads its own library only. */
export const streamReaders: Readonly<Record<string, ReadStream>> = {
  '@skyware/jetstream': readBySkyware,
  '@atcute/jetstream': readByAtcute,
  'ours, JSON': (url, onEvent) => readByOurs(url, 'v1', onEvent),
  'ours, zstd': (url, onEvent) => readByOurs(url, 'v1', onEvent),
  'ours, firehose': (url, onEvent) => readByOurs(url, 'firehose', onEvent),
};

/** `JSON.parse` and a listener; nothing is validated. */
async function readBySkyware(url: string, onEvent: (used: boolean) => void): Promise<void> {
  const { Jetstream } = await import('@skyware/jetstream');
  const jetstream = new Jetstream({ endpoint: url, ws: WebSocket });
  const used = (): void => onEvent(true);
  jetstream.on('commit', used);
  jetstream.on('account', used);
  jetstream.on('identity', used);
  jetstream.on('error', (error) => {
    throw error;
  });
  jetstream.start();
}

/** `JSON.parse`, a valibot schema over the envelope, an asynchronous iterator; records stay unknown. */
async function readByAtcute(url: string, onEvent: (used: boolean) => void): Promise<void> {
  const { JetstreamSubscription } = await import('@atcute/jetstream');
  const subscription = new JetstreamSubscription({
    url,
    ws: { WebSocket },
    onError: () => onEvent(false),
    onConnectionError: ({ error }) => {
      throw error;
    },
  });
  for await (const _ of subscription) onEvent(true);
}

/** Envelope checked, record validated by its lexicon and mapped to a row. */
async function readByOurs(
  url: string,
  protocol: StreamProtocol,
  onEvent: (used: boolean) => void,
): Promise<void> {
  const { readToChanges } = await import('./read-to-changes.ts');
  await readToChanges({ url, protocol }, onEvent);
}
