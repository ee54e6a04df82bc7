import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { JsonPlace } from '../../src/pack/json-place.ts';
import { encodeStatusMeta } from '../../src/pack/status-meta-protobuf.ts';
import { storedPayload } from '../../src/pack/stored-payload.ts';
import { cliHome, runCli, SAMPLES } from '../support/cli-process.ts';
import { packIqScenario } from '../support/pack-iq-scenarios.ts';
import { loadScenario, type RpcScenario, startRpcServer } from '../support/rpc-server.ts';
import { SAMPLE_SLOTS, sampleUpload } from '../support/sample-expectations.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { chunkOf, makeUploadArchive } from '../support/upload-archive.ts';

/** Goal: whatever names an upload finds it, and whatever is wrong is named before anything runs. */

const OK = loadScenario('session_ok');
const TEXT = loadScenario('session_utf8_text');
const LIST = loadScenario('linked_list_ok');
const { signal } = new AbortController();

async function homeWithRpc(t: TestContext, scenarios: readonly RpcScenario[]) {
  const server = await startRpcServer({ scenarios });
  t.after(() => server[Symbol.asyncDispose]());
  const env = { IQ_RPC_URL: server.url, MILLRACE_RPC_REQUESTS_PER_SECOND: '1000' };
  return { home: await cliHome(t, env), server };
}

function sha256(scenario: RpcScenario): unknown {
  return scenario.expected['fileSha256'];
}

test('accounts and signatures in one comma list are read by RPC', async (t) => {
  const { home } = await homeWithRpc(t, [OK, TEXT, LIST]);
  const list = `${OK.focus},${LIST.finalizeSignature}`;
  const words = ['sessions', list, TEXT.finalizeSignature ?? '', '--source', 'rpc', '--json'];
  const result = await runCli(t, home, words);
  assert.equal(result.code, 0, result.notes);
  const digests = result.sessions().map((session) => session.sha256);
  assert.deepEqual(digests.sort(), [OK, TEXT, LIST].map(sha256).sort());
  const again = await runCli(t, home, words);
  assert.deepEqual(again.sessions(), result.sessions());
});

test('auto reads a few transactions by RPC when the archive cannot serve them, and says so', async (t) => {
  const { home } = await homeWithRpc(t, [OK]);
  const nowhere = ['--archive', tempFolder(t)];
  const result = await runCli(t, home, ['sessions', OK.focus, ...nowhere, '--json']);
  assert.equal(result.code, 0, result.notes);
  assert.match(result.notes, /Reading by RPC: the archive cannot serve it/);
  assert.equal(result.sessions()[0]?.sha256, sha256(OK));
});

test('an account leads through RPC to its slots, which the archive replays', async (t) => {
  const { home, server } = await homeWithRpc(t, [OK]);
  const base = tempFolder(t);
  await packIqScenario('session_ok', base, signal);
  const words = ['sessions', OK.focus, '--archive', base, '--json'];
  const result = await runCli(t, home, [...words, '--source', 'archive', '--slot-padding', '3']);
  assert.equal(result.code, 0, result.notes);
  assert.equal(result.sessions()[0]?.sha256, sha256(OK));
  assert.match(result.notes, /16 signatures in 1 pages, slots 400001000 to 400001020/);
  // Three slots on either side of 21.
  assert.match(result.notes, /plan: \d+ slots present/);
  const fetched = server.received.filter(({ method }) => method === 'getTransaction');
  assert.deepEqual(fetched, [], 'only signatures were asked for');
  const auto = await runCli(t, home, words);
  assert.equal(auto.code, 0, auto.notes);
  assert.match(auto.notes, /Reading (from the archive|by RPC): .* take /);
});

test('a signature with slots is looked up, and its upload read from these slots', async (t) => {
  const { home } = await homeWithRpc(t, [OK]);
  const base = tempFolder(t);
  await packIqScenario('session_ok', base, signal);
  const slots = '400001000:400001020';
  const words = ['sessions', OK.finalizeSignature ?? '', slots, '--archive', base, '--json'];
  const result = await runCli(t, home, words);
  assert.equal(result.code, 0, result.notes);
  assert.deepEqual(
    result.sessions().map((one) => [one.session, one.sha256]),
    [[OK.focus, sha256(OK)]],
  );
});

