import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

const FIN = 0x80;
const TEXT = 1;
const BINARY = 2;
/** Lengths from here on are written in two bytes, and in eight (RFC 6455, 5.2). */
const LENGTH_IN_TWO = 126;
const LENGTH_IN_EIGHT = 65_536;

/**
 * Sends the same messages over and over to whoever connects, as fast as they are taken. They are framed once: sending
 * costs the machine next to nothing, so a reader finds its socket full, whatever reads.
 */
export class ReplayServer {
  readonly #http: Server = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  #port = 0;

  /** @returns the address that plays these messages. */
  async play(messages: readonly Buffer[], binary: boolean): Promise<string> {
    const bytes = Buffer.concat(messages.flatMap((message) => framed(message, binary)));
    this.#http.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('error', () => {});
        replay(socket, bytes).catch(() => client.terminate());
      });
    });
    this.#http.listen({ host: '127.0.0.1', port: 0 });
    await once(this.#http, 'listening');
    this.#port = (this.#http.address() as AddressInfo).port;
    return `ws://127.0.0.1:${this.#port}/subscribe`;
  }

  close(): void {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
  }
}

async function replay(socket: Duplex, bytes: Buffer): Promise<void> {
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  while (!closed.signal.aborted) {
    if (!socket.write(bytes)) await once(socket, 'drain', { signal: closed.signal });
  }
}

/** As a server sends a message: in one frame, not masked. */
function framed(message: Buffer, binary: boolean): Buffer[] {
  const first = FIN | (binary ? BINARY : TEXT);
  const { length } = message;
  if (length < LENGTH_IN_TWO) return [Buffer.of(first, length), message];
  const wide = length >= LENGTH_IN_EIGHT;
  const head = Buffer.alloc(wide ? 10 : 4);
  head.writeUInt16BE((first << 8) | (wide ? 127 : LENGTH_IN_TWO), 0);
  if (wide) head.writeUInt32BE(length, 6);
  else head.writeUInt16BE(length, 2);
  return [head, message];
}
