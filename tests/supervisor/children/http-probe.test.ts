import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import { probeHttp } from '../../../supervisor/children/http-probe.ts';

const never = new AbortController().signal;
const accept = (body: string): boolean => body === 'Ok.\n';

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
}

test('the right words with status 200 are an answer, on a connection that is not kept', async (t) => {
  let connection: string | undefined;
  const url = await serve(t, (request, response) => {
    connection = request.headers.connection;
    response.end('Ok.\n');
  });
  await probeHttp({ url, accept }, never);
  assert.equal(connection, 'close');
});

test('other words, another status and a cut reply are none', async (t) => {
  const replies: RequestListener[] = [
    (_request, response) => response.end('Not ok.\n'),
    (_request, response) => response.writeHead(503).end('Ok.\n'),
    (_request, response) => response.writeHead(200, { 'content-length': '9' }).end('Ok.\n'),
    (_request, response) => void response.socket?.destroy(),
  ];
  for (const reply of replies) {
    await assert.rejects(probeHttp({ url: await serve(t, reply), accept }, never));
  }
});

test('a probe of a silent server ends when it is aborted', async (t) => {
  const scope = new AbortController();
  const url = await serve(t, () => scope.abort());
  await assert.rejects(probeHttp({ url, accept }, scope.signal), { name: 'AbortError' });
});
