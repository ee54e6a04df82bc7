import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { IngestFacts } from '../../src/model/ingest-facts.ts';

export interface ReceivedPost {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: IngestFacts & { readonly payload_base64: string };
}

export type IngestReply = (response: ServerResponse, count: number) => void;

export interface IngestServer {
  readonly base: string;
  readonly received: ReceivedPost[];
  close(): Promise<void>;
}

export function answer(status: number, body = '{}', headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

/** Announces a longer body than it sends, then cuts the connection. */
export function halfReply(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"file":', () => response.destroy());
}

/** An ingest endpoint on a free or a given port whose answers the test decides, one after another. */
export async function startIngestServer(
  t: TestContext,
  reply: IngestReply,
  port = 0,
): Promise<IngestServer> {
  const received: ReceivedPost[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts).toString());
    received.push({ url: request.url ?? '', headers: request.headers, body });
    reply(response, received.length);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  t.after(close);
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, close };
}
