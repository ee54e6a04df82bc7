import { Buffer, isUtf8 } from 'node:buffer';
import { magicExtensionOf } from './magic-type.ts';

/** Below the 255 bytes of common file systems, with room for a suffix of ours. */
const NAME_BYTES_MAX = 200;
const EXTENSION_BYTES_MAX = 20;
/** Device names of Windows, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Prefixes by which IQ's git tool marks a file; the name follows. */
const GIT_PREFIX = /^iqgit-(blob|tree):/;

/**
 * A name that is safe as one path segment on any system, made of what an uploader wrote: no
 * folders, no control or direction-changing characters, nothing a shell or Windows treats
 * specially, not hidden, at most 200 bytes with its extension kept.
 * Where nothing usable is left: `<stem>.<extension by content>`.
 * @param stem trusted part of the fall-back, such as the session's address.
 */
export function safeFileName(name: string | null, stem: string, content: Uint8Array): string {
  const cleaned = cleanName(name ?? '');
  return cleaned === '' ? `${stem}.${extensionOf(content)}` : cleaned;
}

function cleanName(name: string): string {
  // Far longer than any real name; bounds the work below.
  const bounded = name.slice(0, 4096).toWellFormed().normalize('NFC').replace(GIT_PREFIX, '');
  const last = bounded.split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\uFFFD]/gu, '')
    .replace(/[<>:"|?*$`;&!'%]/g, '_')
    .replace(/^[\s.~-]+/, '')
    .replace(/[\s.]+$/, '');
  const short = capBytes(plain).replace(/[\s.]+$/, '');
  return RESERVED.test(short) ? `_${short}` : short;
}

function capBytes(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return name;
  const dot = name.lastIndexOf('.');
  const tail = dot > 0 ? name.slice(dot) : '';
  const extension = Buffer.byteLength(tail) <= EXTENSION_BYTES_MAX ? tail : '';
  let bytes = Buffer.byteLength(extension);
  let head = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    bytes += Buffer.byteLength(character);
    if (bytes > NAME_BYTES_MAX) break;
    head += character;
  }
  return head + extension;
}

function extensionOf(content: Uint8Array): string {
  return magicExtensionOf(content) ?? (content.length > 0 && isUtf8(content) ? 'txt' : 'bin');
}
