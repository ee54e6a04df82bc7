import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { startMillrace } from '../../supervisor/start-millrace.ts';
import { type Config, withOverrides } from '../config/config.ts';
import { firstSlotOfEpoch } from '../core/epoch.ts';
import type { SessionsJobReport } from '../model/job.ts';
import type { CliContext } from './cli-context.ts';
import { exitCodeOfReport } from './exit-code.ts';
import type { JobClient } from './job-client.ts';
import { openCliLogger } from './open-cli-logger.ts';
import { LocalMillrace } from './open-job-client.ts';
import { provisionServices } from './provision-services.ts';
import { replayInto, replayText } from './records-replay.ts';
import { RemoteSupervisor } from './remote-supervisor.ts';
import { reportText } from './report-text.ts';
import { runOnScreen } from './run-on-screen.ts';
import { sessionsSpec } from './sessions-command.ts';
import { durationText } from './units.ts';

/** The archive that comes with the project, and its epoch with complete uploads (see data/samples/README.md). */
const SAMPLES = fileURLToPath(new URL('../../data/samples', import.meta.url));
const SAMPLE_EPOCH = 588;

const NEXT_STEPS = `
What to try next:
  npx millrace sessions 254448101:254448113 --archive data/samples   a session that lacks a chunk: exit code 2 and a hint
  npx millrace sessions repair --archive data/samples                replays exactly the hinted slots
  npx millrace swaps 254170887:254170950 --archive data/samples      every swap and candle of a real block
  npx millrace records                                               AT Protocol records, live
  npx millrace up                                                    the same tree, staying up
  npx millrace status                                                what it is doing (in another terminal)
  npx pm2 start pm2.config.cjs                                       as a service
  npx millrace archive verify 254448100:254448114 --poh --archive data/samples   proves the archive
  npx millrace --help`;

export function addQuickstartCommand(program: Command, context: CliContext): void {
  program
    .command('quickstart')
    .description(
      'provision what is missing, run the sample job on the whole tree, stop (npm start)',
    )
    .action(() => quickstart(context));
}

async function quickstart(context: CliContext): Promise<void> {
  const settings = context.config();
  const config = withOverrides(settings, { archiveCarBase: SAMPLES, archiveIndexBase: SAMPLES });
  const client = await openTree(config, context);
  try {
    const report = await runSample(config, client, context);
    context.out(reportText(report));
    context.setExitCode(exitCodeOfReport(report, false));
    context.out(await sampleRecordsText(config, context));
    context.out(NEXT_STEPS);
  } finally {
    const startedAt = performance.now();
    await client.close();
    context.note(`stopped in order after ${durationText(performance.now() - startedAt)}`);
  }
}

/** Recorded events into a file of their own: what the user indexes for real stays apart. */
async function sampleRecordsText(config: Config, context: CliContext): Promise<string> {
  const sample = withOverrides(config, {
    databaseUrl: null,
    recordsDb: join(config.dataDir, 'records-sample.sqlite'),
    recordsLexicons: [join(SAMPLES, 'records', 'lexicons')],
    recordsCollections: null,
  });
  const events = join(SAMPLES, 'records', 'events.jsonl');
  context.note('reading recorded events of AT Protocol (data/samples/records)');
  return replayText(await replayInto([events], sample, context));
}

/** A supervisor that already runs is used as it is; else the whole tree is started here. */
async function openTree(config: Config, context: CliContext): Promise<JobClient> {
  const remote = new RemoteSupervisor(config);
  if (await remote.answers(context.signal)) {
    context.note(`using ${remote.where}`);
    return remote;
  }
  await provisionServices(config, context);
  const logger = openCliLogger(config, 'warn');
  const millrace = await startMillrace(
    {
      config,
      logger,
      need: 'all',
      resumeJobs: false,
      onEvent: (event) => {
        if (event.type !== 'ready') return;
        const pid = event.pid === null ? '' : `, pid ${event.pid}`;
        context.note(`ready: ${event.path} (${durationText(event.tookMs)}${pid})`);
      },
    },
    context.signal,
  );
  return new LocalMillrace(millrace, context.atOnce);
}

function runSample(
  config: Config,
  client: JobClient,
  context: CliContext,
): Promise<SessionsJobReport> {
  const range = { start: firstSlotOfEpoch(SAMPLE_EPOCH), end: firstSlotOfEpoch(SAMPLE_EPOCH + 1) };
  const flags = {
    slotPadding: 0,
    maxSignaturePages: 25,
    source: 'archive',
    decode: 'auto',
  } as const;
  const spec = sessionsSpec({ targets: [], range, follow: null }, flags, config);
  return runOnScreen(spec, false, { client, context });
}
