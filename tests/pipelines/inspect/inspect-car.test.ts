import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { encode } from '@ipld/dag-cbor';
import { encodeCidText } from '../../../src/decode/cid.ts';
import { crc64 } from '../../../src/decode/crc64.ts';
import {
  type InspectedHeader,
  type InspectedNode,
  inspectCar,
} from '../../../src/pipelines/inspect/inspect-car.ts';
import {
  cidOf,
  emptyBlockNode,
  frameNode,
  loneFrame,
  rootlessHeader,
  sectionOf,
  wireTransactions,
} from '../../support/car-bytes.ts';
import { carSections } from '../../support/car-sections.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: the list shows every section as it stands in the file, in little memory, and says what is wrong with it. */

interface Listed {
  readonly header: InspectedHeader;
  readonly nodes: readonly InspectedNode[];
}

async function inspect(
  path: string,
  options: { readonly from?: number; readonly windowBytes?: number } = {},
): Promise<Listed> {
  const { from = null, windowBytes = 64 * 1024 } = options;
  const bounds = { windowBytes, sectionBytesMax: 1 << 20 };
  const nodes: InspectedNode[] = [];
  let header: InspectedHeader | undefined;
  for await (const item of inspectCar({ path, from, ...bounds }, new AbortController().signal)) {
    if (item.type === 'header') header = item;
    else nodes.push(item);
  }
  assert(header !== undefined);
  return { header, nodes };
}

function fileWith(t: TestContext, bytes: Uint8Array): string {
  const path = join(tempFolder(t), 'some.car');
  writeFileSync(path, bytes);
  return path;
}

const SAMPLE = new URL('../../../data/samples/588/epoch-588.car', import.meta.url).pathname;
const SMALL_SAMPLE = new URL('../../../data/samples/589/epoch-589.car', import.meta.url).pathname;
const KINDS = ['transaction', 'entry', 'block', 'subset', 'epoch', 'rewards', 'frame'];

test('every section is listed with its offset, size, CID and kind, whatever the window', async () => {
  const car = readFileSync(SMALL_SAMPLE);
  const expected = [...carSections(car)].map(({ offset, size, cid, node }) => ({
    ...{ offset, size, cid: encodeCidText(cid), kind: KINDS[Number(node[0])] },
  }));
  for (const windowBytes of [100, 4096, 1 << 20]) {
    const { header, nodes } = await inspect(SMALL_SAMPLE, { windowBytes });
    assert.equal(header.headerBytes, expected[0]?.offset);
    assert.equal(header.fileBytes, car.length);
    const listed = nodes.map(({ offset, size, cid, kind }) => ({ offset, size, cid, kind }));
    assert.deepEqual(listed, expected, `${windowBytes} bytes`);
  }
});

test('the sample’s real block tells slot, parent, time and links; its transactions signature and fate', async () => {
  const { header, nodes } = await inspect(SAMPLE);
  assert.equal(header.roots.length, 1);
  assert.equal(header.roots[0], nodes.at(-1)?.cid, 'the root stands last');
  assert.deepEqual(nodes.find(({ kind }) => kind === 'block')?.facts, {
    slot: 254_170_887,
    parent: 254_170_886,
    height: 234_724_352,
    time: '2024-03-14T18:41:18Z',
    entries: 20,
    rewards: 'yes',
  });
  const transactions = nodes.filter(({ kind }) => kind === 'transaction');
  assert.equal(transactions[0]?.facts['version'], 'legacy');
  assert.match(String(transactions[0]?.facts['signature']), /^[1-9A-HJ-NP-Za-km-z]{86,88}$/);
  const fates = new Set(transactions.map(({ facts }) => String(facts['status'])));
  assert(fates.has('ok'));
  assert([...fates].some((fate) => /^InstructionError\(\d+, Custom\(\d+\)\)$/.test(fate)));
  assert.deepEqual(
    nodes.filter(({ fault }) => fault !== null),
    [],
  );
});

test('the list can start at any section, and anywhere else it says where it broke off', async () => {
  const { nodes } = await inspect(SAMPLE);
  const middle = nodes[700];
  assert(middle !== undefined);
  assert.deepEqual((await inspect(SAMPLE, { from: middle.offset })).nodes, nodes.slice(700));
  const from = middle.offset + 1;
  await assert.rejects(inspect(SAMPLE, { from }), (error: Error & { fields: object }) => {
    assert.match(error.message, new RegExp(`file offset ${from}$`));
    return 'offset' in error.fields && error.fields.offset === from;
  });
  await assert.rejects(inspect(SAMPLE, { from: 3 }), { code: 'USAGE' });
  await assert.rejects(inspect(SAMPLE, { from: 1e9 }), { code: 'USAGE' });
});

const wire = wireTransactions()[0]!.wire;
const rest = frameNode({ hash: null, index: 1, total: 2, data: wire.subarray(100), next: [] });

