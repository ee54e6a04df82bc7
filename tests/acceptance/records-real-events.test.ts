import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StreamEvent } from '../../src/model/stream-event.ts';
import { RecordInterpreter } from '../../src/protocols/records/record-interpreter.ts';
import { sampleCollections } from '../support/record-documents.ts';

/** Goal: events as Jetstream really sent them become changes, with a user's own lexicons and mappings. */

const corpus = fileURLToPath(
  new URL('../../../shared/fixtures/atproto/jetstream/corpus/expected_v1.jsonl', import.meta.url),
);
const skip = existsSync(corpus)
  ? false
  : 'the recorded events in ../shared/fixtures/atproto are not here; they are no part of the project';

test('every recorded like and follow is valid, and every other event is told apart', {
  skip,
}, () => {
  const lines = readFileSync(corpus, 'utf8').trim().split('\n');
  const events = lines.map((line): StreamEvent => JSON.parse(line));
  const interpreter = new RecordInterpreter({
    ...{ collections: sampleCollections(), jitterSecret: Buffer.alloc(32) },
  });
  const outcomes = new Map<string, number>();
  for (const event of events) {
    const outcome = interpreter.interpret(event);
    assert(outcome === null || 'type' in outcome, JSON.stringify(outcome));
    const wanted = event.kind === 'commit' && interpreter.wants(event.commit.collection);
    assert.equal(outcome !== null, wanted || event.kind !== 'commit');
    const kind = outcome?.type ?? 'none';
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    if (outcome?.type !== 'upsert' || event.kind !== 'commit') continue;
    assert(event.commit.operation !== 'delete');
    const { subject } = event.commit.record as { readonly subject: unknown };
    const { values } = outcome.record;
    const stored = values['subject_did'] ?? {
      uri: values['subject_uri'],
      cid: values['subject_cid'],
    };
    assert.deepEqual(stored, subject);
  }
  assert.equal(events.length, 152);
  assert.deepEqual(Object.fromEntries(outcomes), {
    ...{ upsert: 111, delete: 3, identity: 1, account: 1, none: 36 },
  });
});
