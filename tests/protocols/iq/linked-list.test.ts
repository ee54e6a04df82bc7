import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBase58 } from '../../../src/core/base58.ts';
import type { IqLink } from '../../../src/model/iq-record.ts';
import { indexLinks, walkLinkedList } from '../../../src/protocols/iq/linked-list.ts';

const OPTIONS = { recoverFailed: false, linksMax: 10 };

function signature(number: number): string {
  return encodeBase58(new Uint8Array(64).fill(number));
}

function link(number: number, before: string, change: Partial<IqLink> = {}): IqLink {
  return {
    position: { slot: number, transactionIndex: 0, outer: 0, inner: -1 },
    signature: signature(number),
    ...{ program: 'program', generation: '3', signer: 'owner', failed: false, blockTime: 0 },
    ...{ type: 'link', payload: Buffer.from(`${number}`), beforeTx: before },
    ...{ method: 0, decodeBreak: 0, ...change },
  };
}

function walk(links: readonly IqLink[], options: Partial<typeof OPTIONS> = {}) {
  const tail = { program: 'program', tailSignature: signature(3) };
  const walked = walkLinkedList(tail, indexLinks(links), { ...OPTIONS, ...options });
  return {
    state: walked.state,
    text: walked.links.map(({ payload }) => Buffer.from(payload).toString()).join(''),
    fault: walked.state === 'incomplete' ? [walked.reason, walked.missingSignature] : null,
  };
}

const HEAD = link(1, 'Genesis');
const MIDDLE = link(2, signature(1));
const TAIL = link(3, signature(2));

test('a list is followed from its tail and read from its head', () => {
  assert.deepEqual(walk([TAIL, HEAD, MIDDLE]), { state: 'complete', text: '123', fault: null });
});

test('a missing link leaves the list incomplete and is named', () => {
  assert.deepEqual(walk([TAIL, HEAD]), {
    ...{ state: 'incomplete', text: '3', fault: ['link-missing', signature(2)] },
  });
  assert.deepEqual(walk([]).fault, ['link-missing', signature(3)]);
});

test('a link of another program is none', () => {
  const foreign = link(2, signature(1), { program: 'other' });
  assert.deepEqual(walk([TAIL, foreign, HEAD]).fault, ['link-missing', signature(2)]);
});

test('a predecessor that is no signature is malformed', () => {
  assert.deepEqual(walk([link(3, 'genesis?')]).fault, ['link-malformed', 'genesis?']);
});

test('a loop ends, and so does a list longer than the bound', () => {
  assert.deepEqual(walk([TAIL, link(2, signature(3))]).fault, ['loop', signature(3)]);
  assert.deepEqual(walk([TAIL, MIDDLE, HEAD], { linksMax: 2 }).fault, ['too-long', signature(1)]);
  assert.equal(walk([TAIL, MIDDLE, HEAD], { linksMax: 3 }).state, 'complete');
});

test('a failed link breaks the list unless recovering is allowed', () => {
  const failed = link(2, signature(1), { failed: true });
  assert.deepEqual(walk([TAIL, failed, HEAD]).fault, ['link-failed', signature(2)]);
  assert.equal(walk([TAIL, failed, HEAD], { recoverFailed: true }).state, 'recovered');
});

test('of several links in one transaction the first counts, in whatever order they come', () => {
  const second = link(2, 'Genesis', {
    position: { slot: 2, transactionIndex: 0, outer: 1, inner: -1 },
  });
  assert.equal(walk([TAIL, second, MIDDLE, HEAD]).text, '123');
  assert.equal(walk([TAIL, MIDDLE, second, HEAD]).text, '123');
});