/** A transaction whose bytes go on in another frame, and the Block behind it. */
function splitCar(hash: bigint): Buffer {
  const first = frameNode({
    ...{ hash, index: 0, total: 2, data: wire.subarray(0, 100) },
    next: [cidOf(rest)],
  });
  const transaction = Buffer.concat([
    ...[Buffer.of(0x85, 0), first, encode(loneFrame(Buffer.of())), encode(7), encode(0)],
  ]);
  const sections = [rest, transaction, emptyBlockNode(7)].map(sectionOf);
  return Buffer.concat([rootlessHeader, ...sections]);
}

test('a transaction in several frames is read from all of them, and a wrong sum is told', async (t) => {
  const whole = await inspect(fileWith(t, splitCar(crc64(wire))));
  const [frame, transaction] = whole.nodes;
  assert.deepEqual(frame?.facts, { frame: '1/2', bytes: wire.length - 100 });
  assert.equal(transaction?.facts['bytes'], wire.length);
  assert.equal(transaction?.facts['frames'], 3);
  assert.equal(transaction?.fault, null);
  const broken = await inspect(fileWith(t, splitCar(5n)));
  assert.match(broken.nodes[1]?.fault ?? '', /^transaction: join a payload .* checksum 5/);
});

test('frames before the place where the list starts are no fault of the file', async (t) => {
  const path = fileWith(t, splitCar(crc64(wire)));
  const from = rootlessHeader.length + sectionOf(rest).length;
  const { nodes } = await inspect(path, { from });
  assert.deepEqual([nodes[0]?.kind, nodes[0]?.fault], ['transaction', null]);
  assert.equal(nodes[0]?.facts['signature'], null);
});

test('a section with a changed byte is listed with its fault and the list goes on', async (t) => {
  const car = Buffer.from(readFileSync(SAMPLE).subarray(0, 40_000));
  const whole = await inspectUntilCut(fileWith(t, car));
  const second = whole.nodes[1];
  assert(second !== undefined);
  car[second.offset + 50] = (car[second.offset + 50] ?? 0) ^ 1;
  const changed = await inspectUntilCut(fileWith(t, car));
  assert.equal(changed.nodes.length, whole.nodes.length);
  const faults = changed.nodes.filter(({ fault }) => fault !== null);
  assert.deepEqual(
    faults.map(({ offset, fault }) => [offset, fault]),
    [[second.offset, 'its bytes are not what its CID says']],
  );
  assert.equal(whole.offset, changed.offset);
});

/** The nodes of a file that ends inside of a section, and where the error says it does. */
async function inspectUntilCut(
  path: string,
): Promise<{ nodes: readonly InspectedNode[]; offset: number }> {
  const nodes: InspectedNode[] = [];
  const bounds = { from: null, windowBytes: 4096, sectionBytesMax: 1 << 20 };
  try {
    for await (const item of inspectCar({ path, ...bounds }, new AbortController().signal)) {
      if (item.type === 'node') nodes.push(item);
    }
  } catch (error) {
    assert(error instanceof Error && 'code' in error && 'fields' in error);
    assert.equal(error.code, 'ARCHIVE_CORRUPT');
    return { nodes, offset: Number((error.fields as { offset: number }).offset) };
  }
  return assert.fail('the file was read to its end');
}

test('a list that is cancelled while it is drawn up ends with the error of that', async () => {
  const scope = new AbortController();
  const bounds = { from: null, windowBytes: 4096, sectionBytesMax: 1 << 20 };
  const list = inspectCar({ path: SAMPLE, ...bounds }, scope.signal);
  const whole = async (): Promise<void> => {
    for await (const item of list) assert(item.type.length > 0);
  };
  setImmediate(() => scope.abort());
  await assert.rejects(whole(), { code: 'CANCELLED' });
});

test('what is no CAR is refused at offset 0', async (t) => {
  for (const text of ['', '{"not": "a CAR"}\n', '<html>'.repeat(500)]) {
    await assert.rejects(inspect(fileWith(t, Buffer.from(text))), (error: Error) => {
      assert('code' in error && 'fields' in error);
      assert(['ARCHIVE_CORRUPT', 'RECORD_MALFORMED'].includes(String(error.code)), error.message);
      return (error.fields as { offset: number }).offset === 0;
    });
  }
  await assert.rejects(inspect('/nowhere/some.car'), { code: 'ARCHIVE_NOT_FOUND' });
});

test('a section that claims more than the bound is refused before it is read', async (t) => {
  const huge = Buffer.concat([rootlessHeader, Buffer.from('ffffff7f', 'hex'), Buffer.alloc(100)]);
  await assert.rejects(inspect(fileWith(t, huge)), { code: 'RECORD_TOO_LARGE' });
});

test('any changed byte of a small CAR is told or ends the list, and never hangs it', async (t) => {
  const car = splitCar(crc64(wire));
  const intact = await inspect(fileWith(t, car));
  for (let at = rootlessHeader.length; at < car.length; at += 3) {
    const changed = Buffer.from(car);
    changed[at] = (changed[at] ?? 0) ^ 0x11;
    const outcome = await inspect(fileWith(t, changed)).catch((error: Error) => error);
    if (outcome instanceof Error) assert('fields' in outcome, `${at}: ${outcome.stack}`);
    else
      assert(
        outcome.nodes.some(({ fault }) => fault !== null),
        `byte ${at}`,
      );
  }
  assert(intact.nodes.every(({ fault }) => fault === null));
});
