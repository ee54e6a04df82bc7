import { createHash } from 'node:crypto';
import { errorFacts } from '../../../src/core/errors.ts';
import { openArchive } from '../../../src/sources/archive/archive.ts';
import { archiveAt, archiveOptions } from '../archive-folder.ts';

/**
 * Run as a process of its own, because Node reads NODE_EXTRA_CA_CERTS only when it starts:
 * `read-archive.ts BASE EPOCH LENGTH` prints the SHA-256 of that many bytes of the CAR, or the error.
 */
const [base = '', epochText, lengthText] = process.argv.slice(2);
const signal = AbortSignal.timeout(20_000);
const archive = openArchive(archiveAt(base), archiveOptions);
try {
  const epoch = await archive.epoch(Number(epochText), signal);
  const bytes = await epoch.readSlice(0, Number(lengthText), signal);
  epoch.close();
  print({ sha256: createHash('sha256').update(bytes).digest('hex') });
} catch (error) {
  print(errorFacts(error));
} finally {
  archive.close();
}

function print(outcome: object): void {
  process.stdout.write(JSON.stringify(outcome));
}
