/**
 * src/protocols/dex owns what exchange programs on Solana mean: which instruction is a swap, which accounts are the
 * pool's, what its event says, and how a transaction's calls become swaps. It does no I/O and keeps no state between
 * transactions; prices, candles and messages belong elsewhere.
 *
 * A new program is one file in programs/, one line in known-programs.ts and its fixtures.
 */

/** In `PoolPlaces`, instead of a position: this side of the pool is lamports, which the program moves without any transfer. */
export const NATIVE_VAULT = -1;

/** Where a swap instruction names its parties: positions in its list of accounts. */
export interface PoolPlaces {
  readonly pool: number;
  readonly user: number;
  readonly vaults: readonly [number, number];
  /** Mints of the two vaults, where the instruction lists them. */
  readonly mints?: readonly [number, number];
}

/** What the layout of some instructions depends on. */
export interface CallShape {
  /** How many accounts are listed. */
  readonly accountCount: number;
  /** Source and destination of each token transfer the call caused, as positions in its accounts; -1 where not listed. */
  readonly transfers: readonly (readonly [source: number, destination: number])[];
}

/** A swap instruction that names its vaults. */
export interface VaultForm {
  /** Leading bytes of the data in hex: one byte, or the eight of an Anchor program. */
  readonly discriminator: string;
  /** One for every pool the call trades with; none where the accounts fit no known layout. */
  readonly pools: readonly PoolPlaces[] | ((shape: CallShape) => readonly PoolPlaces[]);
}

/** A swap instruction of a program without a published layout: known by its two transfers. */
export interface TransferForm {
  /** Empty where the data tells nothing. */
  readonly discriminator: string;
  /** Null where it is not known which account is the pool: the owner of what was paid out stands for it. */
  readonly pool: number | null;
  /** True where the program pays before it is paid. */
  readonly paysFirst?: boolean;
  /** Fewest and most accounts that a swap lists, where other calls begin with the same bytes. */
  readonly accounts?: readonly [number, number];
}

export type SwapForm = VaultForm | TransferForm;

/** What a program says itself of a swap. */
export interface SwapEvent {
  /** 32 bytes; null where the event names no pool. */
  readonly pool: Uint8Array | null;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** Token-2022 fees held back on the way; null where the event does not tell. */
  readonly transferFeeIn: bigint | null;
  readonly transferFeeOut: bigint | null;
}

/** How to find and read one kind of event. */
export interface EventForm {
  /** `anchor`: in a call of the program to itself or a `Program data:` line; `ray_log`: a log line of that name. */
  readonly channel: 'anchor' | 'ray_log';
  /** Leading bytes. */
  readonly id: Buffer;
  /** Gets the bytes behind the id, which may be longer than what is known; undefined when they are too short. */
  readonly read: (bytes: Buffer) => SwapEvent | undefined;
}

/** What an order book says of an order, where it tells amounts only in units of its own. */
export interface OrderOutcome {
  /** Some of it was traded. */
  readonly filled: boolean;
  /** Some of it waits in the book, and what was paid in covers that too. */
  readonly rests: boolean;
}

export interface DexProgram {
  readonly name: string;
  readonly id: string;
  readonly forms: readonly SwapForm[];
  /** In order of preference; empty where the program tells nothing. */
  readonly events: readonly EventForm[];
  /** True where the program told nothing for part of its life, so that silence is no mismatch. */
  readonly eventsOptional?: boolean;
  /** True for order books: a call that moves one side or none only placed an order. */
  readonly orderBook?: boolean;
  /** Reads what became of an order from a call of the program to itself; undefined for any other call. */
  readonly readOrder?: (data: Uint8Array) => OrderOutcome | undefined;
}
