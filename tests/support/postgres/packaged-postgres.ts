import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { type AptSources, openAptSources } from '../../../supervisor/provision/debian-package.ts';
import { holdLock } from './held-lock.ts';
import { type PostgresInstall, readPostgresVersion } from './postgres-install.ts';

/**
 * PostgreSQL with PostGIS below `binDir`: unpacked there by an earlier run, else now, from the packages of this
 * machine's apt sources and without root.
 * @throws {OperatingError} BINARY_MISSING where apt or a package is not to be had.
 */
export async function providePackagedPostgres(
  binDir: string,
  say: (line: string) => void,
): Promise<PostgresInstall> {
  const found = unpackedBefore(binDir);
  if (found !== null) return found;
  mkdirSync(binDir, { recursive: true });
  const release = await holdLock(join(binDir, 'postgres.lock'));
  try {
    return unpackedBefore(binDir) ?? (await unpackPackages(binDir, say));
  } finally {
    release();
  }
}

function unpackedBefore(binDir: string): PostgresInstall | null {
  const tree = globSync(join(binDir, 'postgres-[0-9]*')).sort().at(-1);
  return tree === undefined ? null : installIn(tree);
}

async function unpackPackages(
  binDir: string,
  say: (line: string) => void,
): Promise<PostgresInstall> {
  const workDir = mkdtempSync(join(binDir, '.provision-'));
  try {
    const options = { name: 'PostgreSQL with PostGIS', workDir, say };
    const sources = await openAptSources(options, new AbortController().signal);
    const unpacked = await sources.unpack(await choosePackages(sources));
    completeControlFiles(unpacked);
    for (const path of UNREAD.flatMap((part) => globSync(join(unpacked, part)))) {
      rmSync(path, { recursive: true, force: true });
    }
    const install = installIn(unpacked);
    await readPostgresVersion(install);
    const tree = join(binDir, `postgres-${majorIn(install.shareDir)}`);
    renameSync(unpacked, tree);
    return installIn(tree);
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/**
 * Libraries of the compiler for queries, of rasters and of solids: no test needs them, and they are large. Those
 * of the C library must be the system's own.
 */
const LEFT_OUT = /^lib(llvm|z3-|gdal|sfcgal|c6|c-bin|gcc-s1|stdc\+\+6|crypt1)/;

/** Parts of the packages that a server does not read: half of their size. */
const UNREAD = [
  'usr/share/doc',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/postgresql/*/man',
  'usr/lib/postgresql/*/lib/bitcode',
  'usr/share/postgresql/*/extension/postgis_*',
  'usr/share/postgresql/*/extension/address_standardizer*',
  'usr/share/postgresql/*/extension/*--ANY--*',
];

/**
 * The server, PostGIS, and those libraries of both that this system does not have: what else the packages ask
 * for, as the wrappers around clusters, is not needed to run the server.
 */
async function choosePackages(sources: AptSources): Promise<readonly string[]> {
  const server = (await dependencies(sources, 'postgresql')).find((n) =>
    /^postgresql-\d+$/.test(n),
  );
  if (server === undefined) throw new Error('the apt sources have no package "postgresql"');
  const postgis = `${server}-postgis-3`;
  const libraries = (await dependencies(sources, postgis)).filter(isLibrary);
  // As on an empty system, so that neither what is installed here nor its faults change the answer.
  const bare = ['-o', 'Dir::State::status=/dev/null', 'install', '--no-install-recommends'];
  const uris = await sources.ask('apt-get', [...bare, '--print-uris', server, ...libraries]);
  const needed = [...uris.matchAll(/ ([a-z0-9.+-]+)_\S+\.deb /g)].map((match) => match[1] ?? '');
  const installed = await installedPackages();
  const missing = needed.filter((name) => !installed.has(name));
  const wanted = missing.filter((name) => isLibrary(name) || name === 'proj-data');
  return [server, postgis, `${postgis}-scripts`, ...wanted];
}

async function dependencies(sources: AptSources, name: string): Promise<readonly string[]> {
  const text = await sources.ask('apt-cache', ['depends', name]);
  return [...text.matchAll(/Depends: ([a-z0-9.+-]+)$/gm)].map((match) => match[1] ?? '');
}

async function installedPackages(): Promise<ReadonlySet<string>> {
  const { stdout } = await execa('dpkg', ['--get-selections']);
  const lines = stdout.matchAll(/^([a-z0-9.+-]+)\S*\s+(install|hold)$/gm);
  return new Set([...lines].map((match) => match[1] ?? ''));
}

function isLibrary(name: string): boolean {
  return /^lib/.test(name) && !/-(perl|dev)$/.test(name) && !LEFT_OUT.test(name);
}

/** Debian makes `postgis.control` when it installs; unpacked there is only `postgis-3.control`. */
function completeControlFiles(tree: string): void {
  for (const path of globSync(join(tree, 'usr/share/postgresql/*/extension/*-3.control'))) {
    const plain = path.replace(/-3\.control$/, '.control');
    if (!existsSync(plain)) copyFileSync(path, plain);
  }
}

/** PostgreSQL finds its own folders from where its program lies; the rest must be told. */
function installIn(tree: string): PostgresInstall {
  const [shareDir] = globSync(join(tree, 'usr/share/postgresql/[0-9]*'));
  if (shareDir === undefined) throw new Error(`no PostgreSQL in ${tree}`);
  const binDir = join(tree, 'usr/lib/postgresql', majorIn(shareDir), 'bin');
  const libraries = globSync(
    ['usr/lib/*-linux-*', 'lib/*-linux-*'].map((part) => join(tree, part)),
  );
  const env: Record<string, string> = { LD_LIBRARY_PATH: libraries.join(':') };
  const proj = join(tree, 'usr/share/proj');
  // The older and the newer name of the folder of proj.db.
  if (existsSync(proj)) Object.assign(env, { PROJ_LIB: proj, PROJ_DATA: proj });
  return { binDir, shareDir, env };
}

function majorIn(shareDir: string): string {
  return basename(shareDir);
}
