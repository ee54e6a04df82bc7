import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import {
  natsTargetOf,
  sinkOptionsOf,
  statsClickhouseOf,
  swapsClickhouseOf,
} from '../src/config/worker-options-of.ts';
import { DEFINITIONS_FOLDER } from '../src/sinks/nats/stream-definitions.ts';
import type { ChildSpec, SupervisorSpec } from './child-spec.ts';
import { apiChild, type TreeView } from './children/api-child.ts';
import { clickhouseChild, clickhouseMemoryBytes } from './children/clickhouse-child.ts';
import type { ClickhouseChoice } from './children/clickhouse-choice.ts';
import { deliveryChild } from './children/delivery-child.ts';
import { externalService } from './children/external-service.ts';
import { probeHttp } from './children/http-probe.ts';
import { type JobServices, jobsChild } from './children/jobs-child.ts';
import { natsChild } from './children/nats-child.ts';
import type { NatsChoice } from './children/nats-choice.ts';
import { recordsChild } from './children/records-child.ts';
import { defaultServiceTuning } from './children/service-child.ts';
import { sinkChild } from './children/sink-child.ts';
import { tablesChild } from './children/tables-child.ts';
import type { House } from './house.ts';
import { sinkPortAt } from './jobs/sink-port.ts';
import { fullRecordsOptions } from './records-options.ts';
import { SUPERVISION_BACKOFF } from './supervision-backoff.ts';

/** Which of the services run, decided before the tree is built. */
export interface Services {
  readonly clickhouse: ClickhouseChoice;
  readonly nats: NatsChoice;
  /** Whether the process runs that brings swaps into ClickHouse. */
  readonly sink: boolean;
  /** Whether the process runs that indexes records of AT Protocol. */
  readonly records: boolean;
}

const MINUTE_MS = 60_000;
/** Between two sentences about a sink that a job waits for. */
const COMPLAINT_MS = 30_000;
/** JetStream may keep this much on disk. */
const NATS_STORE_BYTES_MAX = 10 * 2 ** 30;

/**
 * The system, in the order of starting; it stops in reverse. One for one throughout: jobs retry what a service in
 * restart cannot take, so nobody else has to be restarted with it. The product of the budgets stays small.
 */
export function millraceTree(house: House, services: Services, view: TreeView): SupervisorSpec {
  return {
    type: 'supervisor',
    id: 'millrace',
    strategy: 'one_for_one',
    budget: { restartsMax: 3, windowMs: 5 * MINUTE_MS },
    backoff: SUPERVISION_BACKOFF,
    children: [
      serviceTree(house, services),
      apiChild(house, view),
      deliveryChild(house),
      jobsChild(house, jobServices(house, services)),
    ],
  };
}

/** What jobs reach outside this process. */
function jobServices({ config }: House, { clickhouse, nats, sink }: Services): JobServices {
  const dsn = clickhouse.type === 'off' ? null : clickhouse.dsn;
  return {
    statsClickhouse: dsn === null ? null : statsClickhouseOf(config, dsn),
    swapsClickhouse: dsn === null ? null : swapsClickhouseOf(config, dsn),
    nats: nats.type === 'off' ? null : natsTargetOf(config, nats.url),
    sink: sink ? sinkPortAt(`http://127.0.0.1:${config.sinkPort}`, COMPLAINT_MS) : null,
  };
}

/** ClickHouse first, then its tables: a server that comes back after a crash finds them there already. */
function serviceTree(house: House, services: Services): SupervisorSpec {
  return {
    type: 'supervisor',
    id: 'services',
    strategy: 'one_for_one',
    budget: { restartsMax: 5, windowMs: MINUTE_MS },
    backoff: SUPERVISION_BACKOFF,
    children: [
      ...clickhouseChildren(house, services.clickhouse),
      ...natsChildren(house, services.nats),
      ...sinkChildren(house, services),
      ...recordsChildren(house, services),
    ],
  };
}

function clickhouseChildren(house: House, choice: ClickhouseChoice): ChildSpec[] {
  if (choice.type === 'off') return [];
  const tables = tablesChild(house, choice.dsn);
  if (choice.type === 'remote') return [external('clickhouse', `${choice.dsn}/ping`), tables];
  const memoryBytesMax = clickhouseMemoryBytes(totalmem());
  const tuning = defaultServiceTuning;
  return [clickhouseChild(choice, { folder: house.folder, memoryBytesMax, tuning }), tables];
}

function natsChildren(house: House, choice: NatsChoice): ChildSpec[] {
  if (choice.type !== 'binary') return [];
  const { folder } = house;
  const tuning = defaultServiceTuning;
  return [natsChild(choice, { folder, storeBytesMax: NATS_STORE_BYTES_MAX, tuning })];
}

/** Last, because it uses the others from its first moment. */
function sinkChildren(house: House, { clickhouse, nats, sink }: Services): ChildSpec[] {
  if (!sink || clickhouse.type === 'off') return [];
  const { config, folder, crashPoint } = house;
  const natsUrl = nats.type === 'off' ? null : nats.url;
  const options = sinkOptionsOf(config, { clickhouseDsn: clickhouse.dsn, natsUrl });
  const definitionsFolder = resolve(config.jetstreamDefinitions ?? DEFINITIONS_FOLDER);
  const told = { ...options, crashPoint, definitionsFolder };
  return [sinkChild(told, { folder, tuning: defaultServiceTuning })];
}

/** It needs none of the others. */
function recordsChildren(house: House, { records }: Services): ChildSpec[] {
  if (!records) return [];
  const { config, folder, crashPoint } = house;
  const options = fullRecordsOptions(config, folder.root, crashPoint);
  return [recordsChild(options, { folder, tuning: defaultServiceTuning })];
}

function external(id: string, url: string): ChildSpec {
  return externalService({
    id,
    check: (signal) => probeHttp({ url, accept: (body) => body === 'Ok.\n' }, signal),
    probeIntervalMs: defaultServiceTuning.probeIntervalMs,
    probeTimeoutMs: defaultServiceTuning.probeTimeoutMs,
  });
}
