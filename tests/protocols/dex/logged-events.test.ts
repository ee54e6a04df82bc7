import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isTellingLine, LoggedEvents } from '../../../src/protocols/dex/logged-events.ts';
import { TransactionPrograms } from '../../../src/protocols/dex/transaction-programs.ts';
import { makeTransaction } from '../../support/swap-transaction.ts';

/** Goal: leaving out lines that tell nothing changes nothing of what the others tell. */

const RAYDIUM = '675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8';
const WHIRLPOOL = 'whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc';
const PROGRAMS = [RAYDIUM, WHIRLPOOL, 'JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4'];

const { transaction } = makeTransaction({
  calls: [RAYDIUM, WHIRLPOOL, RAYDIUM, 'JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4'].map(
    (program) => ({ program, data: Buffer.alloc(0) }),
  ),
});

function eventsOf(lines: readonly string[]) {
  const logged = new LoggedEvents(transaction, new TransactionPrograms(transaction), lines);
  const { truncated } = logged;
  return { truncated, events: transaction.instructions.map((_, index) => logged.of(index)) };
}

/** The line amid bytes that continue it, as they may stand in a record. */
function isTelling(line: string): boolean {
  const bytes = Buffer.from(line);
  const amid = Buffer.concat([Buffer.from('Program '), bytes, Buffer.from(': ray_log: units')]);
  return isTellingLine(amid, 8, 8 + bytes.length);
}

const line = fc.oneof(
  fc
    .tuple(fc.constantFrom(...PROGRAMS), fc.integer({ min: 1, max: 4 }))
    .map(([program, depth]) => `Program ${program} invoke [${depth}]`),
  fc.constantFrom(...PROGRAMS).map((program) => `Program ${program} success`),
  fc
    .constantFrom(...PROGRAMS)
    .map((program) => `Program ${program} consumed 12 of 200000 compute units`),
  fc.base64String({ maxLength: 40 }).map((text) => `Program data: ${text}`),
  fc.base64String({ maxLength: 40 }).map((text) => `Program log: ray_log: ${text}`),
  fc.string().map((text) => `Program log: ${text}`),
  fc.constantFrom('Log truncated', 'Program log', 'Program log: ray_log', '', ' compute units'),
);

test('calls and events are the same without the lines that tell nothing', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      assert.deepEqual(eventsOf(lines.filter(isTelling)), eventsOf(lines));
    }),
  );
});

test('what programs write for people and what calls cost is left out', () => {
  const lines = [
    `Program ${RAYDIUM} invoke [1]`,
    'Program log: Instruction: Swap',
    'Program log: ray_log: A0==',
    `Program ${RAYDIUM} consumed 12 of 200000 compute units`,
    `Program ${RAYDIUM} success`,
    'Program data: AA==',
    'Log truncated',
  ];
  assert.deepEqual(lines.map(isTelling), [true, false, true, false, true, true, true]);
  assert.deepEqual(eventsOf(lines), {
    truncated: true,
    events: [[{ channel: 'ray_log', base64: 'A0==' }], [], [], []],
  });
});
