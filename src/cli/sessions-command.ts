import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type Config, withOverrides } from '../config/config.ts';
import { archiveLocationOf } from '../config/worker-options-of.ts';
import { decodePublicKey, decodeSignature } from '../core/base58.ts';
import { OperatingError } from '../core/errors.ts';
import type { SlotRange } from '../core/slot-range.ts';
import type { FollowSpec, SessionsJobSpec, SourceChoice } from '../model/job.ts';
import type { DecodeChoice } from '../model/session-result.ts';
import type { IqReaderMode, VerifyLevel } from '../model/worker-task.ts';
import type { CliContext } from './cli-context.ts';
import {
  FOLLOW_OPTION,
  FOLLOW_OPTION_TEXT,
  RPC_OPTION,
  RPC_OPTION_TEXT,
  wantedSlots,
} from './follow-option.ts';
import { runSessions } from './run-sessions.ts';
import { looksLikeSlots, parseSlots } from './slots.ts';

/** Flags as commander hands them over. */
export interface SessionsFlags {
  readonly slotPadding: number;
  readonly maxSignaturePages: number;
  readonly source: SourceChoice;
  readonly follow?: boolean;
  readonly archive?: string;
  readonly rpcUrl?: string;
  readonly program?: string;
  readonly mode?: IqReaderMode;
  readonly verify?: VerifyLevel;
  readonly decode: DecodeChoice;
  readonly recoverFailed?: boolean;
  readonly strict?: boolean;
  readonly out?: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

export function addSessionsCommand(program: Command, context: CliContext): Command {
  const command = program
    .command('sessions')
    .description('rebuild IQ sessions and deliver them')
    .argument(
      '[targets...]',
      'session accounts, finalize or tail signatures (comma separated too), and SLOTS',
    )
    .addHelpText(
      'after',
      `\nSLOTS is S:E (slots, inclusive), N (an epoch) or A-B (epochs); S: with --follow.`,
    )
    .option(FOLLOW_OPTION, FOLLOW_OPTION_TEXT);
  addSessionsFlags(command).action(async (targets: string[], flags: SessionsFlags) => {
    const config = configWithFlags(context.config(), flags);
    const follow = flags.follow ?? false;
    if (follow && flags.source === 'archive') throw usage('--follow reads by RPC, not the archive');
    const wanted = follow ? followedTargets(targets, config) : readTargets(targets);
    const spec = sessionsSpec(wanted, flags, config);
    await runSessions(
      [spec],
      { fresh: flags.fresh ?? false, json: flags.json ?? false },
      { context, config },
    );
  });
  return command;
}

export function addSessionsFlags(command: Command): Command {
  return command
    .option(
      '--slot-padding <slots>',
      'slots added on both sides of the discovered window',
      wholeNumber,
      0,
    )
    .option(
      '--max-signature-pages <pages>',
      'pages of 1,000 signatures read per target',
      wholeNumber,
      25,
    )
    .addOption(
      new Option('--source <source>', 'where to read from; auto picks the cheaper one')
        .choices(['auto', 'archive', 'rpc'])
        .default('auto'),
    )
    .option('--archive <base>', 'folder or URL of the archive (default: the settings)')
    .option(RPC_OPTION, RPC_OPTION_TEXT)
    .option('--program <ids>', 'IQ program ids to read, comma separated')
    .addOption(
      new Option('--mode <mode>', 'how layouts are chosen').choices([
        'auto',
        'pinocchio',
        'legacy',
        'code-in',
        'passthrough',
      ]),
    )
    .addOption(
      new Option('--verify <level>', 'which CIDs are checked').choices(['all', 'used', 'none']),
    )
    .addOption(
      new Option('--decode <rule>', 'how chunks become bytes')
        .choices(['auto', 'base64', 'none'])
        .default('auto'),
    )
    .option('--recover-failed', 'fill remaining gaps from failed transactions, and say so')
    .option('--strict', 'conflicting copies of a chunk end with exit code 2')
    .option('--out <folder>', 'write files here instead of delivering them')
    .option('--fresh', 'start the job over')
    .option('--json', 'print one JSON object a session');
}

export function configWithFlags(config: Config, flags: SessionsFlags): Config {
  return withOverrides(config, {
    archiveCarBase: flags.archive,
    archiveIndexBase: flags.archive,
    rpcUrl: flags.rpcUrl,
    iqReaderMode: flags.mode,
    verify: flags.verify,
    iqPrograms: flags.program === undefined ? undefined : publicKeysOf(flags.program, '--program'),
  });
}

export interface SessionsTargets {
  readonly targets: readonly string[];
  readonly range: SlotRange | null;
  readonly follow: FollowSpec | null;
}

/** @throws {OperatingError} USAGE naming the argument that is neither slots, nor an account, nor a signature. */
function readTargets(texts: readonly string[]): SessionsTargets {
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim());
  const slots = words.filter(looksLikeSlots);
  if (slots.length > 1)
    throw usage(`one range of slots is expected, received ${slots.join(' and ')}`);
  const targets = words.filter((word) => word !== '' && !looksLikeSlots(word));
  for (const target of targets) {
    if (decodePublicKey(target) === undefined && decodeSignature(target) === undefined) {
      throw usage(
        `"${target}": expected a session account (32 bytes in base58), a signature (64 bytes) or SLOTS`,
      );
    }
  }
  return { targets, range: slots[0] === undefined ? null : parseSlots(slots[0]), follow: null };
}

