import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openDataFolder } from '../../supervisor/data-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('a data folder is made with all its parts, and opening it again changes nothing', (t) => {
  const root = join(tempFolder(t), 'deep', 'data');
  const folder = openDataFolder(root);
  assert.deepEqual(openDataFolder(root), folder);
  for (const path of Object.values(folder)) assert(existsSync(path), path);
});

test('a folder that cannot be made is named with the reason and the remedy', (t) => {
  const file = join(tempFolder(t), 'file');
  writeFileSync(file, '');
  assert.throws(() => openDataFolder(file), {
    code: 'DATA_FOLDER',
    message: new RegExp(`${file}.*(EEXIST|ENOTDIR).*MILLRACE_DATA_DIR`),
  });
});
