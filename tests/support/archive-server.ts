import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import type { TlsCertificate } from './tls-certificate.ts';

/** Answers instead of the server where it wants to, and says so by returning true. */
export type Fault = (exchange: FaultyExchange) => boolean;

export interface FaultyExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Number of this request, from 0. */
  readonly number: number;
  /** The file's bytes; empty when there is no such file. */
  readonly bytes: Buffer;
  /** What the server says of the file's version. */
  readonly etag: string;
  /** What was asked for: half-open; the whole file without a Range header. */
  readonly range: { readonly start: number; readonly end: number };
}

export interface ArchiveServer {
  readonly base: string;
  /** `GET path range` of every request so far. */
  readonly log: readonly string[];
  readonly userAgents: ReadonlySet<string>;
  readonly connectionsMax: number;
  readonly connections: number;
  fault: Fault;
  close(): Promise<void>;
}

/** Serves a folder on loopback as a file server does: ranges, ETag, If-Range, If-None-Match. */
export async function startArchiveServer(
  folder: string,
  certificate: TlsCertificate | null = null,
): Promise<ArchiveServer> {
  const state = { log: [] as string[], agents: new Set<string>(), open: 0, openMax: 0, total: 0 };
  let fault: Fault = () => false;
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://server').pathname);
    const number = state.log.push(`${request.method} ${path} ${request.headers.range ?? ''}`) - 1;
    state.agents.add(request.headers['user-agent'] ?? '');
    const file = join(folder, normalize(path));
    const isFile = existsSync(file) && statSync(file).isFile();
    const bytes = isFile ? readFileSync(file) : Buffer.alloc(0);
    const etag = isFile ? `"${bytes.length}-${statSync(file).mtimeMs}"` : '';
    const range = rangeOf(request, bytes.length);
    const exchange = { request, response, number, bytes, etag, range };
    if (fault(exchange)) return;
    if (isFile) answer(exchange);
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<html>not here</html>');
  };
  const server = certificate === null ? createServer(take) : createSecureServer(certificate, take);
  server.on('connection', (socket) => {
    state.total++;
    state.openMax = Math.max(state.openMax, ++state.open);
    socket.on('close', () => state.open--);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `${certificate === null ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: state.log,
    userAgents: state.agents,
    get connectionsMax() {
      return state.openMax;
    },
    get connections() {
      return state.total;
    },
    get fault() {
      return fault;
    },
    set fault(next) {
      fault = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function rangeOf(request: IncomingMessage, size: number) {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (match === null) return { start: 0, end: size };
  return { start: Number(match[1]), end: Math.min(Number(match[2]) + 1, size) };
}

function answer({ request, response, bytes, etag, range }: FaultyExchange): void {
  const { headers } = request;
  if (headers['if-none-match'] === etag) {
    response.writeHead(304, { etag }).end();
    return;
  }
  const isWhole = headers.range === undefined || (headers['if-range'] ?? etag) !== etag;
  if (isWhole) {
    response.writeHead(200, { etag, 'content-length': bytes.length }).end(bytes);
  } else if (range.start >= bytes.length) {
    response.writeHead(416, { etag, 'content-range': `bytes */${bytes.length}` }).end();
  } else {
    response.writeHead(206, rangeHeaders({ range, bytes, etag }));
    response.end(bytes.subarray(range.start, range.end));
  }
}

/** Head of an honest answer to a range request. */
export function rangeHeaders({
  range,
  bytes,
  etag,
}: Pick<FaultyExchange, 'range' | 'bytes' | 'etag'>): Record<string, string> {
  return {
    etag,
    'content-range': `bytes ${range.start}-${range.end - 1}/${bytes.length}`,
    'content-length': String(range.end - range.start),
  };
}

/** The same for a body whose length the head does not tell. */
export function chunkedRangeHeaders(exchange: FaultyExchange): Record<string, string> {
  const { 'content-length': _, ...headers } = rangeHeaders(exchange);
  return headers;
}
