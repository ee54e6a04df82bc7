import { setTimeout as delay } from 'node:timers/promises';
import { type BackoffOptions, backoffDelayMs } from '../../core/backoff.ts';
import { OperatingError } from '../../core/errors.ts';
import { cancelled, corrupt, notFound, unreachable } from './archive-errors.ts';
import { printableUrl } from './archive-layout.ts';
import { ConnectionLimit } from './connection-limit.ts';
import type { BodyReceiver, HttpTransport, ResponseHead } from './http-transport.ts';

export interface HttpClientOptions {
  readonly transport: HttpTransport;
  readonly connectionsMax: number;
  /** How often one request is tried in all, the first time included. */
  readonly triesMax: number;
  readonly backoff: BackoffOptions;
  /** In [0, 1). */
  readonly random: () => number;
  readonly userAgent: string;
}

export interface HttpGet {
  readonly url: URL;
  /** Asked anew for every try, because a later try may want less. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Called with every answer below 300; throwing a retryable error leads to another try. */
  readonly onHead: (head: ResponseHead) => BodyReceiver | undefined;
  /** Called when the body ended; throwing a retryable error leads to another try. */
  readonly onEnd: () => void;
  /** How many bytes have arrived so far: a try that brought many does not count against the tries. */
  readonly progress: () => number;
}

/** Redirects followed in a row; browsers allow 20, a file server needs one or two. */
const REDIRECTS_MAX = 5;
/** Longest time that a server may make us wait by Retry-After. */
const RETRY_AFTER_MAX_MS = 60_000;
/** A try that brought this much was worth it: the count of tries starts again. */
const WORTHWHILE_BYTES = 1024 * 1024;

/** GET requests with bounded connections, bounded redirects and bounded, jittered tries. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #limit: ConnectionLimit;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#limit = new ConnectionLimit(options.connectionsMax);
  }

  /**
   * @throws {OperatingError} ARCHIVE_NOT_FOUND for 404 and 410, ARCHIVE_UNREACHABLE when the tries
   * are spent or the server refuses, CANCELLED, and what `onHead` throws.
   */
  async get(get: HttpGet, signal: AbortSignal): Promise<void> {
    let tries = 0;
    let progress = get.progress();
    for (;;) {
      try {
        return await this.#limit.run(() => this.#follow(get, signal), signal);
      } catch (error) {
        if (signal.aborted) throw cancelled(printableUrl(get.url), signal);
        if (get.progress() - progress >= WORTHWHILE_BYTES) tries = 0;
        progress = get.progress();
        tries++;
        if (!isRetryable(error) || tries >= this.#options.triesMax) throw error;
        await this.#pause(error, tries, signal);
      }
    }
  }

  close(): void {
    this.#options.transport.close();
  }

  async #pause(error: OperatingError, tries: number, signal: AbortSignal): Promise<void> {
    const { backoff, random } = this.#options;
    const asked = error.fields['retryAfterMs'];
    const backoffMs = backoffDelayMs(tries - 1, backoff, random());
    const waitMs = typeof asked === 'number' ? Math.max(asked, backoffMs) : backoffMs;
    try {
      await delay(waitMs, undefined, { signal });
    } catch (aborted) {
      throw new OperatingError('CANCELLED', 'waiting for another try: cancelled', {
        retryable: false,
        cause: aborted,
      });
    }
  }

  async #follow(get: HttpGet, signal: AbortSignal): Promise<void> {
    let url = get.url;
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const target = await this.#exchange(get, url, signal);
      if (target === undefined) return get.onEnd();
      url = target;
    }
    throw unreachable(
      `reading ${printableUrl(get.url)}: more than ${REDIRECTS_MAX} redirects in a row`,
      { url: printableUrl(get.url) },
      { retryable: false },
    );
  }

  /** The address to go to instead, or undefined when the answer was taken. */
  async #exchange(get: HttpGet, url: URL, signal: AbortSignal): Promise<URL | undefined> {
    let target: URL | undefined;
    await this.#options.transport.exchange(
      {
        url,
        headers: {
          'user-agent': this.#options.userAgent,
          'accept-encoding': 'identity',
          ...get.headers(),
        },
        onHead: (head) => {
          target = redirectTarget(head, url);
          if (target !== undefined) return undefined;
          requireAnswer(head, url);
          return get.onHead(head);
        },
      },
      signal,
    );
    return target;
  }
}

function isRetryable(error: unknown): error is OperatingError {
  return error instanceof OperatingError && error.retryable;
}

function redirectTarget(head: ResponseHead, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(head.status)) return undefined;
  const location = head.header('location');
  const name = printableUrl(from);
  const target = location === undefined ? null : URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw corrupt(`reading ${name}: status ${head.status} with an unusable Location`, {
      url: name,
    });
  }
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw unreachable(
      `reading ${name}: redirected from https to http, which is not followed`,
      { url: name },
      { retryable: false },
    );
  }
  return target;
}

/** Statuses that bring no archive bytes become errors; 416 is left to the caller, who knows the size. */
function requireAnswer(head: ResponseHead, url: URL): void {
  const { status } = head;
  const name = printableUrl(url);
  const fields = { url: name, status };
  if (status === 404 || status === 410) {
    throw notFound(`reading ${name}: expected the file, got status ${status}`, fields);
  }
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfterMs(head.header('retry-after'), Date.now());
    throw unreachable(
      `reading ${name}: status ${status}`,
      retryAfterMs === undefined ? fields : { ...fields, retryAfterMs },
    );
  }
  if (status >= 400 && status !== 416) {
    throw unreachable(`reading ${name}: refused with status ${status}`, fields, {
      retryable: false,
    });
  }
  const encoding = head.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw unreachable(
      `reading ${name}: expected plain bytes, got content-encoding ${encoding}`,
      fields,
      { retryable: false },
    );
  }
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), never more than a minute. */
export function parseRetryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS) : undefined;
}
