import Table from 'cli-table3';
import type { Command } from 'commander';
import { OperatingError } from '../core/errors.ts';
import {
  type ListedLetter,
  listDeadLetters,
  retryDeadLetters,
} from '../sinks/nats/dead-letters.ts';
import type { CliContext } from './cli-context.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';
import { bytesText, countText } from './units.ts';

interface ListFlags extends NatsFlags {
  readonly json?: boolean;
}

interface RetryFlags extends NatsFlags {
  readonly all?: boolean;
}

/** Letters in the table for a person; `--json` prints all, one a line. */
const LISTED_MAX = 50;

export function addJetstreamDeadLetterCommand(jetstream: Command, context: CliContext): void {
  const letters = jetstream
    .command('dead-letter')
    .description('messages that could not be used: list them, try them again');
  withNatsOptions(
    letters
      .command('list')
      .description('every dead letter with the reason')
      .option('--json', 'print one JSON object a line'),
  ).action((flags: ListFlags) => list(flags, context));
  withNatsOptions(
    letters
      .command('retry')
      .description('publish dead letters to where they came from, and take them off the list')
      .argument('[sequences...]', 'numbers of the list')
      .option('--all', 'all that are there now'),
  ).action((sequences: string[], flags: RetryFlags) => retry(sequences, flags, context));
}

async function list(flags: ListFlags, context: CliContext): Promise<void> {
  const table = lettersTable();
  let count = 0;
  await withNats(flags, context, async (connection) => {
    for await (const letter of listDeadLetters(connection, context.signal)) {
      count++;
      if (flags.json === true) context.out(JSON.stringify(letter));
      else if (count <= LISTED_MAX) table.push(lettersRow(letter));
    }
  });
  if (flags.json === true) return;
  if (count === 0) context.out('no dead letters');
  else context.out(table.toString());
  if (count > LISTED_MAX)
    context.note(`and ${countText(count - LISTED_MAX)} more; --json lists all`);
}

function lettersTable() {
  return new Table({
    head: ['number', 'time', 'stream', 'message', 'deliveries', 'id', 'bytes', 'reason'],
    style: { head: [], border: [] },
    colWidths: [null, null, null, null, null, null, null, 50],
    wordWrap: true,
  });
}

function lettersRow(letter: ListedLetter): string[] {
  return [
    String(letter.sequence),
    letter.time.slice(0, 19),
    letter.stream,
    String(letter.originalSequence),
    String(letter.deliveries),
    letter.msgId ?? '',
    bytesText(letter.bytes),
    letter.reason,
  ];
}

async function retry(
  sequences: readonly string[],
  flags: RetryFlags,
  context: CliContext,
): Promise<void> {
  const wanted = wantedLetters(sequences, flags.all === true);
  const retried = await withNats(flags, context, (connection) =>
    retryDeadLetters(connection, wanted, context.signal),
  );
  context.out(`published ${countText(retried.length)} dead letters again`);
}

/** @throws {OperatingError} USAGE for both ways or neither, and for what is no number. */
function wantedLetters(sequences: readonly string[], all: boolean): readonly number[] | 'all' {
  if (all === sequences.length > 0) throw badNumbers('received both or neither');
  if (all) return 'all';
  return sequences.map((text) => {
    if (!/^[1-9]\d{0,14}$/.test(text)) throw badNumbers(`received "${text}"`);
    return Number(text);
  });
}

function badNumbers(received: string): OperatingError {
  const message = `retrying dead letters: expected numbers of "dead-letter list", or --all, ${received}`;
  return new OperatingError('USAGE', message, { retryable: false });
}