test('conflicting copies of a chunk end with 2 only under --strict', async (t) => {
  const home = await cliHome(t);
  const archive = await makeUploadArchive(tempFolder(t), {
    change: (blocks) =>
      blocks.map((block, n) =>
        n === 1
          ? { ...block, transactions: [...block.transactions, chunkOf(32, 2, ' loses much')] }
          : block,
      ),
  });
  const { start, end } = archive.range;
  const words = ['sessions', `${start}:${end - 1}`, '--archive', archive.base, '--json'];
  const mild = await runCli(t, home, words);
  assert.equal(mild.code, 0, mild.notes);
  const strict = await runCli(t, home, [...words, '--strict']);
  assert.equal(strict.code, 2, strict.notes);
  const [session] = strict.sessions();
  assert.deepEqual([session?.state, session?.conflicts.length], ['complete', 1]);
});

test('--recover-failed fills a gap from a failed transaction and says so', async (t) => {
  const home = await cliHome(t);
  const failed = await failedChunkArchive(t);
  const words = ['sessions', failed.slots, '--archive', failed.base, '--json'];
  const without = await runCli(t, home, words);
  assert.equal(without.code, 2, without.notes);
  assert.deepEqual(without.sessions()[0]?.missing, [[2, 2]]);
  const recovered = await runCli(t, home, [...words, '--recover-failed']);
  assert.equal(recovered.code, 0, recovered.notes);
  assert.equal(recovered.sessions()[0]?.state, 'recovered');
});

/** The last chunk of the upload is only there in a transaction that failed. */
async function failedChunkArchive(t: TestContext) {
  const err = { InstructionError: [0, { Custom: 1 }] };
  const meta = { err, fee: 5000, preBalances: [9], postBalances: [8] };
  const metadata = storedPayload(encodeStatusMeta(new JsonPlace(meta, 'made')));
  const archive = await makeUploadArchive(tempFolder(t), {
    change: (blocks) =>
      blocks.map((block, n) => {
        const [first, ...rest] = block.transactions;
        if (n !== 2 || first === undefined) return block;
        return { ...block, transactions: [{ ...first, metadata }, ...rest] };
      }),
  });
  const { start, end } = archive.range;
  return { base: archive.base, slots: `${start}:${end - 1}` };
}

const PDA = sampleUpload('mill-notes.txt').session ?? '';
const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['nothing at all', ['sessions'], /expected session accounts, signatures or SLOTS/],
  [
    'a malformed account',
    ['sessions', `${PDA},notBase58_0OIl`],
    /"notBase58_0OIl": expected a session account/,
  ],
  ['an account of 31 bytes', ['sessions', PDA.slice(1, -1)], new RegExp(PDA.slice(1, -1))],
  ['reversed slots', ['sessions', '200:100'], /slots "200:100": 200 is after 100/],
  ['absurd slots', ['sessions', '0:99999999999999999999'], /slots "0:99999999999999999999"/],
  ['two ranges', ['sessions', '1:2,588'], /one range of slots is expected, received 1:2 and 588/],
  ['a malformed program', ['sessions', '588', '--program', 'abc'], /--program: .*"abc"/],
  ['an unknown source', ['sessions', '588', '--source', 'floppy'], /floppy/],
  ['a padding that is no number', ['sessions', PDA, '--slot-padding', 'many'], /"many"/],
  ['RPC without a target', ['sessions', '588', '--source', 'rpc'], /--source rpc needs/],
  ['an unknown flag', ['sessions', '588', '--velocity'], /--velocity/],
  ['an unknown command', ['session'], /session/],
  ['an epoch that is not there', ['sessions', '587', '--archive', SAMPLES], /587/],
  ['no supervisor to ask', ['status'], /no supervisor answers/],
];

test('wrong arguments end with 1 and name what is wrong', { concurrency: 2 }, async (t) => {
  const cases = WRONG.map(([what, words, message]) =>
    t.test(what, async (one) => {
      const result = await runCli(one, await cliHome(one), words);
      assert.equal(result.code, 1, result.notes);
      assert.match(result.notes, message);
      assert.doesNotMatch(result.notes, /^ {4}at /m, 'a stack is for bugs');
    }),
  );
  await Promise.all(cases);
});

test('an unknown MILLRACE_ name ends with 1 and the nearest known one', async (t) => {
  const home = await cliHome(t, { MILLRACE_API_PROT: '1' });
  const result = await runCli(t, home, ['sessions', SAMPLE_SLOTS, '--archive', SAMPLES]);
  assert.equal(result.code, 1);
  assert.match(result.notes, /MILLRACE_API_PROT.*MILLRACE_API_PORT/);
});
