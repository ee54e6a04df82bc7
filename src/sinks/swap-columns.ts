import type { PricedSwap } from '../model/swap.ts';
import { DictionaryColumn } from './dictionary-column.ts';
import { ByteColumn, WordColumn } from './native-columns.ts';
import { LongColumn, NullableColumn, ShortColumn, StringColumn } from './native-values.ts';

const ROWS_AT_FIRST = 1024;
const ADDRESS_BYTES = ROWS_AT_FIRST * 45;

/** What `swaps` holds of a swap itself, in the table's names. */
export class SwapColumns {
  /** Of a row, without its texts. */
  static readonly fixedBytes = 46;

  /** Characters of all texts that are written whole; nearly all take a byte. */
  textBytes = 0;
  readonly #outer = new ShortColumn('outer', 'UInt16', ROWS_AT_FIRST);
  readonly #inner = new WordColumn('inner', 'Int32', ROWS_AT_FIRST);
  readonly #hop = new ByteColumn('hop', 'UInt8');
  readonly #signature = new StringColumn('signature', ROWS_AT_FIRST * 90);
  readonly #program = new DictionaryColumn('program', ROWS_AT_FIRST);
  readonly #programId = new DictionaryColumn('program_id', ROWS_AT_FIRST);
  readonly #route = new NullableColumn('route', {
    ...{ type: 'String', values: new StringColumn('route', ADDRESS_BYTES), nothing: '' },
  });
  readonly #pool = new StringColumn('pool', ADDRESS_BYTES);
  readonly #user = new StringColumn('user', ADDRESS_BYTES);
  readonly #mintIn = new StringColumn('mint_in', ADDRESS_BYTES);
  readonly #decimalsIn = decimalsColumn('decimals_in');
  readonly #amountIn = new LongColumn('amount_in', 'UInt64', ROWS_AT_FIRST);
  readonly #amountInNet = amountColumn('amount_in_net');
  readonly #mintOut = new StringColumn('mint_out', ADDRESS_BYTES);
  readonly #decimalsOut = decimalsColumn('decimals_out');
  readonly #amountOut = new LongColumn('amount_out', 'UInt64', ROWS_AT_FIRST);
  readonly #amountOutNet = amountColumn('amount_out_net');
  readonly #baseIsIn = new ByteColumn('base_is_in', 'UInt8');
  readonly #price = new StringColumn('price', ROWS_AT_FIRST * 24);
  readonly #confidence = new DictionaryColumn('confidence', ROWS_AT_FIRST);
  readonly columns = [
    ...[this.#outer, this.#inner, this.#hop, this.#signature, this.#program, this.#programId],
    ...[this.#route, this.#pool, this.#user],
    ...[this.#mintIn, this.#decimalsIn, this.#amountIn, this.#amountInNet],
    ...[this.#mintOut, this.#decimalsOut, this.#amountOut, this.#amountOutNet],
    ...[this.#baseIsIn, this.#price, this.#confidence],
  ];

  /** The swap's numbers must fit their columns. */
  add(signature: string, swap: PricedSwap): void {
    this.#outer.add(swap.outer);
    this.#inner.add(swap.inner);
    this.#hop.add(swap.hop);
    this.#signature.add(signature);
    this.#program.add(swap.program);
    this.#programId.add(swap.programId);
    this.#route.add(swap.route);
    this.#pool.add(swap.pool);
    this.#user.add(swap.user);
    this.#mintIn.add(swap.mintIn);
    this.#decimalsIn.add(swap.decimalsIn);
    this.#amountIn.add(swap.amountIn);
    this.#amountInNet.add(swap.amountInNet);
    this.#mintOut.add(swap.mintOut);
    this.#decimalsOut.add(swap.decimalsOut);
    this.#amountOut.add(swap.amountOut);
    this.#amountOutNet.add(swap.amountOutNet);
    this.#baseIsIn.add(swap.baseMint === swap.mintIn ? 1 : 0);
    this.#price.add(swap.price ?? '');
    this.#confidence.add(swap.confidence);
    this.textBytes += signature.length + swap.pool.length + swap.user.length;
    this.textBytes += swap.mintIn.length + swap.mintOut.length;
    this.textBytes += (swap.route?.length ?? 0) + (swap.price?.length ?? 0);
  }

  clear(): void {
    for (const column of this.columns) column.clear();
    this.textBytes = 0;
  }
}

function decimalsColumn(name: string): NullableColumn<number> {
  return new NullableColumn(name, {
    ...{ type: 'UInt8', values: new ByteColumn(name, 'UInt8'), nothing: 0 },
  });
}

function amountColumn(name: string): NullableColumn<bigint> {
  return new NullableColumn(name, {
    ...{ type: 'UInt64', values: new LongColumn(name, 'UInt64', ROWS_AT_FIRST), nothing: 0n },
  });
}
