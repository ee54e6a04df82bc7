import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import type { StreamEvent } from '../../src/model/stream-event.ts';
import type { StreamProtocol } from '../../src/model/stream-frame.ts';
import {
  compressText,
  type Subscription,
  subscriptionOf,
  v2Text,
  wants,
} from './jetstream-wire.ts';

/** An event as the server holds it. */
export interface HeldEvent {
  readonly seq: number;
  readonly event: StreamEvent;
}

/** A raw message of a relay. */
export interface HeldFrame {
  readonly seq: number;
  readonly bytes: Buffer;
}

/** What a server may do wrong; changed at any time. */
export interface JetstreamFaults {
  /** Answers a handshake with this status and text instead of opening. */
  refuse: { readonly status: number; readonly body: string } | null;
  /** Opens and closes at once. */
  drop: boolean;
  /** Opens and says nothing. */
  silent: boolean;
  /** Closes behind so many events of a connection. */
  closeAfter: number | null;
}

export interface SeenConnection {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly hello: string[];
  sent: number;
  /** Answers to pings. */
  pongs: number;
  /** Extensions of WebSocket that the client offered. */
  readonly extensions: string | undefined;
}

const PATHS: Readonly<Record<StreamProtocol, string>> = {
  v1: '/subscribe',
  v2: '/xrpc/network.bsky.jetstream.subscribeEvents',
  firehose: '/xrpc/com.atproto.sync.subscribeRepos',
};
/** A batch of sends between two looks at how much a slow reader leaves behind. */
const SENDS_PER_TURN = 200;
const BUFFERED_BYTES_MAX = 1 << 20;

/** A server on loopback that speaks as Jetstream (both versions) and relays do, over the events it is given. */
export class JetstreamServer {
  readonly faults: JetstreamFaults = { refuse: null, drop: false, silent: false, closeAfter: null };
  readonly connections: SeenConnection[] = [];
  /** Whether v1 events carry `cursor`, as newer servers send it. */
  sendsCursor = false;
  /** Numbers below are no longer there. */
  oldestSeq = 1;
  readonly #events: HeldEvent[] = [];
  readonly #frames: HeldFrame[] = [];
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  #port = 0;
  #more = Promise.withResolvers<void>();

