import { openStore } from '../../src/store/store.ts';

/** Process for tests: opens the store of the folder in argv and holds it until it is killed. */
openStore({ folder: process.argv[2] ?? '', bytesMax: 2 ** 30 });
process.stdout.write('open\n');
// Nothing here refers to the store any more; the collection shows that its lock does not depend on that.
setInterval(() => globalThis.gc?.(), 10);
