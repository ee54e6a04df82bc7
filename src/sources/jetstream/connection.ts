import WebSocket from 'ws';
import { errorText } from '../../core/errors.ts';
import type { StreamEndpoint, StreamFrame } from '../../model/stream-frame.ts';
import type { StreamClientEvent } from './client-event.ts';
import type { FrameQueue } from './frame-queue.ts';
import { type HandshakeRefusal, readRefusal } from './handshake-refusal.ts';
import { subprotocolsOf } from './stream-url.ts';

export interface ConnectionOptions {
  readonly endpoint: StreamEndpoint;
  readonly url: string;
  /** Sent when the connection opens, or null. */
  readonly hello: string | null;
  readonly queue: FrameQueue;
  readonly timing: ConnectionTiming;
  readonly onOpen: () => void;
  readonly onFirstFrame: () => void;
  readonly onEvent: (event: StreamClientEvent) => void;
}

export interface ConnectionTiming {
  readonly handshakeTimeoutMs: number;
  /** Silence after which a connection counts as dead; pings are no silence. */
  readonly idleTimeoutMs: number;
  /** A longer pause ends the connection: pings cannot be answered meanwhile. */
  readonly pauseMaxMs: number;
}

/** How a connection ended. */
export interface ConnectionEnd {
  readonly frames: number;
  readonly openMs: number;
  readonly reason: string;
  /** True where we ended it ourselves, with nothing wrong at the other side. */
  readonly asked: boolean;
  /** True where it was open, and the server said nothing for too long. */
  readonly idle: boolean;
  /** What the server answered instead of opening, or null. */
  readonly refusal: HandshakeRefusal | null;
}

/** Servers send at most 5 MB (com.atproto.sync.subscribeRepos); this is where reading stops, not what is believed. */
const PAYLOAD_BYTES_MAX = 64 * 2 ** 20;
const MS_PER_SECOND = 1000;

/** One WebSocket from its handshake to its end; frames go into the queue, which pauses it. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: WebSocket;
  readonly #ended = Promise.withResolvers<void>();
  readonly #scope = new AbortController();
  #frames = 0;
  #openedAtMs: number | null = null;
  #heardAtMs = performance.now();
  #paused = false;
  #reason: string | null = null;
  #asked = false;
  #idle = false;
  #refusal: HandshakeRefusal | null = null;

  constructor(options: ConnectionOptions) {
    const { endpoint, url } = options;
    this.#options = options;
    // Without compression of its own: zstd does better, and servers refuse both together.
    this.#socket = new WebSocket(url, subprotocolsOf(endpoint), {
      perMessageDeflate: false,
      maxPayload: PAYLOAD_BYTES_MAX,
      skipUTF8Validation: true,
    });
    this.#listen();
  }

  /** Resolves when the connection has ended, at once after the signal aborts. */
  async ended(signal: AbortSignal): Promise<ConnectionEnd> {
    const stop = (): void => this.#end('asked to stop', true);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const { idleTimeoutMs, handshakeTimeoutMs } = this.#options.timing;
    // One deadline for all of the handshake: a server that answers byte by byte is never silent.
    const opening = setTimeout(() => this.#checkOpen(), handshakeTimeoutMs);
    const watch = setInterval(() => this.#checkIdle(), Math.ceil(idleTimeoutMs / 4));
    await this.#ended.promise;
    clearInterval(watch);
    clearTimeout(opening);
    signal.removeEventListener('abort', stop);
    this.#scope.abort();
    const openMs = this.#openedAtMs === null ? 0 : performance.now() - this.#openedAtMs;
    const reason = this.#reason ?? 'closed';
    const [asked, idle] = [this.#asked, this.#idle];
    return { frames: this.#frames, openMs, reason, asked, idle, refusal: this.#refusal };
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('open', () => this.#open());
    socket.on('message', (data, binary) => this.#take(data, binary));
    const heard = (): void => {
      this.#heardAtMs = performance.now();
    };
    socket.on('ping', heard);
    socket.on('unexpected-response', (_request, response) => {
      readRefusal(response).then((refusal) => {
        this.#refusal = refusal;
        this.#end(`status ${refusal.status}: ${refusal.text}`, false);
      }, this.#ended.reject);
    });
    socket.on('error', (error) => {
      this.#reason ??= errorText(error);
    });
    socket.on('close', (code, reason) => {
      this.#reason ??= `closed with ${code} ${reason.toString('utf8').slice(0, 200)}`.trim();
      this.#ended.resolve();
    });
  }

  #open(): void {
    const { hello, onOpen } = this.#options;
    this.#openedAtMs = performance.now();
    this.#heardAtMs = this.#openedAtMs;
    if (hello !== null) this.#socket.send(hello);
    onOpen();
  }

  #take(data: WebSocket.RawData, binary: boolean): void {
    if (this.#reason !== null) return;
    const { queue, endpoint, onEvent } = this.#options;
    const receivedAtMs = performance.now();
    this.#heardAtMs = receivedAtMs;
    const frame: StreamFrame = { data: bufferOf(data), binary, receivedAtMs, endpoint };
    const result = queue.push(frame);
    if (result === 'full') {
      onEvent({ type: 'overflow' });
      this.#end('more came than the queue holds', true);
      return;
    }
    if (this.#frames === 0) this.#options.onFirstFrame();
    this.#frames++;
    if (result === 'pause' && !this.#paused) this.#pause().catch(this.#ended.reject);
  }

  async #pause(): Promise<void> {
    const { queue, timing, onEvent } = this.#options;
    const pausedAtMs = performance.now();
    this.#paused = true;
    this.#socket.pause();
    onEvent({ type: 'paused' });
    const limit = setTimeout(() => {
      onEvent({ type: 'pause-limit', seconds: (performance.now() - pausedAtMs) / MS_PER_SECOND });
      this.#end('paused for too long', true);
    }, timing.pauseMaxMs);
    await queue.low(this.#scope.signal);
    clearTimeout(limit);
    this.#paused = false;
    onEvent({ type: 'resumed', seconds: (performance.now() - pausedAtMs) / MS_PER_SECOND });
    if (this.#reason !== null) return;
    this.#heardAtMs = performance.now();
    this.#socket.resume();
  }

  #checkOpen(): void {
    if (this.#openedAtMs === null) this.#end('no answer to the handshake in time', false);
  }

  #checkIdle(): void {
    if (this.#paused || this.#openedAtMs === null) return;
    const silentMs = performance.now() - this.#heardAtMs;
    if (silentMs < this.#options.timing.idleTimeoutMs) return;
    this.#options.onEvent({ type: 'idle', seconds: silentMs / MS_PER_SECOND });
    this.#idle = true;
    this.#end('nothing came for too long', false);
  }

  /** A close that the other side has to answer would wait for it; nothing is lost by ending here. */
  #end(reason: string, asked: boolean): void {
    this.#reason ??= reason;
    this.#asked ||= asked;
    this.#socket.terminate();
  }
}

function bufferOf(data: WebSocket.RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
