import { chooseNats } from '../../supervisor/children/nats-choice.ts';
import { openDataFolder } from '../../supervisor/data-folder.ts';
import { natsReleaseFor } from '../../supervisor/provision/nats-release.ts';
import { provisionNatsServer } from '../../supervisor/provision/nats-server.ts';
import { natsOptionsOf } from '../../supervisor/service-options.ts';
import type { Config } from '../config/config.ts';
import { OperatingError } from '../core/errors.ts';
import type { CliContext } from './cli-context.ts';

/** Gets what a fresh machine lacks, each with a line saying what and why. Node and ClickHouse come with npm. */
export async function provisionServices(config: Config, context: CliContext): Promise<void> {
  const folder = openDataFolder(config.dataDir);
  try {
    await chooseNats(natsOptionsOf(config, folder), context.signal);
  } catch (error) {
    const unusable = error instanceof OperatingError && error.code.startsWith('BINARY_');
    if (!unusable || config.natsBin !== null) throw error;
    context.note(
      'nats-server is missing: Millrace queues messages in NATS JetStream; getting one without root',
    );
    const release = natsReleaseFor(process.platform, process.arch);
    const options = { binDir: folder.bin, release, apt: true, say: context.note };
    await provisionNatsServer(options, context.signal);
  }
}
