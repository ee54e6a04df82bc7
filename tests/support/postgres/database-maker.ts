import { randomBytes } from 'node:crypto';
import { onDatabase, POSTGIS_DATABASE } from './data-template.ts';

export interface NewDatabase {
  /** True for a database that has the extension already; otherwise it is wholly empty. */
  readonly postgis?: boolean;
}

/** Makes a database on one of our own servers, and returns its URL. */
export async function makeOwnDatabase(serverUrl: string, given: NewDatabase): Promise<string> {
  const name = databaseName();
  const from = given.postgis === true ? ` TEMPLATE ${POSTGIS_DATABASE}` : '';
  await onDatabase(serverUrl, `CREATE DATABASE ${name}${from}`);
  return urlOf(serverUrl, name);
}

/** Makes a database on a server somebody gave us. */
export async function makeGivenDatabase(serverUrl: string, given: NewDatabase): Promise<string> {
  const name = databaseName();
  await onDatabase(serverUrl, `CREATE DATABASE ${name}`);
  const url = urlOf(serverUrl, name);
  if (given.postgis === true) await onDatabase(url, 'CREATE EXTENSION postgis');
  return url;
}

/** Takes it away even when connections are open. */
export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await onDatabase(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

function databaseName(): string {
  return `millrace_test_${randomBytes(6).toString('hex')}`;
}

function urlOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
