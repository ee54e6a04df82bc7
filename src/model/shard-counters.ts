import type { ShardCounters } from './worker-task.ts';

export const NO_COUNTERS: ShardCounters = Object.freeze({
  slotsDone: 0,
  slotsSkipped: 0,
  transactions: 0,
  votes: 0,
  entries: 0,
  sections: 0,
  bytesRead: 0,
  cidsVerified: 0,
  metadataDecoded: 0,
  instructionsIgnored: 0,
  tallies: Object.freeze({}),
});

export function addCounters(a: ShardCounters, b: ShardCounters): ShardCounters {
  return {
    slotsDone: a.slotsDone + b.slotsDone,
    slotsSkipped: a.slotsSkipped + b.slotsSkipped,
    transactions: a.transactions + b.transactions,
    votes: a.votes + b.votes,
    entries: a.entries + b.entries,
    sections: a.sections + b.sections,
    bytesRead: a.bytesRead + b.bytesRead,
    cidsVerified: a.cidsVerified + b.cidsVerified,
    metadataDecoded: a.metadataDecoded + b.metadataDecoded,
    instructionsIgnored: a.instructionsIgnored + b.instructionsIgnored,
    tallies: addTallies(a.tallies, b.tallies),
  };
}

function addTallies(a: ShardCounters['tallies'], b: ShardCounters['tallies']) {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
