import { type Command, InvalidArgumentError } from 'commander';
import { OperatingError } from '../core/errors.ts';
import {
  type InspectedHeader,
  type InspectedNode,
  inspectCar,
} from '../pipelines/inspect/inspect-car.ts';
import { NODE_NAMES, type NodeName } from '../pipelines/inspect/inspect-node.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_HOLES } from './exit-code.ts';

interface InspectFlags {
  readonly from?: number;
  readonly limit?: number;
  readonly kind?: ReadonlySet<string>;
  readonly json?: boolean;
}

/** Errors that say the file's bytes are wrong. */
const BROKEN: ReadonlySet<string> = new Set([
  'ARCHIVE_CORRUPT',
  'RECORD_MALFORMED',
  'RECORD_TOO_LARGE',
]);
const OFFSET_CHARS = 12;
const SIZE_CHARS = 9;
const KIND_CHARS = 11;

/** `archive inspect FILE`: exit code 2 when a section is not what it claims to be or the file breaks off. */
export function addArchiveInspectCommand(archive: Command, context: CliContext): void {
  archive
    .command('inspect')
    .description('list the nodes of a CAR file')
    .argument('<file>', 'a CAR file on this machine')
    .option('--from <offset>', 'start at the section at this offset', wholeNumber)
    .option('--limit <n>', 'list at most this many nodes', wholeNumber)
    .option('--kind <kinds>', `only these, comma separated: ${NODE_NAMES.join(', ')}`, kinds)
    .option('--json', 'print one JSON object a line')
    .action((file: string, flags: InspectFlags) => inspect(file, flags, context));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('expected a whole number');
}

function kinds(text: string): ReadonlySet<string> {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !NODE_NAMES.includes(name as NodeName));
  if (unknown === undefined) return new Set(names);
  throw new InvalidArgumentError(`no kind ${unknown}; expected some of ${NODE_NAMES.join(', ')}`);
}

async function inspect(file: string, flags: InspectFlags, context: CliContext): Promise<void> {
  const { sectionBytesMax, windowBytes } = context.config();
  const options = { path: file, from: flags.from ?? null, sectionBytesMax, windowBytes };
  let left = flags.limit ?? Number.POSITIVE_INFINITY;
  try {
    for await (const item of inspectCar(options, context.signal)) {
      if (item.type === 'node') {
        if (left === 0) return;
        if (item.fault !== null) context.setExitCode(EXIT_HOLES);
        else if (flags.kind?.has(item.kind) === false) continue;
        left--;
      }
      context.out(flags.json === true ? JSON.stringify(item) : lineOf(item));
    }
  } catch (error) {
    if (!(error instanceof OperatingError) || !BROKEN.has(error.code)) throw error;
    context.note(`error: ${error.message}`);
    context.setExitCode(EXIT_HOLES);
  }
}

function lineOf(item: InspectedHeader | InspectedNode): string {
  if (item.type === 'header') {
    const { headerBytes, fileBytes, roots } = item;
    const rootText = roots.length === 0 ? 'no roots' : `roots ${roots.join(' ')}`;
    return `header of ${headerBytes} bytes, ${rootText}, file of ${fileBytes} bytes`;
  }
  const { offset, size, kind, cid, facts, fault } = item;
  const told = Object.entries(facts).filter(([, value]) => value !== null);
  return [
    `${offset}`.padStart(OFFSET_CHARS),
    `${size}`.padStart(SIZE_CHARS),
    kind.padEnd(KIND_CHARS),
    cid,
    ...told.map(([name, value]) => `${name}=${value}`),
    ...(fault === null ? [] : [`FAULT: ${fault}`]),
  ].join(' ');
}
