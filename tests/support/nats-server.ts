import type { TestContext } from 'node:test';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { NatsLink } from '../../src/model/nats-link.ts';
import { connectNats } from '../../src/sinks/nats/connect-nats.ts';
import type { RunningChild } from '../../supervisor/child-spec.ts';
import { localNats, natsServerForTests, startService, type TestService } from './services.ts';
import { until } from './until.ts';

const never = new AbortController().signal;

/** Empty where no nats-server can be had. */
export const natsServerPath = (await natsServerForTests()) ?? '';

/** Reason to skip a test that needs a real nats-server, or false. */
export const natsMissing: string | false =
  natsServerPath === '' ? 'no nats-server on this machine, and none could be fetched' : false;

export function linkTo(url: string, given: Partial<NatsLink> = {}): NatsLink {
  const files = { credsFile: null, caFile: null, certFile: null, keyFile: null };
  return { url, ...files, name: 'millrace test', ...given };
}

/** A real server of this test's own, and a connection to it; both end with the test. */
export interface NatsForTest {
  readonly service: TestService;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** Kills the server the hard way and starts it again on the same folder and ports. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

export async function openNats(t: TestContext): Promise<NatsForTest> {
  const service = await localNats(t, natsServerPath);
  let child: RunningChild = await startService(t, service);
  const connection = await connectNats(linkTo(service.url), never);
  t.after(() => connection.close());
  const manager = await jetstreamManager(connection);
  const stop = async (): Promise<void> => {
    process.kill(child.pid ?? 0, 'SIGKILL');
    await child.exited;
  };
  const start = async (): Promise<void> => {
    child = await startService(t, service);
  };
  const restart = async (): Promise<void> => {
    await stop();
    await start();
    const answered = (): Promise<boolean> => connection.rtt().then(Boolean, () => false);
    await until('the connection is back', answered);
  };
  return { service, connection, manager, restart, stop, start };
}
