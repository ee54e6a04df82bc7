import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IqGeneration } from '../../../src/model/iq-record.ts';
import type { DecodeChoice } from '../../../src/model/session-result.ts';
import { joinSession } from '../../../src/protocols/iq/decode-rule.ts';

const PNG = Buffer.from('89504e470d0a1a0a0000000d', 'hex').toString('base64');
const BINARY = Buffer.from([1, 2, 3, 250, 251]).toString('base64');

interface Sample {
  readonly generation?: IqGeneration;
  readonly filetype?: string | null;
  readonly choice?: DecodeChoice;
  readonly methods?: readonly number[];
}

function join(payloads: readonly string[], sample: Sample = {}) {
  const pieces = payloads.map((payload, i) => ({
    payload: Buffer.from(payload, 'latin1'),
    method: sample.methods?.[i] ?? 0,
  }));
  const { bytes, decode, doubtful } = joinSession(pieces, {
    generation: sample.generation ?? '3',
    filetype: sample.filetype === undefined ? 'application/octet-stream' : sample.filetype,
    choice: sample.choice ?? 'auto',
  });
  return [decode, bytes.toString('latin1'), doubtful];
}

function plain(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

test('a text that is canonical base64 from end to end is decoded, however it was cut', () => {
  assert.deepEqual(join([BINARY.slice(0, 3), BINARY.slice(3)]), ['base64', plain(BINARY), false]);
});

test('text declared as text stays text, unless it decodes to a known kind of file', () => {
  assert.deepEqual(join(['abcd'], { filetype: 'text/plain' }), ['none', 'abcd', false]);
  assert.deepEqual(join([PNG], { filetype: 'text/plain' }), ['base64', plain(PNG), false]);
});

test('text without any type is decoded only when it decodes to a known kind of file', () => {
  assert.deepEqual(join(['word'], { filetype: null }), ['none', 'word', false]);
  assert.deepEqual(join([PNG], { filetype: null }), ['base64', plain(PNG), false]);
});

test('near base64 is none: wrong length, foreign letters, bits left over, inner padding, line ends', () => {
  for (const text of ['abc', 'ab-_', 'abc=abcd', 'AB==AB==', 'aGk=\n', 'aR==', 'é===', '']) {
    assert.deepEqual(join([text]), ['none', text, false], JSON.stringify(text));
  }
});

test('the user decides when asked to, and a demand that cannot be met is marked', () => {
  assert.deepEqual(join([PNG], { choice: 'none' }), ['none', PNG, false]);
  assert.deepEqual(join(['word'], { choice: 'base64', filetype: 'text/plain' }), [
    ...['base64', plain('word'), false],
  ]);
  assert.deepEqual(join(['no base64'], { choice: 'base64' }), ['none', 'no base64', true]);
});

test('generation 0 stores text, so letters that happen to be base64 stay', () => {
  assert.deepEqual(join(['word'], { generation: '0' }), ['none', 'word', false]);
});

test('generation 1 decodes every chunk of method 0, padding inside the file included', () => {
  const chunks = ['aGk=', 'aG8='];
  assert.deepEqual(join(chunks, { generation: '1P' }), ['base64', 'hiho', false]);
});

test('generation 1 decodes the whole text where single chunks are none, and marks it', () => {
  assert.deepEqual(join(['aGl', 'obw=='], { generation: '1P' }), ['base64', 'hiho', true]);
});

test('generation 1 keeps bytes of other methods, and decodes beside them what is method 0', () => {
  assert.deepEqual(join(['abcd'], { generation: '1P', methods: [1] }), ['none', 'abcd', false]);
  const mixed = { generation: '1P', methods: [0, 1] } as const;
  assert.deepEqual(join(['aGk=', 'abcd'], mixed), ['base64', 'hiabcd', true]);
  assert.deepEqual(join(['?', 'abcd'], mixed), ['none', '?abcd', true]);
});

test('generation 1L decodes whatever its method says, as its readers do', () => {
  assert.deepEqual(join(['aGk='], { generation: '1L', methods: [3] }), ['base64', 'hi', false]);
});

test('method 0 that is no base64 at all is kept and marked; no chunks are an empty file', () => {
  assert.deepEqual(join(['hello?'], { generation: '1P' }), ['none', 'hello?', true]);
  assert.deepEqual(join([], { generation: '1P' }), ['none', '', false]);
});
