import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import type { SessionsJobReport, SessionsJobSpec } from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import { packIqScenario } from '../support/pack-iq-scenarios.ts';
import { loadScenario, startRpcServer } from '../support/rpc-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { sessionsSpecOf, startTestTree } from '../support/tree-in-process.ts';

/**
 * Goal: every recorded upload goes through the whole job (discovery, reading, settling, delivery) with the outcome its
 * fixture expects, and RPC and archive agree about everything.
 */

const FOLDER = new URL('../fixtures/iq/synthetic/', import.meta.url);
const names = readdirSync(FOLDER)
  .map((name) => name.replace('.json', ''))
  .filter((name) => name !== 'decode_vectors');
const { signal } = new AbortController();

/** The fixtures' stand-in for the program id of generation 1L, which was never published, has to be named. */
function filterOf(name: string): SessionsJobSpec['filter'] {
  const any = { mode: 'auto', programs: [], sessions: [] } as const;
  if (!name.startsWith('hybrid_legacy')) return any;
  const keys = Object.values(loadScenario(name).rpc.getTransaction).flatMap((transaction) => {
    const { message } = transaction['transaction'] as { message: { accountKeys: string[] } };
    return message.accountKeys;
  });
  return { ...any, mode: 'legacy', programs: [keys.find((key) => key.startsWith('6TwmMJ')) ?? ''] };
}

/** What must not depend on where it was read from. */
function told(report: SessionsJobReport) {
  return report.sessions.map(({ file: _file, delivered: _delivered, ...rest }) => rest);
}

function assertExpected(name: string, report: SessionsJobReport): SessionResult {
  const { expected, finalizeSignature } = loadScenario(name);
  const [result, ...others] = report.sessions;
  assert(result !== undefined && others.length === 0, `${report.sessions.length} sessions`);
  assert.equal(result.finalize_signature, finalizeSignature);
  if (expected['outcome'] === 'incomplete') {
    const missing = (expected['missing'] as number[]).map((index) => [index, index]);
    assert.deepEqual([result.state, result.missing], ['incomplete', missing]);
    assert.deepEqual([result.file, result.delivered], [null, false]);
    assert.equal(report.state, 'holes');
    return result;
  }
  assert.deepEqual([result.state, result.missing, result.delivered], ['complete', [], true]);
  assert.equal(report.state, 'complete');
  assert.equal(result.sha256, expected['fileSha256']);
  assert.equal(hash('sha256', readFileSync(result.file ?? '')), expected['fileSha256']);
  return result;
}

test('every recorded upload comes out as expected, by RPC and from an archive', async (t) => {
  await using byRpc = await startTestTree(tempFolder(t));
  await using byArchive = await startTestTree(tempFolder(t));
  for (const name of names) {
    await t.test(name, async (one) => {
      const scenario = loadScenario(name);
      const filter = filterOf(name);
      const closing = [scenario.finalizeSignature ?? ''];
      await using server = await startRpcServer({ scenarios: [scenario] });
      const wanted = { targets: closing, filter, rpcUrl: server.url };
      const rpc = await byRpc.run(sessionsSpecOf('no-archive', { ...wanted, source: 'rpc' }));
      const base = tempFolder(one);
      await packIqScenario(name, base, signal);
      const replay = { ...wanted, source: 'archive' } as const;
      const archive = await byArchive.run(sessionsSpecOf(base, replay));
      assertExpected(name, rpc);
      assertExpected(name, archive);
      assert.deepEqual(told(archive), told(rpc));
      assert.deepEqual(archive.audit.missing, []);
    });
  }
});
