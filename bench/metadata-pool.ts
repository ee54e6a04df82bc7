import { encodeBase58 } from '../src/core/base58.ts';
import { JsonPlace } from '../src/pack/json-place.ts';
import { encodeStatusMeta } from '../src/pack/status-meta-protobuf.ts';
import { storedPayload } from '../src/pack/stored-payload.ts';
import type { ByteNoise } from './byte-noise.ts';

/** How the accounts of generated transactions are laid out; metadata must agree with it. */
export const SHAPE = {
  voteKeys: 3,
  /** Static keys of a transaction that is no vote. */
  staticKeys: 11,
  /** Of these, programs at the end. */
  programs: 4,
  loadedWritable: 3,
  loadedReadonly: 2,
} as const;

/** Frames ready to be stored: making each one anew would take longer than all the rest. */
export interface MetadataPool {
  readonly votes: readonly Buffer[];
  readonly plain: readonly Buffer[];
  readonly withLookups: readonly Buffer[];
  readonly upload: Buffer;
}

const VOTE_PROGRAM = 'Vote111111111111111111111111111111111111111';
const FRAMES = { votes: 256, plain: 1500, withLookups: 750 };

/** Frames of about 90 bytes for votes and 1,300 for others, as on mainnet. */
export function metadataPool(noise: ByteNoise): MetadataPool {
  const make = (count: number, meta: () => object): Buffer[] =>
    Array.from({ length: count }, () =>
      storedPayload(encodeStatusMeta(new JsonPlace(meta(), 'generated'))),
    );
  const [upload] = make(1, () => metaOf(noise, { keys: 4, logs: ['Program log: ok'], inner: [] }));
  return {
    votes: make(FRAMES.votes, () => voteMeta(noise)),
    plain: make(FRAMES.plain, () => otherMeta(noise, false)),
    withLookups: make(FRAMES.withLookups, () => otherMeta(noise, true)),
    upload: upload ?? Buffer.alloc(0),
  };
}

interface MetaParts {
  readonly keys: number;
  readonly logs: readonly string[];
  readonly inner: readonly object[];
  readonly loaded?: object;
  readonly tokens?: readonly object[];
}

function metaOf(noise: ByteNoise, { keys, logs, inner, loaded, tokens = [] }: MetaParts): object {
  const before = Array.from({ length: keys }, () => 890_880 + noise.below(3_000_000_000));
  const failed = keys > 4 && noise.share() < 0.2;
  return {
    err: failed ? { InstructionError: [2, { Custom: 6000 + noise.below(40) }] } : null,
    fee: 5000 + noise.below(20_000),
    preBalances: before,
    postBalances: before.map((lamports, i) => (i === 0 ? lamports - 5000 : lamports)),
    innerInstructions: inner,
    logMessages: logs,
    preTokenBalances: tokens,
    postTokenBalances: tokens,
    rewards: [],
    loadedAddresses: loaded ?? { writable: [], readonly: [] },
    computeUnitsConsumed: 2100 + noise.below(90_000),
  };
}

function voteMeta(noise: ByteNoise): object {
  const logs = [`Program ${VOTE_PROGRAM} invoke [1]`, `Program ${VOTE_PROGRAM} success`];
  return metaOf(noise, { keys: SHAPE.voteKeys, logs, inner: [] });
}

function keyText(noise: ByteNoise): string {
  return encodeBase58(noise.bytes(32));
}

function otherMeta(noise: ByteNoise, withLookups: boolean): object {
  const { staticKeys, loadedWritable, loadedReadonly } = SHAPE;
  const keys = (count: number): string[] => Array.from({ length: count }, () => keyText(noise));
  const loaded = withLookups
    ? { writable: keys(loadedWritable), readonly: keys(loadedReadonly) }
    : { writable: [], readonly: [] };
  const total = staticKeys + (withLookups ? loadedWritable + loadedReadonly : 0);
  const programs = keys(3);
  const logs = Array.from({ length: 5 + noise.below(8) }, (_, i) =>
    logLines(noise, programs, i),
  ).flat();
  const inner = Array.from({ length: 2 }, (_, group) => ({
    index: group + 1,
    instructions: Array.from({ length: 2 + noise.below(4) }, () => innerInstruction(noise, total)),
  }));
  const tokens = Array.from({ length: noise.below(4) }, () => tokenBalance(noise, total));
  return metaOf(noise, { keys: total, logs, inner, loaded, tokens });
}

function logLines(noise: ByteNoise, programs: readonly string[], depth: number): string[] {
  const program = programs[noise.below(programs.length)] ?? '';
  return [
    `Program ${program} invoke [${1 + (depth % 3)}]`,
    `Program data: ${noise.bytes(8 + noise.below(40)).toString('base64')}`,
    `Program ${program} consumed ${noise.below(60_000)} of ${200_000 - depth * 7000} compute units`,
    `Program ${program} success`,
  ];
}

function innerInstruction(noise: ByteNoise, keys: number): object {
  const { staticKeys, programs } = SHAPE;
  return {
    programIdIndex: staticKeys - 1 - noise.below(programs),
    accounts: Array.from({ length: 3 + noise.below(5) }, () => noise.below(keys)),
    data: encodeBase58(noise.bytes(9 + noise.below(40))),
    stackHeight: 2 + noise.below(2),
  };
}

function tokenBalance(noise: ByteNoise, keys: number): object {
  const amount = noise.below(2_000_000_000);
  return {
    accountIndex: noise.below(keys),
    mint: keyText(noise),
    owner: keyText(noise),
    programId: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
    uiTokenAmount: {
      amount: String(amount),
      decimals: 6,
      uiAmount: amount / 1e6,
      uiAmountString: String(amount / 1e6),
    },
  };
}
