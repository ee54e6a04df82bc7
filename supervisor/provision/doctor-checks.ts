import { statfs } from 'node:fs/promises';
import { type ClickhouseChoiceOptions, chooseClickhouse } from '../children/clickhouse-choice.ts';
import { chooseNats, type NatsChoiceOptions } from '../children/nats-choice.ts';
import { openDataFolder } from '../data-folder.ts';
import { assertPortFree, type PortClaim } from '../port-claim.ts';
import type { DoctorCheck } from './doctor.ts';
import type { PinnedRelease } from './nats-release.ts';
import { provisionNatsServer } from './nats-server.ts';

export interface DoctorOptions {
  readonly dataDir: string;
  /** Free bytes below which the data folder's disk is too small. */
  readonly diskBytesMin: number;
  readonly clickhouse: ClickhouseChoiceOptions;
  readonly nats: NatsChoiceOptions;
  readonly natsRelease: PinnedRelease | null;
  /** Ports a supervisor of these settings would listen on. */
  readonly ports: readonly PortClaim[];
  /** True when a supervisor of ours answers: its ports are taken then, as they should be. */
  readonly supervisorRuns: (signal: AbortSignal) => Promise<boolean>;
  /** Places that have to be reachable, such as the RPC endpoint and the archive. */
  readonly reachable: readonly ReachCheck[];
}

export interface ReachCheck {
  readonly id: string;
  /** Resolves with what answered. */
  readonly ask: (signal: AbortSignal) => Promise<string>;
  readonly remedy: string;
}

/** The oldest Node with zstd in zlib among those that better-sqlite3 and execa support. */
const NODE_MIN = { major: 22, minor: 15 };

/** Everything that `millrace doctor` looks at, in the order in which a start would need it. */
export function doctorChecks(options: DoctorOptions): readonly DoctorCheck[] {
  return [
    nodeCheck(),
    sqliteCheck(),
    dataFolderCheck(options.dataDir),
    diskCheck(options),
    clickhouseCheck(options.clickhouse),
    natsCheck(options),
    ...options.ports.map((claim) => portCheck(claim, options.supervisorRuns)),
    ...options.reachable.map(({ id, ask, remedy }) => ({ id, run: ask, remedy, fix: null })),
  ];
}

function nodeCheck(): DoctorCheck {
  return {
    id: 'node',
    run: async () => {
      const version = process.versions.node;
      const [major = 0, minor = 0] = version.split('.').map(Number);
      const good = major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor);
      if (!good) throw new Error(`Node ${version}; ${NODE_MIN.major}.${NODE_MIN.minor} is needed`);
      return `Node ${version}`;
    },
    remedy: 'run "npm ci" with install scripts allowed: it brings Node 24 as a package',
    fix: null,
  };
}

function sqliteCheck(): DoctorCheck {
  return {
    id: 'sqlite',
    run: async () => {
      const { default: Sqlite } = await import('better-sqlite3');
      const database = new Sqlite(':memory:');
      try {
        const version = database.prepare('SELECT sqlite_version()').pluck().get();
        return `SQLite ${String(version)} through better-sqlite3`;
      } finally {
        database.close();
      }
    },
    remedy: 'run "npm ci" again with the Node that runs Millrace',
    fix: null,
  };
}

function dataFolderCheck(dataDir: string): DoctorCheck {
  return {
    id: 'data folder',
    run: async () => `${openDataFolder(dataDir).root} can be written`,
    remedy: 'give this user the right to write there, or set MILLRACE_DATA_DIR',
    fix: null,
  };
}

function diskCheck({ dataDir, diskBytesMin }: DoctorOptions): DoctorCheck {
  return {
    id: 'disk',
    run: async () => {
      const { bavail, bsize } = await statfs(openDataFolder(dataDir).root);
      const free = bavail * bsize;
      const said = `${gibibytes(free)} free below ${dataDir}`;
      if (free < diskBytesMin) throw new Error(`${said}; ${gibibytes(diskBytesMin)} are needed`);
      return said;
    },
    remedy: 'make room, or set MILLRACE_DATA_DIR to a folder on another disk',
    fix: null,
  };
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function clickhouseCheck(options: ClickhouseChoiceOptions): DoctorCheck {
  return {
    id: 'clickhouse',
    run: async (signal) => {
      const notes: string[] = [];
      const choice = await chooseClickhouse(options, (note) => notes.push(note), signal);
      switch (choice.type) {
        case 'off':
          return 'switched off';
        case 'remote':
          return `the server at ${new URL(choice.dsn).host}`;
        case 'binary':
          return `the program ${choice.path}`;
        case 'embedded':
          return [`the embedded engine ${choice.library}`, ...notes].join('; ');
      }
    },
    remedy: 'run "npm ci" without --omit=optional, or set JETSTREAMER_CLICKHOUSE_MODE',
    fix: null,
  };
}

function natsCheck({ nats, natsRelease: release }: DoctorOptions): DoctorCheck {
  return {
    id: 'nats-server',
    run: async (signal) => {
      const choice = await chooseNats(nats, signal);
      if (choice.type === 'off') return 'switched off';
      return choice.type === 'external' ? 'the server of NATS_URL' : `the program ${choice.path}`;
    },
    remedy: 'run "npx millrace doctor --fix": it gets one without root',
    // A program the user named is the user's to mend.
    fix:
      nats.binPath === null
        ? async (say, signal) => {
            const { binDir } = nats;
            await provisionNatsServer({ binDir, release, apt: true, say }, signal);
          }
        : null,
  };
}

function portCheck(claim: PortClaim, supervisorRuns: DoctorOptions['supervisorRuns']): DoctorCheck {
  return {
    id: `port ${claim.port}`,
    run: async (signal) => {
      try {
        await assertPortFree(claim);
      } catch (error) {
        if (await supervisorRuns(signal)) return `in use by the running supervisor`;
        throw error;
      }
      return `free for ${claim.purpose}`;
    },
    remedy: claim.remedy,
    fix: null,
  };
}
