import Table from 'cli-table3';
import type { Command } from 'commander';
import { type PublishTestResult, publishTest } from '../sinks/nats/publish-test.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_SINK_REFUSED } from './exit-code.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';

interface PublishTestFlags extends NatsFlags {
  readonly json?: boolean;
}

/** `publish-test`: exit code 0 when the second of two equal messages was found to be a duplicate, else 3. */
export function addJetstreamPublishTestCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('publish-test')
      .description(
        'publish a message twice under one id, in a stream of its own that is then removed',
      )
      .option('--json', 'print one JSON object'),
  ).action(async (flags: PublishTestFlags) => {
    const result = await withNats(flags, context, (connection) =>
      publishTest(connection, context.signal),
    );
    context.out(flags.json === true ? JSON.stringify(result) : resultText(result));
    const [first, second] = result.duplicates;
    if (first !== false || second !== true) context.setExitCode(EXIT_SINK_REFUSED);
  });
}

function resultText(result: PublishTestResult): string {
  const { swapsStream, msgId, bytes, duplicates, stored, elapsedMs } = result;
  const table = new Table({ style: { head: [], border: [] } });
  table.push(['real swaps go to', swapsStream], ['Nats-Msg-Id', msgId], ['bytes', String(bytes)]);
  for (const [n, duplicate] of duplicates.entries()) {
    const time = `${(elapsedMs[n] ?? 0).toFixed(1)} ms`;
    table.push([`publish ${n + 1}`, `${duplicate ? 'a duplicate' : 'stored'}, ${time}`]);
  }
  table.push(['stored and removed again', String(stored)]);
  return table.toString();
}
