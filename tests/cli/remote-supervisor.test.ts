import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { RemoteSupervisor } from '../../src/cli/remote-supervisor.ts';
import { parseConfig } from '../../src/config/config.ts';
import { startTestApi } from '../support/api-server.ts';

const never = new AbortController().signal;

function remoteAt(base: string, token?: string): RemoteSupervisor {
  const environment = { MILLRACE_API_PORT: new URL(base).port, MILLRACE_API_TOKEN: token };
  return new RemoteSupervisor(parseConfig(environment).config);
}

test('a supervisor that wants another token is not taken for an absent one', async (t) => {
  const { base } = await startTestApi(t, {}, { token: 'right' });
  assert.equal(await remoteAt(base, 'right').answers(never), true);
  for (const token of ['wrong', undefined]) {
    await assert.rejects(remoteAt(base, token).answers(never), {
      code: 'CONFIG',
      message: /wants another token; set MILLRACE_API_TOKEN/,
    });
  }
});

test('whatever else answers on the port is not a supervisor', async (t) => {
  for (const [status, body] of [
    [200, 'Hello'],
    [200, '{"status":"ok"}'],
    [401, '{"error":"who are you"}'],
    [500, ''],
  ] as const) {
    const server = createServer((_, reply) => reply.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    assert.equal(await remoteAt(`http://127.0.0.1:${port}`).answers(never), false, body);
  }
  assert.equal(await remoteAt('http://127.0.0.1:9').answers(never), false);
});
