import { type Config, withOverrides } from '../config/config.ts';

/** The option by which a command reads another archive than the configured one. */
export const ARCHIVE_OPTION = '--archive <base>';
export const ARCHIVE_OPTION_TEXT = 'folder or URL of the archive, its indexes included';

/** The settings with both bases replaced where the user named one. */
export function configWithArchive(config: Config, base: string | undefined): Config {
  return withOverrides(config, { archiveCarBase: base, archiveIndexBase: base });
}
