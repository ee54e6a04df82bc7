import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../../core/errors.ts';
import type { StreamEndpoint, StreamPosition } from '../../model/stream-frame.ts';
import type { StreamClientEvent } from './client-event.ts';
import { Connection, type ConnectionEnd, type ConnectionTiming } from './connection.ts';
import type { FrameQueue } from './frame-queue.ts';
import { helloOf } from './options-update.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import { OLDEST_CURSOR, resumeCursor } from './resume-cursor.ts';
import { streamUrl } from './stream-url.ts';

export interface StreamClientOptions {
  /** In order of preference. */
  readonly endpoints: readonly StreamEndpoint[];
  readonly collections: readonly string[];
  readonly dids: readonly string[];
  readonly compress: boolean;
  readonly messageBytesMax: number;
  readonly queue: FrameQueue;
  /** Up to where everything is stored; asked before each connection. */
  readonly positionOf: () => StreamPosition | null;
  /** Where to begin whatever is stored already; null resumes. */
  readonly from: 'live' | number | null;
  readonly timing: ConnectionTiming & {
    /** A connection that lasted as long does not count as one that was dropped at once. */
    readonly stableMs: number;
  };
  /** Connections in a row that may bring nothing; null goes on for ever. */
  readonly attemptsMax: number | null;
  /** Value in [0, 1). */
  readonly random: () => number;
  readonly onEvent: (event: StreamClientEvent) => void;
}

/** Connections without a frame from which on somebody should look. */
const ALERT_FAILURES = 5;
/** What the server says about our request, not about itself; trying it again changes nothing. */
const FINAL_STATUS = new Set([400, 401, 403, 404, 405, 410, 414, 431]);
/** The stored number is older than what the server has. Source: network.bsky.jetstream.subscribeEvents. */
const CURSOR_TOO_OLD = 'CursorTooOld';
/** The server compresses with another dictionary than the one that is known here. */
const UNKNOWN_DICTIONARY = 'UnknownZstdDictionary';

/**
 * Keeps a stream open: resumes by what is stored, spreads its attempts, goes to the next host when one brings nothing,
 * and never gives up unless it is told when.
 */
export class StreamClient {
  readonly #options: StreamClientOptions;
  #endpointIndex = 0;
  #connections = 0;
  /** Connections in a row that did not last: what the pause goes by. */
  #shortLived = 0;
  /** Connections in a row that brought nothing: what alerts and giving up go by. */
  #fruitless = 0;
  #timeOnly = false;
  #plain = false;
  #framesCame = false;
  /** Hosts that have only ever answered that they never will. */
  readonly #refusing = new Set<string>();
  /** Whether a host has taken what we ask for: when it is refused later, that is the host's trouble, and may pass. */
  #accepted = false;
  /** Where the stream stood before anything of this run was stored. */
  readonly #storedBefore: StreamPosition | null;

  constructor(options: StreamClientOptions) {
    this.#options = options;
    this.#storedBefore = options.positionOf();
  }

  /**
   * Ends when the signal aborts.
   * @throws {OperatingError} STREAM_REFUSED for a request that the server will never take, STREAM_UNREACHABLE after
   * `attemptsMax`, CONFIG.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, random, onEvent } = this.#options;
    while (!signal.aborted) {
      // After a pause that was too long: what waits has to be stored first.
      await queue.low(signal);
      if (signal.aborted) return;
      const end = await this.#connect(signal);
      if (signal.aborted) return;
      this.#judge(end);
      const delayMs = reconnectDelayMs(this.#shortLived, random());
      onEvent({ type: 'waiting', delayMs });
      await sleep(delayMs, undefined, { signal }).catch(() => {});
    }
  }

  /** The server does not know the number it was asked for: the next connection goes by time, or to the tip. */
  forgetSequence(): void {
    this.#timeOnly = true;
  }

  get #endpoint(): StreamEndpoint {
    const { endpoints } = this.#options;
    const endpoint = endpoints[this.#endpointIndex % endpoints.length];
    if (endpoint !== undefined) return endpoint;
    throw new OperatingError('CONFIG', 'streams: expected at least one address, received none', {
      retryable: false,
    });
  }

