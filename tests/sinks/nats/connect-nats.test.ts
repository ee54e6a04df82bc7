import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { jetstream } from '@nats-io/jetstream';
import type { NatsLink } from '../../../src/model/nats-link.ts';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { backupStream } from '../../../src/sinks/nats/backup-stream.ts';
import { connectNats } from '../../../src/sinks/nats/connect-nats.ts';
import { deadLetterOf, publishDeadLetter } from '../../../src/sinks/nats/dead-letter.ts';
import { retryDeadLetters } from '../../../src/sinks/nats/dead-letters.ts';
import { parseNatsServers } from '../../../src/sinks/nats/nats-servers.ts';
import { publishTest } from '../../../src/sinks/nats/publish-test.ts';
import { SwapPublisher } from '../../../src/sinks/nats/publisher.ts';
import { reportStreams } from '../../../src/sinks/nats/report-streams.ts';
import { restoreStream } from '../../../src/sinks/nats/restore-stream.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { sweepAdvisories } from '../../../src/sinks/nats/sweep-advisories.ts';
import { verifyStreams } from '../../../src/sinks/nats/verify-streams.ts';
import { freePort } from '../../support/free-port.ts';
import { makeNatsCredentials } from '../../support/nats-credentials.ts';
import { jetstreamSettings, startNats } from '../../support/nats-process.ts';
import { linkTo, natsMissing, openNats } from '../../support/nats-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tlsCertificate } from '../../support/tls-certificate.ts';
import { until } from '../../support/until.ts';

/** Goal: every way in works, and what keeps us out is told with its kind and without a secret. */

const never = new AbortController().signal;
const skip = natsMissing;
const loopback = tlsCertificate('loopback');
const otherHost = tlsCertificate('other-host');

/** Connects, proves that the server answers, and closes with the test. */
async function answers(t: TestContext, url: string, given: Partial<NatsLink> = {}): Promise<void> {
  const connection = await connectNats(linkTo(url, given), never);
  t.after(() => connection.close());
  await connection.flush();
}

const refused = (url: string, given: Partial<NatsLink> = {}): Promise<unknown> =>
  connectNats(linkTo(url, given), never);

function withUser(url: string, user: string): string {
  return url.replace('://', `://${user}@`);
}

test('addresses: several, without scheme or port, with user, password or token', () => {
  const plain = { tls: false, user: null, password: null, token: null };
  assert.deepEqual(parseNatsServers('nats://a:1, b ,nats://[::1]:3'), {
    ...{ ...plain, hosts: ['a:1', 'b:4222', '[::1]:3'] },
  });
  const both = parseNatsServers('tls://me:p%40ss:1@a,nats://b');
  assert.deepEqual([both.tls, both.user, both.password], [true, 'me', 'p@ss:1']);
  assert.equal(parseNatsServers('nats://s3cr3t@a').token, 's3cr3t');
  for (const bad of [
    '',
    ' , ',
    'http://secret@a',
    'nats://',
    'nats://a:x:secret',
    'nats://u:%zz@a',
  ]) {
    assert.throws(
      () => parseNatsServers(bad),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, 'CONFIG');
        assert(!/secret|%zz/.test(error.message), error.message);
        return true;
      },
    );
  }
  assert.throws(
    () => parseNatsServers('nats://u:1@a,nats://u:2@b'),
    /different users or passwords/,
  );
});

test('user and password, with odd characters, let in; wrong ones are told without them', {
  skip,
}, async (t) => {
  const settings = 'authorization { user: "me", password: "p@ss:w/rd" }';
  const url = await startNats(t, settings);
  await answers(t, withUser(url, 'me:p%40ss%3Aw%2Frd'));
  for (const wrong of [url, withUser(url, 'me:wr0ngSecret')]) {
    await assert.rejects(refused(wrong), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'CONFIG');
      assert.match(error.message, /Authorization Violation.*NATS_CREDS/);
      assert.doesNotMatch(error.message, /wr0ngSecret/);
      return true;
    });
  }
});

test('a token lets in', { skip }, async (t) => {
  const url = await startNats(t, 'authorization { token: "s3cr3t" }');
  await answers(t, withUser(url, 's3cr3t'));
  await assert.rejects(refused(withUser(url, 'other')), { code: 'CONFIG' });
});

test('a credentials file lets in; a missing, malformed or foreign one is told apart', {
  skip,
}, async (t) => {
  const { settings, creds } = makeNatsCredentials();
  const folder = tempFolder(t);
  const fileOf = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const url = await startNats(t, settings);
  await answers(t, url, { credsFile: fileOf('user.creds', creds) });
  await assert.rejects(refused(url, { credsFile: join(folder, 'absent') }), {
    code: 'CONFIG',
    message: /reading the credentials for NATS in .*absent/,
  });
  await assert.rejects(refused(url, { credsFile: fileOf('bad.creds', 'no creds') }), {
    code: 'CONFIG',
    message: /expected a user JWT and an NKey seed/,
  });
  const foreign = fileOf('foreign.creds', makeNatsCredentials().creds);
  await assert.rejects(refused(url, { credsFile: foreign }), {
    code: 'CONFIG',
    message: /Authorization Violation/,
  });
});

