import assert from 'node:assert/strict';
import test from 'node:test';
import { DatabaseError } from 'pg';
import { type ErrorCode, OperatingError } from '../../../../src/core/errors.ts';
import { ConstraintError } from '../../../../src/sinks/records/constraint-error.ts';
import { mapPostgresError } from '../../../../src/sinks/records/postgres/postgres-error.ts';

/** Goal: every way a server fails says whether trying again helps, and says nothing of what is in a record. */

const attempt = { attempted: 'writing records', database: 'db.test:5432/records' };

function serverError(code: string): DatabaseError {
  const error = new DatabaseError('said by the server', 0, 'error');
  return Object.assign(error, { code, detail: 'Failing row contains (secret)', where: 'secret' });
}

const KINDS: readonly (readonly [ErrorCode, boolean, readonly string[]])[] = [
  ['SINK_REFUSED', false, ['28P01', '28000', '3D000', '42P01', '42501', '0A000', '25P02', 'XX000']],
  ['SINK_UNREACHABLE', true, ['08006', '57P01', '57P03', '57014', '40001', '40P01', '53300']],
  ['SINK_UNREACHABLE', true, ['53100', '55P03', '25P03', '25006', '58030']],
];

for (const [code, retryable, states] of KINDS) {
  test(`${states.join(', ')} become ${code}`, () => {
    for (const state of states) {
      const mapped = mapPostgresError(serverError(state), attempt);
      assert(mapped instanceof OperatingError);
      assert.deepEqual([mapped.code, mapped.retryable], [code, retryable], state);
      assert.match(
        mapped.message,
        /^writing records in db\.test:5432\/records: said by the server/,
      );
      assert.equal(mapped.fields['sqlState'], state);
    }
  });
}

test('what a row is to blame for names the constraint and quotes nothing of the row', () => {
  const broken = Object.assign(serverError('23514'), { constraint: 'chk_scenes', table: 'scenes' });
  // Such a message quotes the value.
  broken.message = 'invalid input: "secret"';
  const mapped = mapPostgresError(broken, attempt);
  assert(mapped instanceof ConstraintError);
  assert.equal(mapped.constraint, 'chk_scenes');
  assert.match(mapped.message, /chk_scenes of table scenes refused a row \(23514\)/);
  for (const state of ['22P02', '22021', '22P05', '22001', '23505', '54000', '54001']) {
    const error = mapPostgresError(serverError(state), attempt);
    assert(error instanceof ConstraintError, state);
    assert.equal(error.constraint, `SQLSTATE ${state}`);
    assert.doesNotMatch(`${error.message}${String(error.cause)}`, /secret/);
  }
});

test('what the network does may pass, what TLS refuses does not, and our mistakes stay what they are', () => {
  const both = new AggregateError([new Error('ECONNREFUSED ::1'), new Error('other')], 'connect');
  const passing = mapPostgresError(both, attempt);
  assert(passing instanceof OperatingError && passing.retryable);
  assert.match(passing.message, /ECONNREFUSED ::1, other/);
  const tls = mapPostgresError(new Error('self-signed certificate'), attempt);
  assert(tls instanceof OperatingError && !tls.retryable);
  const mistake = new TypeError('undefined is not a function');
  assert.equal(mapPostgresError(mistake, attempt), mistake);
});
