import { isValidHandle } from '@atproto/syntax';
import {
  isDid,
  isNsid,
  isRecordCidText,
  isRecordKey,
  isTid,
} from '../../decode/atproto/identifier-syntax.ts';
import { isDatetime } from './iso-time.ts';
import type { LexiconString } from './lexicon-schema.ts';

export type StringFormat = NonNullable<LexiconString['format']>;

const CID = /^[a-zA-Z0-9+=]{8,256}$/;
/** Version 0 has no prefix that says what it is, and AT Protocol does not take it. */
const CID_VERSION_0 = /^Qm[1-9A-HJ-NP-Za-km-z]{44}$/;
const LINK_CHARACTERS_MAX = 8192;
const URI = /^[a-z][a-z0-9+.-]{0,80}:\S+$/i;
const LANGUAGE = /^(?:[a-z]{2,3}|(?:i|[xX])(?=-))(?:-[a-zA-Z0-9]{1,8})*$/;
const LANGUAGE_CHARACTERS_MAX = 128;
const VARIANT = /^(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3})$/;

/**
 * The formats a string of a lexicon may have; syntax only. Where the library is laxer or stricter than the
 * interoperability vectors of AT Protocol, the vectors count: at-uri, cid, language, uri.
 */
export const stringFormats: Readonly<Record<StringFormat, (text: string) => boolean>> = {
  'at-identifier': isAtIdentifier,
  'at-uri': isAtUri,
  cid: isCid,
  datetime: isDatetime,
  did: isDid,
  handle: isValidHandle,
  language: isLanguage,
  nsid: isNsid,
  'record-key': isRecordKey,
  tid: isTid,
  uri: isUri,
};

/** Of version 1, in any base. */
export function isCid(text: string): boolean {
  return isRecordCidText(text) || (CID.test(text) && !CID_VERSION_0.test(text));
}

function isUri(text: string): boolean {
  return text.length <= LINK_CHARACTERS_MAX && URI.test(text);
}

function isAtIdentifier(text: string): boolean {
  return isDid(text) || isValidHandle(text);
}

/** An account, or a collection of it, or a record of that: nothing behind, no slash at the end, no fragment. */
function isAtUri(text: string): boolean {
  if (text.length > LINK_CHARACTERS_MAX || !text.startsWith('at://')) return false;
  const [authority = '', collection, rkey, ...rest] = text.slice('at://'.length).split('/');
  return (
    isAtIdentifier(authority) &&
    (collection === undefined || isNsid(collection)) &&
    (rkey === undefined || isRecordKey(rkey)) &&
    rest.length === 0
  );
}

/** A tag of BCP 47 in which no variant and no extension comes twice. Source: RFC 5646, 2.1 and 2.2.9. */
function isLanguage(text: string): boolean {
  if (text.length > LANGUAGE_CHARACTERS_MAX || !LANGUAGE.test(text)) return false;
  const [, ...subtags] = text.toLowerCase().split('-');
  const seen = new Set<string>();
  let extended = false;
  for (const subtag of subtags) {
    // What is private may be anything.
    if (subtag === 'x') return true;
    const singleton = subtag.length === 1;
    extended ||= singleton;
    if (!singleton && (extended || !VARIANT.test(subtag))) continue;
    if (seen.has(subtag)) return false;
    seen.add(subtag);
  }
  return true;
}
