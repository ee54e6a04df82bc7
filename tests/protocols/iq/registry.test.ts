import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePublicKey, encodeBase58 } from '../../../src/core/base58.ts';
import { OperatingError } from '../../../src/core/errors.ts';
import { KNOWN_IQ_PROGRAMS } from '../../../src/protocols/iq/iq-programs.ts';
import { type CompiledIqFilter, compileIqFilter } from '../../../src/protocols/iq/registry.ts';
import { sampleKey } from '../../support/iq-transaction.ts';

const [GEN_0 = '', GEN_1P = '', GEN_3 = ''] = KNOWN_IQ_PROGRAMS.map(({ id }) => id);
const UNKNOWN = encodeBase58(sampleKey(7));
const SESSION = encodeBase58(sampleKey(8));

function generations(filter: CompiledIqFilter, program: string): string[] | undefined {
  return filter.programs.get(program)?.map(({ generation }) => generation);
}

test('auto without programs reads every known program by its own layout, found by program key', () => {
  const filter = compileIqFilter({ mode: 'auto', programs: [], sessions: [SESSION] });
  assert.deepEqual(generations(filter, GEN_0), ['0']);
  assert.deepEqual(generations(filter, GEN_1P), ['1P']);
  assert.deepEqual(generations(filter, GEN_3), ['3']);
  assert.equal(filter.everyTransaction, false);
  assert.deepEqual(
    filter.scanKeys.map((key) => encodeBase58(key)),
    [GEN_0, GEN_1P, GEN_3],
  );
  assert.deepEqual(filter.warnings, []);
});

test('auto does not guess the layout of a listed program it does not know, and says so', () => {
  const filter = compileIqFilter({ mode: 'auto', programs: [UNKNOWN, GEN_3], sessions: [] });
  assert.deepEqual([...filter.programs.keys()], [GEN_3]);
  assert.equal(filter.warnings.length, 1);
  assert.match(filter.warnings[0] ?? '', new RegExp(UNKNOWN));
});

test('a named mode applies to the listed programs and to no other', () => {
  const filter = compileIqFilter({ mode: 'legacy', programs: [UNKNOWN], sessions: [] });
  assert.deepEqual(generations(filter, UNKNOWN), ['1L']);
  assert.deepEqual([filter.programs.size, filter.anyProgram.length], [1, 0]);
  assert.deepEqual(filter.warnings, []);
});

test('a named mode that contradicts a known program is obeyed with a warning', () => {
  const filter = compileIqFilter({ mode: 'pinocchio', programs: [GEN_3], sessions: [] });
  assert.deepEqual(generations(filter, GEN_3), ['1P']);
  assert.match(filter.warnings[0] ?? '', /generation 3/);
});

test('a named mode without programs reads any program, narrowed to the sessions where there are some', () => {
  const all = compileIqFilter({ mode: 'pinocchio', programs: [], sessions: [] });
  assert.equal(all.everyTransaction, true);
  assert.deepEqual(all.scanKeys, []);
  const narrowed = compileIqFilter({ mode: 'code-in', programs: [], sessions: [SESSION] });
  assert.equal(narrowed.everyTransaction, false);
  assert.deepEqual(narrowed.scanKeys, [decodePublicKey(SESSION)]);
});

test('passthrough decides by leading bytes, and leaves generations 0 and 3 their own layout', () => {
  const filter = compileIqFilter({
    ...{ mode: 'passthrough', programs: [GEN_0, GEN_1P, GEN_3, UNKNOWN], sessions: [] },
  });
  assert.deepEqual(generations(filter, GEN_0), ['0']);
  assert.deepEqual(generations(filter, GEN_3), ['3']);
  assert.deepEqual(generations(filter, GEN_1P), ['1L', '3', '1P']);
  assert.deepEqual(generations(filter, UNKNOWN), ['1L', '3', '1P']);
});

test('an entry that is no public key is refused by name', () => {
  for (const filter of [
    { mode: 'pinocchio', programs: ['not a key'], sessions: [] },
    { mode: 'auto', programs: [], sessions: ['not a key'] },
  ] as const) {
    assert.throws(
      () => compileIqFilter(filter),
      (error) => error instanceof OperatingError && error.fields['entry'] === 'not a key',
    );
  }
});
