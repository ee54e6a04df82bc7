import type { Config } from '../config/config.ts';
import { OperatingError } from '../core/errors.ts';
import type { SlotRange } from '../core/slot-range.ts';
import type { FollowSpec } from '../model/job.ts';
import { parseSlots } from './slots.ts';

export const FOLLOW_OPTION = '--follow';
export const FOLLOW_OPTION_TEXT =
  'follow the finalized chain by RPC, from the last checkpoint or the tip; with SLOTS from their first (S: for ever) to their last';
export const RPC_OPTION = '--rpc-url <url>';
export const RPC_OPTION_TEXT = 'Solana RPC endpoint (default: the settings)';

/** Exactly one of both says the slots. */
export interface WantedSlots {
  readonly range: SlotRange | null;
  readonly follow: FollowSpec | null;
}

/**
 * What SLOTS and --follow mean together.
 * @throws {OperatingError} USAGE for slots that are none, or none at all where nothing is followed.
 */
export function wantedSlots(
  slots: string | undefined,
  follow: boolean,
  { rpcUrl }: Pick<Config, 'rpcUrl'>,
): WantedSlots {
  if (follow) return { range: null, follow: { rpcUrl, ...followedSlots(slots) } };
  if (slots !== undefined) return { range: parseSlots(slots), follow: null };
  throw new OperatingError(
    'USAGE',
    'expected SLOTS, S:E (slots, inclusive), N (an epoch) or A-B (epochs); or --follow',
    { retryable: false },
  );
}

/** `S:` has no end. */
function followedSlots(slots: string | undefined): Pick<FollowSpec, 'start' | 'end'> {
  if (slots === undefined) return { start: null, end: null };
  if (!slots.endsWith(':')) return parseSlots(slots);
  const { start } = parseSlots(`${slots}${slots.slice(0, -1)}`);
  return { start, end: null };
}
