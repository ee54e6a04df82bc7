import Table from 'cli-table3';
import type { Swap } from '../model/swap.ts';
import { positionFields, swapFields } from '../model/swap-fields.ts';
import type { DecodedTransaction } from '../pipelines/swaps/swaps-decode.ts';
import { countText } from './units.ts';

/** Characters of an address that a table shows. */
const ADDRESS_SHOWN = 8;

/** One JSON object a swap. */
export function swapLines({
  slot,
  signature,
  transactionIndex,
  swaps,
}: DecodedTransaction): string[] {
  const place = { slot, signature, tx_index: transactionIndex };
  return swaps.map((swap) =>
    JSON.stringify({ ...place, ...positionFields(swap), ...swapFields(swap) }),
  );
}

export function swapTable(decoded: readonly DecodedTransaction[]): string {
  const table = new Table({
    head: ['tx', 'at', 'program', 'route', 'pool', 'in', 'out', 'confidence'],
    style: { head: [], border: [] },
  });
  let count = 0;
  for (const { transactionIndex, signature, swaps } of decoded) {
    const transaction = transactionIndex === null ? shortened(signature) : `${transactionIndex}`;
    for (const swap of swaps) {
      count++;
      table.push([
        transaction,
        positionText(swap),
        swap.program,
        shortened(swap.route ?? ''),
        shortened(swap.pool),
        `${amountText(swap.amountIn, swap.decimalsIn)} ${shortened(swap.mintIn)}`,
        `${amountText(swap.amountOut, swap.decimalsOut)} ${shortened(swap.mintOut)}`,
        swap.confidence,
      ]);
    }
  }
  const summary = `${countText(decoded.length)} transactions, ${countText(count)} swaps`;
  return count === 0 ? summary : `${table.toString()}\n${summary}`;
}

/** Calls that gave no sure swap, counted by program and reason; empty when there are none. */
export function mismatchText(decoded: readonly DecodedTransaction[]): string {
  const counts = new Map<string, number>();
  for (const { mismatches } of decoded) {
    for (const { program, reason } of mismatches) {
      const key = `${program} ${reason}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts].map(([key, count]) => `mismatch: ${key}: ${count}`).join('\n');
}

/** An exact decimal number; the raw amount where the decimals are unknown. */
function amountText(amount: bigint, decimals: number | null): string {
  if (decimals === null || decimals === 0) return `${amount}`;
  const digits = `${amount}`.padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  const whole = digits.slice(0, -decimals);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

function positionText({ outer, inner, hop }: Swap): string {
  const place = inner < 0 ? `${outer}` : `${outer}.${inner}`;
  return hop === 0 ? place : `${place} hop ${hop}`;
}

/** Aggregators have names, which are short enough to stay whole. */
function shortened(text: string): string {
  return text.length > 2 * ADDRESS_SHOWN ? `${text.slice(0, ADDRESS_SHOWN)}…` : text;
}
