import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { safeFileName } from '../../../src/protocols/iq/safe-file-name.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

function name(text: string | null): string {
  return safeFileName(text, 'session', PNG);
}

test('an ordinary name stays as it is', () => {
  for (const plain of ['photo.png', 'My file (2).tar.gz', '写真.jpg', 'a-b_c~d.txt']) {
    assert.equal(name(plain), plain);
  }
});

test('folders, drives and what would hide or escape are taken away', () => {
  assert.equal(name('../../etc/passwd'), 'passwd');
  assert.equal(name('C:\\Windows\\system.ini'), 'system.ini');
  assert.equal(name('.bashrc'), 'bashrc');
  assert.equal(name('--help'), 'help');
  assert.equal(name('a\0b\r\nc.txt'), 'abc.txt');
  assert.equal(name('gpj.\u202eexe.txt'), 'gpj.exe.txt');
  assert.equal(name('a$(id)`x`|y.txt'), 'a_(id)_x__y.txt');
  assert.equal(name('trailing. . '), 'trailing');
  assert.equal(name('CON.txt'), '_CON.txt');
  assert.equal(name('iqgit-blob:index.html'), 'index.html');
});

test('a long name is cut between characters and keeps its extension', () => {
  const cut = name(`${'é'.repeat(500)}.jpeg`);
  assert.equal(cut, `${'é'.repeat(97)}.jpeg`);
  assert(Buffer.byteLength(name(`a.${'b'.repeat(500)}`)) <= 200);
});

test('without a usable name the file is called by its session and its content', () => {
  for (const empty of [null, '', '..', '/', '\u200b', '\ud800']) {
    assert.equal(name(empty), 'session.png');
  }
  assert.equal(safeFileName(null, 's', Buffer.from('text é')), 's.txt');
  assert.equal(safeFileName(null, 's', Buffer.from([0xff])), 's.bin');
  assert.equal(safeFileName(null, 's', Buffer.alloc(0)), 's.bin');
});

test('whatever is written, the result is one visible, bounded path segment', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.constantFrom('.', '/', '\\', '~', '\0', ' ', 'con', '.', '\ud83d', 'é'), {
      maxLength: 9,
    }),
  );
  fc.assert(
    fc.property(text, (hostile) => {
      const safe = name(Array.isArray(hostile) ? hostile.join('') : hostile);
      assert.match(safe, /^[^./\\~\s-]/);
      assert.doesNotMatch(safe, /[/\\:\p{Cc}\p{Cf}]|[. ]$/u);
      assert.doesNotMatch(safe, /^con(\.|$)/i);
      assert(safe.isWellFormed() && Buffer.byteLength(safe) <= 201);
      assert.equal(name(safe), safe);
    }),
    { numRuns: 500 },
  );
});
