import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { certificateFault } from '../../core/certificate-fault.ts';
import { errorText, OperatingError } from '../../core/errors.ts';
import { unreachable } from './archive-errors.ts';
import { printableUrl } from './archive-layout.ts';
import { watchProgress } from './progress-watch.ts';

export interface ResponseHead {
  readonly status: number;
  /** By lower-case name; undefined where the server sent none. */
  readonly header: (name: string) => string | undefined;
}

/** Takes pieces of the body; a piece is only valid during the call. Throwing ends the exchange. */
export type BodyReceiver = (piece: Buffer) => void;

export interface HttpExchange {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Looks at the head: says who takes the body, or undefined to drop it. Throwing ends the exchange. */
  readonly onHead: (head: ResponseHead) => BodyReceiver | undefined;
}

/**
 * GET and nothing else: one request, one response, no retries and no redirects. Behind an
 * interface because the client is the largest cost of reading over a network.
 */
export interface HttpTransport {
  /**
   * Resolves when the body is complete or was dropped.
   * @throws {OperatingError} ARCHIVE_UNREACHABLE for every fault of network, server or timing;
   * and whatever `onHead` or its receiver throws.
   */
  exchange(exchange: HttpExchange, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface HttpTransportOptions {
  readonly connectionsMax: number;
  /** How long the head may take, and how long the body may stand still or trickle. */
  readonly timeoutMs: number;
}

/** Keep-alive connections of node:http and node:https. */
export function openHttpTransport(options: HttpTransportOptions): HttpTransport {
  const plain = new HttpAgent({ keepAlive: true, maxSockets: options.connectionsMax });
  const secure = new HttpsAgent({ keepAlive: true, maxSockets: options.connectionsMax });
  return {
    exchange: (exchange, signal) => {
      const { url, headers } = exchange;
      const request =
        url.protocol === 'https:'
          ? requestHttps(url, { agent: secure, headers, signal })
          : requestHttp(url, { agent: plain, headers, signal });
      return runExchange(request, exchange, options.timeoutMs);
    },
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

function runExchange(
  request: ClientRequest,
  exchange: HttpExchange,
  timeoutMs: number,
): Promise<void> {
  const url = printableUrl(exchange.url);
  return new Promise((resolve, reject) => {
    let failed = false;
    const fail = (error: unknown) => {
      failed = true;
      watch.stop();
      request.destroy();
      reject(asOperatingError(error, url));
    };
    const watch = watchProgress(timeoutMs, (stall) =>
      fail(unreachable(`reading ${url}: ${stall}`, { url })),
    );
    const succeed = () => {
      watch.stop();
      resolve();
    };
    request.on('error', fail);
    request.on('response', (response) => {
      watch.headArrived();
      try {
        const receiver = exchange.onHead(headOf(response));
        if (receiver === undefined) {
          request.destroy();
          succeed();
          return;
        }
        const { bytesArrived } = watch;
        receiveBody(response, { receiver, bytesArrived, hasFailed: () => failed, succeed, fail });
      } catch (error) {
        fail(error);
      }
    });
    request.end();
  });
}

interface BodyEvents {
  readonly receiver: BodyReceiver;
  readonly bytesArrived: (bytes: number) => void;
  /** A piece that comes late must not reach a receiver that another try is using by then. */
  readonly hasFailed: () => boolean;
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

function receiveBody(response: IncomingMessage, events: BodyEvents): void {
  response.on('data', (piece: Buffer) => {
    if (events.hasFailed()) return;
    events.bytesArrived(piece.length);
    try {
      events.receiver(piece);
    } catch (error) {
      events.fail(error);
    }
  });
  response.on('end', events.succeed);
  response.on('error', events.fail);
}

function headOf(response: IncomingMessage): ResponseHead {
  return {
    status: response.statusCode ?? 0,
    header: (name) => {
      const value = response.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

function asOperatingError(error: unknown, url: string): unknown {
  if (error instanceof OperatingError || !(error instanceof Error)) return error;
  const fault = certificateFault(error);
  if (fault === undefined) {
    return unreachable(`reading ${url}: ${errorText(error)}`, { url }, { cause: error });
  }
  return unreachable(
    `reading ${url}: ${fault.text}`,
    { url, certificate: fault.code },
    { retryable: false, cause: error },
  );
}
