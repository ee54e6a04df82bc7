import type { ServerResponse } from 'node:http';
import { maskAddresses } from '../../src/ops/mask-secrets.ts';

/** A comment line after this many milliseconds of silence keeps proxies from closing the stream. */
const HEARTBEAT_MS = 15_000;

export interface EventStream {
  send(event: string, data: unknown): void;
  /** Sends what is left and closes; further calls do nothing. */
  end(): void;
  readonly closed: Promise<void>;
}

/**
 * Server-sent events (WHATWG HTML, 9.2) over one response. A client that reads too slowly misses
 * events rather than filling our memory: while the socket is full, only the last one is kept.
 */
export function openEventStream(response: ServerResponse): EventStream {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.flushHeaders();
  let waiting: string | undefined;
  let full = false;
  const write = (text: string) => {
    if (response.writableEnded || response.destroyed) return;
    if (full) waiting = text;
    else full = !response.write(text);
  };
  response.on('drain', () => {
    full = false;
    const text = waiting;
    waiting = undefined;
    if (text !== undefined) write(text);
  });
  const heartbeat = setInterval(() => {
    if (!full) write(': still here\n\n');
  }, HEARTBEAT_MS);
  const closed = new Promise<void>((resolve) => {
    response.once('close', () => {
      clearInterval(heartbeat);
      resolve();
    });
  });
  return {
    send: (event, data) =>
      write(`event: ${event}\ndata: ${maskAddresses(JSON.stringify(data))}\n\n`),
    end: () => {
      if (!response.writableEnded) response.end(waiting);
    },
    closed,
  };
}
