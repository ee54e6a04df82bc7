import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { streamUrl } from '../../../src/sources/jetstream/stream-url.ts';

/** Goal: what is asked for is what a server takes, and what it would refuse is never sent. */

const wanted = {
  collections: ['app.subcult.scene', 'app.bsky.*'],
  dids: ['did:plc:wq4aajammjtxdomz3e23667t'],
  cursor: 7,
  compress: true,
  messageBytesMax: 1000,
};

test('a version 1 address keeps its query and gains what is wanted', () => {
  const url = new URL(
    streamUrl({ url: 'wss://host.example/subscribe?key=1', protocol: 'v1' }, wanted),
  );
  assert.deepEqual(
    [...url.searchParams],
    [
      ['key', '1'],
      ['cursor', '7'],
      ['wantedCollections', 'app.subcult.scene'],
      ['wantedCollections', 'app.bsky.*'],
      ['wantedDids', 'did:plc:wq4aajammjtxdomz3e23667t'],
      ['maxMessageSizeBytes', '1000'],
      ['compress', 'true'],
    ],
  );
});

test('version 2 is asked for by its own names', () => {
  const url = new URL(
    streamUrl({ url: 'wss://host.example/x', protocol: 'v2' }, { ...wanted, cursor: null }),
  );
  assert.deepEqual(url.searchParams.getAll('collections'), wanted.collections);
  assert.equal(url.searchParams.get('zstdDictionary'), '20260811');
  assert.equal(url.searchParams.has('cursor'), false);
  assert.equal(url.searchParams.has('wantedCollections'), false);
});

test('a firehose is asked for nothing but its cursor', () => {
  const url = streamUrl({ url: 'wss://host.example/x', protocol: 'firehose' }, wanted);
  assert.equal(url, 'wss://host.example/x?cursor=7');
});

test('collections that a server would refuse are an error of the settings', () => {
  const endpoint = { url: 'wss://host.example/subscribe', protocol: 'v1' } as const;
  const many = Array.from({ length: 101 }, (_, index) => `app.bsky.a${index}`);
  for (const collections of [many, ['app.bsky.fo*'], ['*'], ['app'], ['']]) {
    assert.throws(
      () => streamUrl(endpoint, { ...wanted, collections }),
      (error) => error instanceof OperatingError && error.code === 'CONFIG',
    );
  }
});
