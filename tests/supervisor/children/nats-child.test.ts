import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { explainNatsFailure } from '../../../supervisor/children/nats-failure.ts';
import { processAlive } from '../../support/process-alive.ts';
import { localNats, natsServerForTests, startService } from '../../support/services.ts';

const never = new AbortController().signal;
const path = (await natsServerForTests()) ?? '';
const skip = path === '' ? 'no nats-server on this machine, and none could be fetched' : false;

test('a real nats-server keeps its streams over SIGKILL and stops in order', {
  skip,
}, async (t) => {
  const service = await localNats(t, path);
  const first = await startService(t, service);
  const before = await connect({ servers: service.url, reconnect: false });
  const manager = await jetstreamManager(before);
  await manager.streams.add({ name: 's', subjects: ['s.>'] });
  await jetstream(before).publish('s.a', 'one');
  process.kill(first.pid ?? 0, 'SIGKILL');
  assert.equal((await first.exited).reason, 'failed');
  await before.closed();

  const second = await startService(t, service);
  const after = await connect({ servers: service.url, reconnect: false });
  const info = await (await jetstreamManager(after)).streams.info('s');
  assert.equal(info.state.messages, 1);
  await after.close();
  await second.stop(never);
  assert.deepEqual(await second.exited, { reason: 'normal' });
  assert.equal(processAlive(second.pid ?? 0), false);
});

test('a taken monitoring port is named with the setting that changes it', { skip }, async (t) => {
  const service = await localNats(t, path);
  const other = createServer();
  await new Promise((resolve) =>
    other.listen(service.monitorPort, '127.0.0.1', () => resolve(null)),
  );
  t.after(() => other.close());
  await assert.rejects(service.spec.start(never), {
    code: 'PORT_TAKEN',
    message: new RegExp(`${service.monitorPort} for NATS monitoring.*MILLRACE_NATS_MONITOR_PORT`),
  });
});

test('what nats-server says when it ends is turned into cause and remedy', () => {
  const claim = (port: number) => ({ host: '127.0.0.1', port, purpose: `p${port}`, remedy: 'r' });
  const context = { claims: [claim(4222), claim(8222)], storeDir: '/d/nats' };
  const explain = (line: string) => explainNatsFailure(['a', line], context);
  const taken = explain(
    "[7] [FTL] Can't listen to the monitor port: listen tcp 127.0.0.1:8222: bind: address already in use",
  );
  assert.equal(taken?.code, 'PORT_TAKEN');
  assert.equal(taken?.fields['port'], 8222);
  assert.equal(
    explain("[FTL] Can't start JetStream: storage directory is not writable: permission denied")
      ?.code,
    'DATA_FOLDER',
  );
  assert.equal(explain('write /d/nats/x.blk: no space left on device')?.code, 'DISK_FULL');
  assert.equal(explain('Server is ready'), null);
});
