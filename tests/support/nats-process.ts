import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { probeHttp } from '../../supervisor/children/http-probe.ts';
import { defaultServiceTuning, serviceChild } from '../../supervisor/children/service-child.ts';
import { openDataFolder } from '../../supervisor/data-folder.ts';
import { freePort } from './free-port.ts';
import { natsServerPath } from './nats-server.ts';
import { startService, type TestService } from './services.ts';
import { tempFolder } from './temp-folder.ts';

export interface NatsProcessOptions {
  /** Client port; a free one where it is left out. */
  readonly port?: number;
  /** Folder of the server's state; one of the test's own where it is left out. */
  readonly root?: string;
  /** Further settings, as nats-server reads them. */
  readonly settings: string;
}

/** A spec for a real nats-server with settings of the test's choice on loopback; nothing is started yet. */
export async function natsProcess(
  t: TestContext,
  { port: given, root, settings }: NatsProcessOptions,
): Promise<TestService> {
  const folder = openDataFolder(root ?? join(tempFolder(t), 'data'));
  const port = given ?? (await freePort());
  const monitorPort = await freePort();
  const path = join(folder.run, 'nats.conf');
  const text = `listen: "127.0.0.1:${port}"\nhttp: "127.0.0.1:${monitorPort}"\n${settings}\n`;
  const url = `http://127.0.0.1:${monitorPort}/healthz?js-server-only=true`;
  const spec = serviceChild({
    ...{ id: 'nats', folder, tuning: defaultServiceTuning, command: natsServerPath },
    ...{ args: ['--config', path], env: {}, ports: [] },
    prepare: () => writeFileSync(path, text),
    check: (signal) => probeHttp({ url, accept: (body) => body.includes('ok') }, signal),
    explain: () => null,
  });
  return { spec, folder, port, url: `nats://127.0.0.1:${port}` };
}

/** Starts it; it ends with the test. @returns its address. */
export async function startNats(t: TestContext, settings: string): Promise<string> {
  const service = await natsProcess(t, { settings });
  await startService(t, service);
  return service.url;
}

/** Settings that keep JetStream in a folder of the test's own. */
export function jetstreamSettings(t: TestContext): string {
  return `jetstream { store_dir: ${JSON.stringify(tempFolder(t))}, max_file_store: ${2 ** 28} }`;
}
