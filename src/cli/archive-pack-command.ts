import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { errorText, OperatingError } from '../core/errors.ts';
import { type PackResult, packArchive } from '../pack/pack-archive.ts';
import { readPackInput } from '../pack/read-pack-input.ts';
import type { CliContext } from './cli-context.ts';
import { bytesText, countText } from './units.ts';

interface PackFlags {
  readonly epoch: number;
  readonly out: string;
  readonly network: string;
  readonly json?: boolean;
}

/** Errors of the file system that the user can mend; anything else is a bug. */
const FILE_ERRORS: ReadonlySet<string> = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EISDIR',
  'ENOTDIR',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EEXIST',
]);

/** `archive pack`: an archive of one epoch from what getBlock or getTransaction answered. */
export function addArchivePackCommand(archive: Command, context: CliContext): void {
  archive
    .command('pack')
    .description('write an epoch’s archive and its indexes from getBlock or getTransaction answers')
    .argument('<files...>', 'JSON files, gzip and zstd too; SLOT.json is the block of that slot')
    .requiredOption('--epoch <epoch>', 'the epoch of all slots', parseEpoch)
    .requiredOption('--out <folder>', 'archive folder; the files go to its subfolder EPOCH')
    .option('--network <name>', 'part of the index file names', 'mainnet')
    .option('--json', 'print one JSON object')
    .action((files: string[], flags: PackFlags) => pack(files, flags, context));
}

function parseEpoch(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of at most nine digits');
}

async function pack(
  files: readonly string[],
  flags: PackFlags,
  context: CliContext,
): Promise<void> {
  const { epoch, out, network } = flags;
  const { signal } = context;
  requirePlainName(network);
  const blocks = readPackInput(files, signal);
  const outDir = resolve(out);
  const result = await packArchive({ epoch, outDir, network, blocks }, signal).catch(
    (error: unknown) => {
      throw fileError(error, epoch);
    },
  );
  if (flags.json === true) context.out(JSON.stringify({ epoch, ...result }));
  else for (const line of resultLines(epoch, result)) context.out(line);
}

/** The name becomes part of file names. @throws {OperatingError} USAGE. */
function requirePlainName(network: string): void {
  if (/^[A-Za-z0-9-]{1,32}$/.test(network)) return;
  throw new OperatingError(
    'USAGE',
    `--network ${JSON.stringify(network)}: expected letters, digits and hyphens, at most 32`,
    { retryable: false, fields: { network } },
  );
}

function fileError(error: unknown, epoch: number): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof OperatingError)
    return error;
  if (typeof error.code !== 'string' || !FILE_ERRORS.has(error.code)) return error;
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return new OperatingError(
    full ? 'DISK_FULL' : 'USAGE',
    `packing epoch ${epoch}: ${errorText(error)}; nothing was written`,
    { retryable: false, fields: { epoch }, cause: error },
  );
}

function resultLines(epoch: number, result: PackResult): string[] {
  const { folder, files, slots, transactions, sections, carBytes, root } = result;
  return [
    `packed epoch ${epoch} into ${folder}`,
    `${countText(slots)} slots, ${countText(transactions)} transactions, ${countText(sections)} sections`,
    `epoch-${epoch}.car: ${bytesText(carBytes)}, root ${root}`,
    ...files.map((file) => `  ${file}`),
  ];
}