/** @throws {OperatingError} USAGE for a signature: what is followed is known by its session account. */
function followedTargets(texts: readonly string[], config: Config): SessionsTargets {
  const isOpen = (text: string): boolean => /^\d[\d_]*:$/.test(text);
  const { targets, range } = readTargets(texts.filter((text) => !isOpen(text)));
  const open = texts.filter(isOpen);
  if (open.length + (range === null ? 0 : 1) > 1) throw usage('one range of slots is expected');
  const signature = targets.find((target) => decodePublicKey(target) === undefined);
  if (signature !== undefined) {
    throw usage(`--follow: expected session accounts, received the signature "${signature}"`);
  }
  const given = range === null ? null : { rpcUrl: config.rpcUrl, ...range };
  return { targets, range: null, follow: given ?? wantedSlots(open[0], true, config).follow };
}

/** @throws {OperatingError} USAGE when there is nothing to read. */
export function sessionsSpec(
  { targets, range, follow }: SessionsTargets,
  flags: SessionsFlags,
  config: Config,
): SessionsJobSpec {
  const wanted = targets.length > 0 || range !== null ? targets : config.iqSessions;
  if (wanted.length === 0 && range === null && follow === null) {
    throw usage(
      'expected session accounts, signatures or SLOTS, or IQ_SESSION_PDA_LIST in the environment',
    );
  }
  return {
    kind: 'sessions',
    // What is followed comes by RPC, whatever the flag says for other jobs.
    source: follow === null ? flags.source : 'rpc',
    targets: [...new Set(wanted)],
    range,
    follow,
    slotPadding: flags.slotPadding,
    signaturePagesMax: flags.maxSignaturePages,
    archive: archiveLocationOf(config),
    rpcUrl: config.rpcUrl,
    filter: { mode: config.iqReaderMode, programs: config.iqPrograms, sessions: config.iqSessions },
    verify: config.verify,
    decode: flags.decode,
    recoverFailed: flags.recoverFailed ?? false,
    strict: flags.strict ?? false,
    outDir: flags.out === undefined ? null : resolve(flags.out),
  };
}

function publicKeysOf(list: string, flag: string): string[] {
  const keys = list.split(',').map((key) => key.trim());
  for (const key of keys) {
    if (decodePublicKey(key) === undefined) {
      throw usage(`${flag}: expected a base58 public key of 32 bytes, received "${key}"`);
    }
  }
  return keys;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usage(`expected a whole number, received "${text}"`);
  return Number(text);
}

function usage(message: string): OperatingError {
  return new OperatingError('USAGE', message, { retryable: false });
}
