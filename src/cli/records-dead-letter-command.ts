import Table from 'cli-table3';
import type { Command } from 'commander';
import { OperatingError } from '../core/errors.ts';
import type { DeadLetter, RecordStore } from '../sinks/records/record-store.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_HOLES } from './exit-code.ts';
import { countText } from './units.ts';
import { withRecordStore } from './with-record-store.ts';

interface ListFlags {
  readonly kind?: 'rejected' | 'refused';
  readonly reason?: string;
  readonly json?: boolean;
}

/** Letters in the table for a person; `--json` prints all, one a line. */
const LISTED_MAX = 50;
const PAGE_MAX = 500;

/** `records dead-letter …`: what could not be stored. */
export function addRecordsDeadLetterCommand(records: Command, context: CliContext): void {
  const letters = records
    .command('dead-letter')
    .description('what could not be stored: list it, look at it, try it again');
  letters
    .command('list')
    .description('rejected (digest only) and refused records, oldest first')
    .option('--kind <kind>', 'only rejected or refused')
    .option('--reason <name>', 'only with this reason')
    .option('--json', 'print one JSON object a line')
    .action((flags: ListFlags) => list(flags, context));
  letters
    .command('inspect')
    .description('everything that is kept of one, as JSON')
    .argument('<id>', 'number of the list')
    .action((id: string) => inspect(id, context));
  letters
    .command('retry')
    .description('apply refused records again, and take those that are stored off the list')
    .argument('[ids...]', 'numbers of the list')
    .option('--all', 'all refused ones that are there now')
    .action((ids: string[], flags: { all?: boolean }) => retry(ids, flags.all ?? false, context));
}

async function* pages(store: RecordStore, flags: ListFlags): AsyncGenerator<DeadLetter> {
  for (let after = 0; ; ) {
    const page = await store.deadLetters({ ...flags, after, limit: PAGE_MAX });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_MAX) return;
    after = last.id;
  }
}

async function list(flags: ListFlags, context: CliContext): Promise<void> {
  const table = new Table({
    head: ['number', 'kind', 'reason', 'record', 'seen', 'last seen', 'detail'],
    style: { head: [], border: [] },
    colWidths: [null, null, null, null, null, null, 50],
    wordWrap: true,
  });
  let count = 0;
  await withRecordStore(context, async (store) => {
    for await (const letter of pages(store, flags)) {
      count++;
      if (flags.json === true) context.out(JSON.stringify(letter));
      else if (count <= LISTED_MAX) table.push(rowOf(letter));
    }
  });
  if (flags.json === true) return;
  context.out(count === 0 ? 'no dead letters' : table.toString());
  if (count > LISTED_MAX)
    context.note(`and ${countText(count - LISTED_MAX)} more; --json lists all`);
}

function rowOf(letter: DeadLetter): string[] {
  const { did, collection, rkey } = letter;
  return [
    String(letter.id),
    letter.kind,
    letter.reason,
    did === null ? letter.digest.slice(0, 16) : `at://${did}/${collection}/${rkey}`,
    String(letter.seen),
    letter.lastSeen.slice(0, 19),
    letter.detail,
  ];
}

async function inspect(text: string, context: CliContext): Promise<void> {
  const id = idOf(text);
  const letter = await withRecordStore(context, (store) => store.deadLetter(id));
  if (letter === null) throw wrongIds(`${id}, which is not there`);
  context.out(JSON.stringify(letter, null, 2));
}

async function retry(texts: readonly string[], all: boolean, context: CliContext): Promise<void> {
  if (all === texts.length > 0) throw wrongIds('both or neither');
  const given = texts.map(idOf);
  let stored = 0;
  let left = 0;
  await withRecordStore(context, async (store) => {
    const ids = all ? await refusedIds(store) : given;
    for (const id of ids) {
      context.signal.throwIfAborted();
      if (await store.retryDeadLetter(id)) stored++;
      else left++;
    }
  });
  context.out(`stored ${countText(stored)} dead letters; ${countText(left)} are refused still`);
  if (left > 0) context.setExitCode(EXIT_HOLES);
}

async function refusedIds(store: RecordStore): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of pages(store, { kind: 'refused' })) ids.push(id);
  return ids;
}

function idOf(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw wrongIds(`"${text}"`);
  return Number(text);
}

function wrongIds(received: string): OperatingError {
  const message = `dead letters: expected numbers of "dead-letter list", or --all for retry, received ${received}`;
  return new OperatingError('USAGE', message, { retryable: false });
}
