import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { streamReaders } from './stream-readers.ts';

/**
 * A process with one client of a stream and nothing else, which measures itself: reads so many events to warm up, then
 * so many more, prints what they cost, and ends.
 */

const { values } = parseArgs({
  options: {
    client: { type: 'string', default: '' },
    url: { type: 'string', default: '' },
    warm: { type: 'string', default: '0' },
    events: { type: 'string', default: '0' },
  },
});
const read = streamReaders[values.client];
assert(read !== undefined, `no client "${values.client}"`);
const first = Number(values.warm);
const last = first + Number(values.events);
let handled = 0;
let used = 0;
let cpuBefore = process.cpuUsage();
let before = performance.now();

await read(values.url, (isUsed) => {
  handled++;
  if (handled === first) {
    cpuBefore = process.cpuUsage();
    before = performance.now();
  }
  if (handled <= first || handled > last) return;
  if (isUsed) used++;
  if (handled !== last) return;
  const { user, system } = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - before;
  process.stdout.write(JSON.stringify({ used, cpuMs: (user + system) / 1000, wallMs }), () =>
    process.exit(0),
  );
});
