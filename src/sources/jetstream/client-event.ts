import type { StreamEndpoint } from '../../model/stream-frame.ts';

/** What whoever runs a client is told, in the order in which it happens. */
export type StreamClientEvent =
  | {
      readonly type: 'connecting';
      readonly endpoint: StreamEndpoint;
      /** False for the first connection. */
      readonly again: boolean;
      /** Connections in a row that brought nothing. */
      readonly failures: number;
    }
  | {
      readonly type: 'connected';
      readonly endpoint: StreamEndpoint;
      /** What was asked for; null is the tip. */
      readonly cursor: number | null;
    }
  /** The first frame of a connection has come. */
  | { readonly type: 'flowing'; readonly again: boolean }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed'; readonly seconds: number }
  /** The pause was too long: the connection is closed. */
  | { readonly type: 'pause-limit'; readonly seconds: number }
  /** More came than the queue holds: the connection is closed, and what came is asked for again. */
  | { readonly type: 'overflow' }
  | { readonly type: 'idle'; readonly seconds: number }
  | {
      readonly type: 'disconnected';
      readonly endpoint: StreamEndpoint;
      readonly reason: string;
      readonly frames: number;
    }
  /** The pause before the next connection. */
  | { readonly type: 'waiting'; readonly delayMs: number }
  /** The server no longer has what was asked for, or a relay's number means nothing to it. */
  | { readonly type: 'gap'; readonly endpoint: StreamEndpoint; readonly reason: string }
  /** So many connections in a row brought nothing; told for each one from the fifth on. */
  | { readonly type: 'alert'; readonly failures: number; readonly reason: string };
