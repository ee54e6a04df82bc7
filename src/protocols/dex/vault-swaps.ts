import { accountKeyAt } from '../../model/ledger-transaction.ts';
import type { Swap } from '../../model/swap.ts';
import { confidenceOf, type FoundEvent, type SwapSides } from './confidence-of.ts';
import {
  type CallShape,
  NATIVE_VAULT,
  type PoolPlaces,
  type SwapEvent,
  type VaultForm,
} from './dex-program.ts';
import type { SwapCall } from './swap-call.ts';
import { type SwapLeg, type SwapLegs, swapLegs } from './swap-legs.ts';
import { swapOfSides } from './swap-of-sides.ts';
import { nativeSide, type SwapSide, tokenSide } from './swap-side.ts';

/** Indexes of keys that a swap instruction names. */
interface PoolKeys {
  readonly pool: number;
  readonly user: number;
  readonly vaults: readonly [number, number];
  readonly mints: readonly [number | undefined, number | undefined];
}

/** The swaps of a call that names its vaults: one for each pool it trades with. */
export function vaultSwaps(call: SwapCall, form: VaultForm): Swap[] {
  const pools = typeof form.pools === 'function' ? form.pools(shapeOf(call)) : form.pools;
  if (pools.length === 0) call.report('accounts-missing');
  const swaps: Swap[] = [];
  for (const [hop, places] of pools.entries()) {
    const keys = keysOf(call, places);
    const pool = call.within.keyText(keys?.pool);
    const user = call.within.keyText(keys?.user);
    if (keys === undefined || pool === undefined || user === undefined) {
      call.report('accounts-missing');
      continue;
    }
    const legs = swapLegs(keys.vaults, call.transfers);
    if (isMissing(call, legs)) continue;
    const found = eventOf(call, keys.pool, hop);
    const event = found === 'other-pool' ? undefined : found;
    const sides = sidesOf(call, keys, legs, event);
    if (sides === undefined) continue;
    const confidence = confidenceOf(call, sides, found);
    swaps.push(swapOfSides(call, { hop, pool, user, confidence }, sides));
  }
  return swaps;
}

/** Whether there is nothing to tell an exchange by, which of an order book is no mismatch unless it says otherwise. */
function isMissing(call: SwapCall, legs: SwapLegs): boolean {
  const none = legs.in === null && legs.out === null;
  if (call.program.orderBook !== true) {
    if (none) call.report('transfers-missing');
    return none;
  }
  const missing = legs.in === null || legs.out === null;
  if (missing && call.orderOutcome()?.filled === true) call.report('fill-unknown');
  return missing;
}

function shapeOf({ instruction, transfers }: SwapCall): CallShape {
  const { accounts } = instruction;
  return {
    accountCount: accounts.length,
    transfers: transfers.map(({ source, destination }) => [
      accounts.indexOf(source),
      accounts.indexOf(destination),
    ]),
  };
}

function keysOf(call: SwapCall, places: PoolPlaces): PoolKeys | undefined {
  const [firstPlace, secondPlace] = places.vaults;
  const pool = call.keyIndex(places.pool);
  const user = call.keyIndex(places.user);
  const first = call.keyIndex(firstPlace);
  const second = secondPlace === NATIVE_VAULT ? NATIVE_VAULT : call.keyIndex(secondPlace);
  if (pool === undefined || user === undefined || first === undefined || second === undefined) {
    return undefined;
  }
  const mints = places.mints ?? [NATIVE_VAULT, NATIVE_VAULT];
  return {
    pool,
    user,
    vaults: [first, second],
    mints: [call.keyIndex(mints[0]), call.keyIndex(mints[1])],
  };
}

/** The event that names the pool; where events name none, the one of the same number. */
function eventOf(call: SwapCall, poolKey: number, hop: number): FoundEvent {
  const events = call.events();
  const pool = accountKeyAt(call.within.transaction, poolKey);
  if (pool === undefined || events.length === 0) return undefined;
  const named = events.find(
    (event) => event.pool !== null && Buffer.compare(event.pool, pool) === 0,
  );
  if (named !== undefined) return named;
  const event = events[hop];
  return event === undefined || event.pool === null ? event : 'other-pool';
}

/** Both sides, or undefined, with the reason reported, when one of them is not known. */
function sidesOf(
  call: SwapCall,
  keys: PoolKeys,
  legs: SwapLegs,
  event: SwapEvent | undefined,
): SwapSides | undefined {
  const inSide = legs.in?.side ?? (legs.out?.side === 0 ? 1 : 0);
  const sideIn = sideOf(call, keys, { side: inSide, leg: legs.in, told: event?.amountIn });
  if (sideIn === undefined) return undefined;
  const outSide = inSide === 0 ? 1 : 0;
  const sideOut = sideOf(call, keys, { side: outSide, leg: legs.out, told: event?.amountOut });
  return sideOut === undefined
    ? undefined
    : { in: withFee(sideIn, event?.transferFeeIn), out: withFee(sideOut, event?.transferFeeOut) };
}

interface AskedSide {
  readonly side: 0 | 1;
  readonly leg: SwapLeg | null;
  /** The amount that the event tells. */
  readonly told: bigint | undefined;
}

function sideOf(
  call: SwapCall,
  keys: PoolKeys,
  { side, leg, told }: AskedSide,
): SwapSide | undefined {
  const vault = keys.vaults[side];
  if (vault === NATIVE_VAULT) {
    if (told === undefined) call.report('native-amount-unknown');
    return told === undefined ? undefined : nativeSide(told);
  }
  const transfers = leg?.transfers ?? [];
  if (transfers.length === 0 && told === undefined) {
    call.report('leg-missing');
    return undefined;
  }
  const found = tokenSide(call.within, vault, transfers, keys.mints[side]);
  if (found === undefined) call.report('mint-unknown');
  // A side without any transfer is nothing, or lamports that the pool's account holds: the event tells.
  if (found === undefined || transfers.length > 0 || told === undefined) return found;
  return { ...found, amount: told, net: told };
}

/** Uses the event's fee where neither the transfers nor the balances tell it. */
function withFee(side: SwapSide, fee: bigint | null | undefined): SwapSide {
  if (side.net !== null || fee === null || fee === undefined) return side;
  return { ...side, net: side.amount - fee };
}
