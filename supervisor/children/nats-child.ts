import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerSpec } from '../child-spec.ts';
import type { DataFolder } from '../data-folder.ts';
import type { PortClaim } from '../port-claim.ts';
import { probeHttp, saysOk } from './http-probe.ts';
import type { LocalNats } from './nats-choice.ts';
import { explainNatsFailure } from './nats-failure.ts';
import { natsSettings } from './nats-settings.ts';
import { type ServiceTuning, serviceChild } from './service-child.ts';

export interface NatsChildOptions {
  readonly folder: DataFolder;
  readonly storeBytesMax: number;
  readonly tuning: ServiceTuning;
}

/** A nats-server with JetStream: ready and alive while `GET /healthz` of its monitoring port says `ok`. */
export function natsChild(choice: LocalNats, options: NatsChildOptions): WorkerSpec {
  const { folder, tuning, storeBytesMax } = options;
  const { port, monitorPort } = choice;
  const configPath = join(folder.run, 'nats-server.conf');
  const host = '127.0.0.1';
  const claims: readonly PortClaim[] = [
    {
      host,
      port,
      purpose: 'NATS',
      remedy:
        'set MILLRACE_NATS_PORT to another port, or NATS_URL to use the server that runs there',
    },
    {
      host,
      port: monitorPort,
      purpose: 'NATS monitoring',
      remedy: 'set MILLRACE_NATS_MONITOR_PORT to another port',
    },
  ];
  const settings = natsSettings({ port, monitorPort, storeDir: folder.nats, storeBytesMax });
  return serviceChild({
    id: 'nats',
    folder,
    tuning,
    command: choice.path,
    args: ['--config', configPath],
    env: {},
    ports: claims,
    prepare: () => writeFileSync(configPath, settings),
    check: (signal) =>
      probeHttp({ url: `http://${host}:${monitorPort}/healthz`, accept: saysOk }, signal),
    explain: (lines) => explainNatsFailure(lines, { claims, storeDir: folder.nats }),
  });
}
