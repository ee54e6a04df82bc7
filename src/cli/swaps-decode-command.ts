import type { Command } from 'commander';
import { withOverrides } from '../config/config.ts';
import { decodeSignature } from '../core/base58.ts';
import type { RpcOptions } from '../model/worker-task.ts';
import { type DecodedTransaction, decodeSwapsOfFile } from '../pipelines/swaps/swaps-decode.ts';
import { decodeSwapsOfSignature } from '../pipelines/swaps/swaps-decode-rpc.ts';
import type { CliContext } from './cli-context.ts';
import { mismatchText, swapLines, swapTable } from './swap-text.ts';

interface DecodeFlags {
  readonly json?: boolean;
  readonly generic?: boolean;
  readonly rpcUrl?: string;
}

/** `swaps decode FILE|SIGNATURE…`: needs no running supervisor and stores nothing. */
export function addSwapsDecodeCommand(swaps: Command, context: CliContext): void {
  swaps
    .command('decode')
    .description('print the swaps of getBlock or getTransaction JSON, or of a transaction on chain')
    .argument('<inputs...>', 'JSON files, or transaction signatures to fetch by RPC')
    .option('--json', 'print one JSON object a swap')
    .option('--generic', 'also swaps of unknown programs, recognised by their transfers alone')
    .option('--rpc-url <url>', 'Solana RPC endpoint (default: the settings)')
    .action((inputs: string[], flags: DecodeFlags) => decode(inputs, flags, context));
}

async function decode(
  inputs: readonly string[],
  flags: DecodeFlags,
  context: CliContext,
): Promise<void> {
  const decoded: DecodedTransaction[] = [];
  for (const input of inputs) {
    for await (const transaction of decodeInput(input, flags, context)) {
      decoded.push(transaction);
      if (flags.json === true) for (const line of swapLines(transaction)) context.out(line);
    }
  }
  if (flags.json !== true) context.out(swapTable(decoded));
  const mismatches = mismatchText(decoded);
  if (mismatches !== '') context.note(mismatches);
}

/** Nobody names a file by 64 bytes in base58, so such a text is a signature. */
async function* decodeInput(
  input: string,
  flags: DecodeFlags,
  context: CliContext,
): AsyncGenerator<DecodedTransaction> {
  const generic = flags.generic ?? false;
  if (decodeSignature(input) === undefined) {
    yield* decodeSwapsOfFile(input, { generic }, context.signal);
    return;
  }
  const rpc = rpcOptions(flags, context);
  yield* await decodeSwapsOfSignature(input, { rpc, generic }, context.signal);
}

function rpcOptions({ rpcUrl }: DecodeFlags, context: CliContext): RpcOptions {
  const config = withOverrides(context.config(), { rpcUrl });
  return {
    url: config.rpcUrl,
    requestsPerSecond: config.rpcRequestsPerSecond,
    concurrency: config.rpcConcurrency,
    timeoutMs: config.httpTimeoutMs,
    triesMax: config.httpTriesMax,
  };
}
