import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { settings } from '../../src/config/settings.ts';
import { unhonouredNames } from '../../src/config/unhonoured-names.ts';

test('every setting and every name without effect is documented, and nothing else is', () => {
  const page = readFileSync(new URL('../../docs/COMPATIBILITY.md', import.meta.url), 'utf8');
  const honoured = Object.values(settings).flatMap((setting) => setting.names);
  const names = [...honoured, ...Object.keys(unhonouredNames), 'JETSTREAMER_ARCHIVE_BACKEND'];
  const documented = page.match(/`(MILLRACE|IQ|JETSTREAMER)_[A-Z_0-9]+`/g) ?? [];
  const undocumented = names.filter((name) => !page.includes(`\`${name}\``));
  const unknown = documented.filter((name) => !names.includes(name.replaceAll('`', '')));
  assert.deepEqual(undocumented, []);
  assert.deepEqual(unknown, []);
});