  async #connect(signal: AbortSignal): Promise<ConnectionEnd> {
    const { collections, dids, compress, messageBytesMax, queue, timing, onEvent } = this.#options;
    const endpoint = this.#endpoint;
    const cursor = this.#cursorFor(endpoint);
    const wanted = {
      ...{ collections, dids, messageBytesMax, cursor },
      compress: compress && !this.#plain,
    };
    const again = this.#connections > 0;
    this.#connections++;
    onEvent({ type: 'connecting', endpoint, again, failures: this.#fruitless });
    const connection = new Connection({
      ...{ endpoint, queue, timing, onEvent },
      url: streamUrl(endpoint, wanted),
      hello: helloOf(endpoint, wanted),
      onOpen: () => onEvent({ type: 'connected', endpoint, cursor }),
      onFirstFrame: () => {
        this.#framesCame = true;
        onEvent({ type: 'flowing', again });
      },
    });
    const end = await connection.ended(signal);
    const { reason, frames } = end;
    onEvent({ type: 'disconnected', endpoint, reason, frames });
    return end;
  }

  #cursorFor(endpoint: StreamEndpoint): number | null {
    const { from, positionOf, onEvent } = this.#options;
    const timeOnly = this.#timeOnly;
    this.#timeOnly = false;
    if (from === 'live' && !this.#framesCame) return null;
    const position = positionOf();
    // Until something of this run is stored, a cursor that was given stands for it.
    if (typeof from === 'number' && isSamePosition(position, this.#storedBefore)) {
      return timeOnly ? OLDEST_CURSOR : from;
    }
    const { cursor, gap } = resumeCursor(position, endpoint, timeOnly);
    if (gap)
      onEvent({ type: 'gap', endpoint, reason: 'its numbers are not those of the last host' });
    return cursor;
  }

  #judge({ asked, frames, openMs, idle, reason, refusal }: ConnectionEnd): void {
    const { endpoints, timing, attemptsMax, onEvent } = this.#options;
    const endpoint = this.#endpoint;
    if (refusal?.error === UNKNOWN_DICTIONARY && !this.#plain) {
      this.#plain = true;
    } else if (refusal?.error === CURSOR_TOO_OLD && !this.#timeOnly) {
      this.#timeOnly = true;
      onEvent({ type: 'gap', endpoint, reason: 'the server no longer has what comes next' });
    } else if (refusal !== null && FINAL_STATUS.has(refusal.status)) {
      this.#refusing.add(endpoint.url);
      // What one host does not give, to us or at all, the next one may.
      const all = endpoints.every(({ url }) => this.#refusing.has(url));
      if (all && !this.#accepted) throw refused(endpoint, reason);
    }
    this.#accepted ||= openMs > 0;
    // A stream that wants few events may bring none for hours; a server that says nothing at all is another thing.
    const lasted = asked || openMs >= timing.stableMs;
    if (frames > 0 || (lasted && !idle)) this.#fruitless = 0;
    else this.#fruitless++;
    this.#shortLived = lasted ? 0 : this.#shortLived + 1;
    if (this.#fruitless === 0) return;
    this.#endpointIndex++;
    if (this.#fruitless >= ALERT_FAILURES) {
      onEvent({ type: 'alert', failures: this.#fruitless, reason });
    }
    if (attemptsMax !== null && this.#fruitless >= attemptsMax) throw unreachable(endpoint, reason);
  }
}

function isSamePosition(a: StreamPosition | null, b: StreamPosition | null): boolean {
  return a?.timeUs === b?.timeUs && a?.seq === b?.seq && a?.host === b?.host;
}

/** The address without what may be secret in it: a user's name, a password, a query. */
function shown({ url }: StreamEndpoint): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

function refused(endpoint: StreamEndpoint, reason: string): OperatingError {
  const url = shown(endpoint);
  return new OperatingError(
    'STREAM_REFUSED',
    `subscribing to ${url}: expected a stream, received ${reason}; check JETSTREAM_URL, MILLRACE_RECORDS_PROTOCOL, the collections and --from`,
    { retryable: false, fields: { url } },
  );
}

function unreachable(endpoint: StreamEndpoint, reason: string): OperatingError {
  const url = shown(endpoint);
  return new OperatingError(
    'STREAM_UNREACHABLE',
    `subscribing to ${url}: expected events within MILLRACE_RECORDS_ATTEMPTS_MAX connections, received ${reason}`,
    { retryable: true, fields: { url } },
  );
}
