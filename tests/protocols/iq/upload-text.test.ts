import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGeneration0Text } from '../../../src/protocols/iq/generation-0-text.ts';
import { magicExtensionOf } from '../../../src/protocols/iq/magic-type.ts';
import { parseUploadMetadata } from '../../../src/protocols/iq/upload-metadata.ts';

function read(text: string, contentType: string | null = 'text') {
  const { bytes, compressedArt } = readGeneration0Text(Buffer.from(text), contentType);
  return [bytes.toString(), compressedArt];
}

test('escapes of generation 0 become characters, and pairs of them one character', () => {
  assert.deepEqual(read('caf/u00e9 /ud83d/udce6 é'), ['café 📦 é', false]);
  assert.deepEqual(read('no escape /u12 /v0041'), ['no escape /u12 /v0041', false]);
});

test('half a surrogate pair means no character and stays', () => {
  assert.deepEqual(read('/ud83d/u0041 /udce6'), ['/ud83dA /udce6', false]);
});

test('bytes that are no UTF-8 survive beside an escape', () => {
  const { bytes } = readGeneration0Text(
    Buffer.from([0xff, 0x2f, 0x75, 0x30, 0x30, 0x34, 0x31]),
    null,
  );
  assert.deepEqual([...bytes], [0xff, 0x41]);
});

test('compressed art is marked and kept as it stands', () => {
  assert.deepEqual(read('/u0041', 'image'), ['/u0041', true]);
});

test('metadata gives what it has, and nothing of what is no JSON object or of another type', () => {
  assert.deepEqual(
    parseUploadMetadata('{"filetype":"text/plain","filename":"a","total_chunks":2,"data":"x"}'),
    { filetype: 'text/plain', filename: 'a', totalChunks: 2, data: 'x' },
  );
  assert.equal(parseUploadMetadata('{"data":{"row":1}}').data, '{"row":1}');
  const nothing = { filetype: null, filename: null, totalChunks: null, data: null };
  for (const text of [null, '', '{', '[1]', 'null', '"x"', '{"filetype":1,"total_chunks":"2"}']) {
    assert.deepEqual(parseUploadMetadata(text), nothing);
  }
});

test('kinds of files are told by their first bytes', () => {
  assert.equal(magicExtensionOf(Buffer.from('89504e470d0a1a0a', 'hex')), 'png');
  assert.equal(magicExtensionOf(Buffer.from('RIFF\0\0\0\0WEBPVP8 ')), 'webp');
  assert.equal(magicExtensionOf(Buffer.from('\0\0\0\x20ftypM4A ')), 'mp4');
  assert.equal(magicExtensionOf(Buffer.from('RIFF')), undefined);
  assert.equal(magicExtensionOf(Buffer.from('')), undefined);
});
