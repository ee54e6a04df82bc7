import assert from 'node:assert/strict';
import test from 'node:test';
import { parseConfig, withOverrides } from '../../src/config/config.ts';
import { OperatingError } from '../../src/core/errors.ts';

const PDA = '9KLLchQVJpGkw4jPuUmnvqESdR7mtNCYr3qS4iQLabs';

function configError(environment: Record<string, string>): OperatingError {
  try {
    parseConfig(environment);
  } catch (error) {
    assert(error instanceof OperatingError);
    assert.equal(error.code, 'CONFIG');
    return error;
  }
  throw new Error('parseConfig accepted the environment');
}

test('an empty environment gives the documented defaults', () => {
  const { config, warnings } = parseConfig({});
  assert.equal(config.apiHost, '127.0.0.1');
  assert.equal(config.apiPort, 8080);
  assert.equal(config.verify, 'all');
  assert.equal(config.iqReaderMode, 'auto');
  assert.deepEqual(warnings, []);
  assert(Object.isFrozen(config));
});

test('an unknown MILLRACE_ name is refused with the nearest known name', () => {
  const error = configError({ MILLRACE_API_PROT: '1' });
  assert.match(error.message, /MILLRACE_API_PROT.*MILLRACE_API_PORT/);
});

test('a bad entry of an IQ list is left out with a warning that names it', () => {
  const { config, warnings } = parseConfig({ IQ_SESSION_PDA_LIST: `nonsense, ${PDA}` });
  assert.deepEqual(config.iqSessions, [PDA]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /IQ_SESSION_PDA_LIST.*nonsense/);
});

test('the first of several names that is set wins', () => {
  const both = { IQ_RPC_URL: 'http://a', SOLANA_RPC_URL: 'http://b' };
  assert.equal(parseConfig(both).config.rpcUrl, 'http://a');
  assert.equal(parseConfig({ SOLANA_RPC_URL: 'http://b' }).config.rpcUrl, 'http://b');
  const split = { JETSTREAMER_HTTP_BASE_URL: '/cars', JETSTREAMER_ARCHIVE_BASE: '/indexes' };
  assert.equal(parseConfig(split).config.archiveCarBase, '/cars');
  assert.equal(parseConfig(split).config.archiveIndexBase, '/indexes');
});

test('numbers, sizes and flags say what was expected', () => {
  assert.match(configError({ MILLRACE_API_PORT: '70000' }).message, /1 to 65535.*"70000"/);
  assert.match(configError({ MILLRACE_SHARD_BYTES: '3 bananas' }).message, /such as 16mib/);
  assert.match(configError({ JETSTREAMER_FORCE_LEGACY_INDEX: 'perhaps' }).message, /perhaps/);
  assert.match(configError({ IQ_READER_ENDPOINT_PATH: ' ' }).message, /not blank/);
  assert.equal(parseConfig({ MILLRACE_SHARD_BYTES: '16_0mib' }).config.shardBytes, 160 * 2 ** 20);
});

test('overrides replace only the fields that are given', () => {
  const { config } = parseConfig({});
  const changed = withOverrides(config, { apiPort: 9000, rpcUrl: undefined });
  assert.equal(changed.apiPort, 9000);
  assert.equal(changed.rpcUrl, config.rpcUrl);
});

test('an archive in S3 is refused instead of another one being read in its place', () => {
  assert.match(configError({ JETSTREAMER_ARCHIVE_BACKEND: 'S3' }).message, /received backend s3/);
  for (const name of [
    'JETSTREAMER_ARCHIVE_BASE',
    'JETSTREAMER_HTTP_BASE_URL',
    'JETSTREAMER_COMPACT_INDEX_BASE_URL',
  ]) {
    const error = configError({ [name]: 's3://bucket/prefix' });
    assert.match(error.message, new RegExp(`^${name}: expected an archive in a folder`));
  }
  parseConfig({ JETSTREAMER_ARCHIVE_BACKEND: 'http' });
});

test('a name of Jetstreamer without effect is a warning that keeps the value to itself', () => {
  const environment = { JETSTREAMER_REVERSE: '1', JETSTREAMER_S3_SECRET_KEY: 'hush' };
  const { warnings } = parseConfig({ ...environment, JETSTREAMER_SEQUENTIAL: ' ' });
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /^JETSTREAMER_REVERSE: has no effect here; /);
  assert.match(warnings[1] ?? '', /^JETSTREAMER_S3_SECRET_KEY: has no effect here; /);
  assert(!warnings.join().includes('hush'));
});
