import type { Config } from '../config/config.ts';
import type { SessionsJobSpec } from '../model/job.ts';
import type { CliContext } from './cli-context.ts';
import { exitCodeOfReport } from './exit-code.ts';
import type { JobClient } from './job-client.ts';
import { openJobClient } from './open-job-client.ts';
import { reportText } from './report-text.ts';
import { runOnScreen } from './run-on-screen.ts';

export interface RunOptions {
  readonly fresh: boolean;
  readonly json: boolean;
}

interface Surroundings {
  readonly context: CliContext;
  readonly config: Config;
}

/** Runs sessions jobs where they can be run, one after another, prints their results and sets the exit code. */
export async function runSessions(
  specs: readonly SessionsJobSpec[],
  options: RunOptions,
  { context, config }: Surroundings,
): Promise<void> {
  const client = await openJobClient(config, 'bookkeeping', context);
  try {
    for (const spec of specs) await runOne(spec, options, { client, context });
  } finally {
    await client.close();
  }
}

async function runOne(
  spec: SessionsJobSpec,
  { fresh, json }: RunOptions,
  { client, context }: { readonly client: JobClient; readonly context: CliContext },
): Promise<void> {
  const report = await runOnScreen(spec, fresh, { client, context });
  if (json) for (const session of report.sessions) context.out(JSON.stringify(session));
  else context.out(reportText(report));
  context.setExitCode(exitCodeOfReport(report, spec.strict));
}
