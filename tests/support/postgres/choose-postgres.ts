import { fileURLToPath } from 'node:url';
import { provideDataTemplate } from './data-template.ts';
import { findInstalledPostgres } from './installed-postgres.ts';
import { providePackagedPostgres } from './packaged-postgres.ts';
import type { PostgresInstall } from './postgres-install.ts';

export interface PostgresChoice {
  readonly install: PostgresInstall;
  /** Data folder that servers get a copy of. */
  readonly template: string;
}

/** The git-ignored folder for programs. */
const repositoryBin = fileURLToPath(new URL('../../../data/bin', import.meta.url));

/**
 * A PostgreSQL with PostGIS that is shown to work: the one that is installed, else one of the distribution's
 * packages. `MILLRACE_TEST_POSTGRES=packages` leaves out the installed one.
 * @throws {Error} with what every way failed by.
 */
export async function choosePostgres(): Promise<PostgresChoice> {
  const packages = () => providePackagedPostgres(repositoryBin, () => undefined);
  const only = process.env['MILLRACE_TEST_POSTGRES'] === 'packages';
  const ways = only ? [packages] : [findInstalledPostgres, packages];
  const failures: string[] = [];
  for (const way of ways) {
    try {
      const install = await way();
      return { install, template: await provideDataTemplate(install, repositoryBin) };
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(failures.join('; '));
}