test('TLS: an authority of ours is trusted, others are not, and a client certificate is shown', {
  skip,
}, async (t) => {
  const files = `cert_file: "${loopback.file}", key_file: "${loopback.file.replace(/crt$/, 'key')}"`;
  const url = await startNats(t, `tls { ${files} }`);
  await answers(t, url, { caFile: loopback.file });
  await answers(t, url.replace('nats:', 'tls:'), { caFile: loopback.file });
  const untrusted = {
    code: 'CONFIG',
    message: /expected a certificate that this machine trusts.*NATS_CA/,
  };
  await assert.rejects(refused(url), untrusted);
  await assert.rejects(refused(url, { caFile: otherHost.file }), untrusted);
  await assert.rejects(refused(url, { caFile: '/nowhere/ca.pem' }), {
    code: 'CONFIG',
    message: /authorities/,
  });
  await assert.rejects(refused(url, { certFile: loopback.file }), {
    code: 'CONFIG',
    message: /NATS_KEY/,
  });

  const demanding = await startNats(
    t,
    `tls { ${files}, ca_file: "${loopback.file}", verify: true }`,
  );
  const own = { certFile: loopback.file, keyFile: loopback.file.replace(/crt$/, 'key') };
  await answers(t, demanding, { caFile: loopback.file, ...own });
  await assert.rejects(refused(demanding, { caFile: loopback.file }), { message: /NATS_CERT/ });
});

test('TLS that the server does not have is not done without', { skip }, async (t) => {
  const url = await startNats(t, '');
  await assert.rejects(refused(url.replace('nats:', 'tls:')), {
    code: 'CONFIG',
    message: /expected TLS, received a server without/,
  });
});

test('nobody there is retryable, and of several servers one is enough', { skip }, async (t) => {
  const absent = `nats://127.0.0.1:${await freePort()}`;
  await assert.rejects(refused(absent), { code: 'SINK_UNREACHABLE', retryable: true });
  const url = await startNats(t, '');
  await answers(t, `${absent},${url}`);
});

test('a server that says nothing does not hold up who wants to stop', async (t) => {
  const silent = createServer(() => undefined);
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => silent.close());
  const address = silent.address();
  assert(address !== null && typeof address === 'object');
  const scope = new AbortController();
  const connecting = connectNats(linkTo(`nats://127.0.0.1:${address.port}`), scope.signal);
  scope.abort(new Error('enough'));
  await assert.rejects(connecting, /enough/);
});

test('a connection comes back after the server was away', { skip }, async (t) => {
  const { connection, stop, start } = await openNats(t);
  await stop();
  await until('it is lost', async () =>
    connection.rtt().then(
      () => false,
      () => true,
    ),
  );
  await start();
  await until('it is back', async () =>
    connection.rtt().then(
      () => true,
      () => false,
    ),
  );
  assert.equal(connection.isClosed(), false);
});

test('a server without JetStream is spoken of', { skip }, async (t) => {
  const url = await startNats(t, '');
  const connection = await connectNats(linkTo(url), never);
  t.after(() => connection.close());
  await assert.rejects(reportStreams(connection, never), {
    code: 'SINK_UNREACHABLE',
    message: /or JetStream is not enabled there/,
  });
});

test('the rights that the guide names are enough for workers, sink and operations', {
  skip,
}, async (t) => {
  const rights = '{ publish: ["dex.>", "$JS.API.>", "$JS.ACK.>"], subscribe: "_INBOX.>" }';
  const settings = `${jetstreamSettings(t)}
authorization { users: [ { user: "u", password: "p", permissions: ${rights} } ] }`;
  const url = await startNats(t, settings);
  const connection = await connectNats(linkTo(withUser(url, 'u:p')), never);
  t.after(() => connection.close());
  const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER);
  await applyStreams(connection, { definitions, force: false }, never);
  assert.deepEqual(await verifyStreams(connection, definitions, never), []);
  const backoff = { firstMs: 1, maxMs: 1 };
  const publisher = new SwapPublisher({
    ...{ connection, windowMax: 4, backoff, random: () => 0, onRetry: () => undefined },
  });
  await publisher.publish('dex.sol.swaps', 'id', Buffer.from('x'), never);
  await publisher.drain(never);
  const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
  const message = await consumer.next();
  assert(message !== null);
  await publishDeadLetter(connection, deadLetterOf(message, 'reason'), never);
  assert.equal(await message.ackAck(), true);
  assert.deepEqual(await retryDeadLetters(connection, 'all', never), [1]);
  const folder = join(tempFolder(t), 'backup');
  await backupStream(connection, { stream: 'dex-swaps', folder }, never);
  const restored = await restoreStream(connection, { folder, overwrite: true }, never);
  assert.equal(restored.messages, 1);
  assert.deepEqual((await publishTest(connection, never)).duplicates, [false, true]);
  assert.deepEqual(await sweepAdvisories(connection, never), {
    moved: 0,
    gone: 0,
    tooLong: 0,
    left: 0,
  });
});

test('a publish that the server does not permit is refused, not repeated', { skip }, async (t) => {
  const permissions = '{ publish: ["allowed", "$JS.API.>"], subscribe: "_INBOX.>" }';
  const settings = `authorization { users: [ { user: "u", password: "p", permissions: ${permissions} } ] }`;
  const url = await startNats(t, settings);
  const connection = await connectNats(linkTo(withUser(url, 'u:p')), never);
  t.after(() => connection.close());
  const backoff = { firstMs: 1, maxMs: 1 };
  const publisher = new SwapPublisher({
    ...{ connection, windowMax: 4, backoff, random: () => 0, onRetry: () => undefined },
  });
  await publisher.publish('forbidden', 'id', Buffer.from('x'), never);
  await assert.rejects(publisher.drain(never), {
    code: 'SINK_REFUSED',
    message: /Permissions Violation/i,
  });
});
