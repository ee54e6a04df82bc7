import type { JobReportOf, JobSpec } from '../model/job.ts';
import type { CliContext } from './cli-context.ts';
import type { JobClient } from './job-client.ts';
import { JobScreen } from './job-screen.ts';

/**
 * Runs a job and shows on stderr what it does.
 * @throws {OperatingError} what ended the job; CANCELLED when the command was interrupted.
 */
export async function runOnScreen<S extends JobSpec>(
  spec: S,
  fresh: boolean,
  { client, context }: { readonly client: JobClient; readonly context: CliContext },
): Promise<JobReportOf<S>> {
  const screen = new JobScreen({
    terminal: context.terminal,
    write: (text) => process.stderr.write(text),
    now: () => performance.now(),
  });
  try {
    const onEvent = screen.show.bind(screen);
    return await client.run(spec, { fresh, onEvent }, context.signal);
  } finally {
    screen.close();
  }
}