  constructor() {
    this.#http = createServer();
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  url(protocol: StreamProtocol = 'v1'): string {
    return `ws://127.0.0.1:${this.#port}${PATHS[protocol]}`;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get lastSeq(): number {
    return this.#events.at(-1)?.seq ?? 0;
  }

  append(...events: readonly StreamEvent[]): void {
    for (const event of events) this.#events.push({ seq: this.lastSeq + 1, event });
    this.#wake();
  }

  appendFrames(...frames: readonly HeldFrame[]): void {
    this.#frames.push(...frames);
    this.#wake();
  }

  /** The same message to everybody who is connected, outside of all order. */
  sendRaw(data: string | Buffer): void {
    for (const socket of this.#sockets.clients) socket.send(data);
  }

  /** Pings everybody who is connected, as servers do to find out who is still there. */
  ping(): void {
    for (const socket of this.#sockets.clients) socket.ping();
  }

  /** Ends every connection without a word, as a network does. */
  cut(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  /** Appends so many events a second, evenly, until all are there. */
  async pace(events: readonly StreamEvent[], perSecond: number): Promise<void> {
    const startMs = performance.now();
    for (let sent = 0; sent < events.length; ) {
      const due = Math.ceil(((performance.now() - startMs) / 1000) * perSecond);
      this.append(...events.slice(sent, due));
      sent = Math.max(sent, due);
      await sleep(5);
    }
  }

  async listen(): Promise<void> {
    this.#http.listen({ host: '127.0.0.1', port: this.#port });
    await once(this.#http, 'listening');
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  /** Goes away; `listen` brings it back at the same port. */
  async close(): Promise<void> {
    this.cut();
    this.#http.closeAllConnections();
    if (!this.#http.listening) return;
    this.#http.close();
    await once(this.#http, 'close');
  }

  #wake(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const seen: SeenConnection = {
      path: url.pathname,
      query: url.searchParams,
      hello: [],
      ...{ sent: 0, pongs: 0 },
      extensions: request.headers['sec-websocket-extensions'],
    };
    this.connections.push(seen);
    const protocol = (Object.keys(PATHS) as StreamProtocol[]).find(
      (name) => PATHS[name] === url.pathname,
    );
    const wanted =
      protocol === undefined
        ? { status: 404, body: 'no such stream' }
        : subscriptionOf(protocol, url.searchParams, { oldestSeq: this.oldestSeq });
    const refusal = this.faults.refuse ?? ('status' in wanted ? wanted : null);
    if (refusal !== null) {
      const length = Buffer.byteLength(refusal.body);
      socket.end(
        `HTTP/1.1 ${refusal.status} No\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${refusal.body}`,
      );
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => {});
      client.on('pong', () => {
        seen.pongs++;
      });
      if (this.faults.drop) client.close(1011, 'dropped');
      else if ('status' in wanted) client.terminate();
      else this.#serve(client, wanted, seen).catch(() => client.terminate());
    });
  }

  async #serve(client: WebSocket, wanted: Subscription, seen: SeenConnection): Promise<void> {
    const closed = once(client, 'close');
    let subscription = wanted;
    const hello = Promise.withResolvers<void>();
    client.on('message', (data) => {
      const text = String(data);
      seen.hello.push(text);
      const { payload } = JSON.parse(text) as { payload: Partial<Record<string, string[]>> };
      const collections = payload['wantedCollections'] ?? [];
      subscription = { ...subscription, collections, dids: payload['wantedDids'] ?? [] };
      hello.resolve();
    });
    if (wanted.requiresHello) await Promise.race([hello.promise, closed]);
    // Who begins at the tip gets nothing that was there already.
    let at = wanted.live ? this.#held(wanted).length : 0;
    while (client.readyState === WebSocket.OPEN) {
      if (this.faults.silent) {
        await Promise.race([sleep(20), closed]);
        continue;
      }
      const more = this.#more.promise;
      at = await this.#send(client, () => subscription, { at, seen });
      await Promise.race([more, closed]);
    }
  }

  async #send(
    client: WebSocket,
    wanted: () => Subscription,
    { at, seen }: { at: number; seen: SeenConnection },
  ): Promise<number> {
    const held = this.#held(wanted());
    let next = at;
    while (next < held.length && client.readyState === WebSocket.OPEN) {
      const one = held[next]!;
      next++;
      const data = this.#dataOf(one, wanted());
      if (data === null) continue;
      client.send(data);
      seen.sent++;
      if (this.faults.closeAfter !== null && seen.sent >= this.faults.closeAfter) {
        client.close(1000, 'enough');
        return next;
      }
      if (seen.sent % SENDS_PER_TURN === 0) await drained(client);
    }
    return next;
  }

  #held({ protocol }: Subscription): readonly (HeldEvent | HeldFrame)[] {
    return protocol === 'firehose' ? this.#frames : this.#events;
  }

  #dataOf(one: HeldEvent | HeldFrame, wanted: Subscription): string | Buffer | null {
    if (one.seq < wanted.fromSeq || one.seq < this.oldestSeq) return null;
    if ('bytes' in one) return one.bytes;
    const { seq, event } = one;
    if (event.time_us < wanted.fromTimeUs || !wants(event, wanted)) return null;
    if (wanted.protocol === 'v2') return packed(v2Text(event, seq), wanted);
    const text = JSON.stringify(this.sendsCursor ? { ...event, cursor: seq } : event);
    return packed(text, wanted);
  }
}

function packed(text: string, { dictionary }: Subscription): string | Buffer {
  return dictionary === null ? text : compressText(text, dictionary);
}

async function drained(client: WebSocket): Promise<void> {
  while (client.bufferedAmount > BUFFERED_BYTES_MAX && client.readyState === WebSocket.OPEN) {
    await sleep(2);
  }
  await sleep(0);
}

/** A server that ends with the test. */
export async function startJetstream(
  t: TestContext,
  ...events: readonly StreamEvent[]
): Promise<JetstreamServer> {
  const server = new JetstreamServer();
  server.append(...events);
  await server.listen();
  t.after(() => server.close());
  return server;
}
