import { NATIVE_VAULT } from './dex-program.ts';
import type { TokenTransfer } from './token-transfer.ts';

/** One direction of a swap: what was transferred, or null where lamports moved without a transfer. */
export interface SwapLeg {
  /** Which of the two vaults. */
  readonly side: 0 | 1;
  readonly transfers: readonly TokenTransfer[] | null;
}

export interface SwapLegs {
  readonly in: SwapLeg | null;
  readonly out: SwapLeg | null;
}

interface VaultFlow {
  readonly into: readonly TokenTransfer[];
  readonly outOf: readonly TokenTransfer[];
}

/**
 * Tells by the transfers of one call which vault was paid into and which paid. A vault may do both, as where a fee is
 * paid back; the side that gained more is then the one that was paid into.
 * @param vaults indexes of keys; NATIVE_VAULT for a side that holds lamports.
 */
export function swapLegs(
  vaults: readonly [number, number],
  transfers: readonly TokenTransfer[],
): SwapLegs {
  const flows = [flowOf(vaults[0], transfers), flowOf(vaults[1], transfers)] as const;
  if (vaults[1] === NATIVE_VAULT) return withNativeSide(flows[0]);
  const inSide = sideOfInput(flows);
  const outSide = inSide === 0 ? 1 : 0;
  const { into } = flows[inSide];
  const { outOf } = flows[outSide];
  return {
    in: into.length > 0 ? { side: inSide, transfers: into } : null,
    out: outOf.length > 0 ? { side: outSide, transfers: outOf } : null,
  };
}

export function sumOf(transfers: readonly TokenTransfer[]): bigint {
  let sum = 0n;
  for (const { amount } of transfers) sum += amount;
  return sum;
}

function flowOf(vault: number, transfers: readonly TokenTransfer[]): VaultFlow {
  return {
    into: transfers.filter((transfer) => transfer.destination === vault),
    outOf: transfers.filter((transfer) => transfer.source === vault),
  };
}

function withNativeSide(flow: VaultFlow): SwapLegs {
  const token = gainOf(flow) >= 0n ? flow.into : flow.outOf;
  if (token.length === 0) return { in: null, out: null };
  const tokenLeg: SwapLeg = { side: 0, transfers: token };
  const nativeLeg: SwapLeg = { side: 1, transfers: null };
  return token === flow.into ? { in: tokenLeg, out: nativeLeg } : { in: nativeLeg, out: tokenLeg };
}

function sideOfInput([first, second]: readonly [VaultFlow, VaultFlow]): 0 | 1 {
  const firstPays = first.into.length > 0 && second.outOf.length > 0;
  const secondPays = second.into.length > 0 && first.outOf.length > 0;
  if (firstPays !== secondPays) return firstPays ? 0 : 1;
  return gainOf(first) >= gainOf(second) ? 0 : 1;
}

function gainOf({ into, outOf }: VaultFlow): bigint {
  return sumOf(into) - sumOf(outOf);
}
