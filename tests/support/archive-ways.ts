import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { UploadArchive } from './upload-archive.ts';

/** The ways of finding slots, each with the files that are hidden so that it is the best one left. */
export const archiveWays = [
  { way: 'slot ranges', hidden: /^$/ },
  { way: 'compact indexes', hidden: /slot-ranges/ },
  { way: 'a list of slots and bisection', hidden: /slot-ranges|\.index$/ },
  { way: 'a scan', hidden: /slot-ranges|\.index$|slots\.txt$/ },
] as const;

/** The archive once more below `base`: the CAR copied, so that it can be broken, everything else linked. */
export function copyArchive(
  archive: UploadArchive,
  base: string,
  hidden: RegExp = /^$/,
): UploadArchive {
  const folder = join(base, String(archive.epoch));
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(archive.folder)) {
    if (hidden.test(name)) continue;
    const from = join(archive.folder, name);
    if (/\.car$|slot-ranges/.test(name)) copyFileSync(from, join(folder, name));
    else symlinkSync(from, join(folder, name));
  }
  return { ...archive, base, folder, carPath: join(folder, `epoch-${archive.epoch}.car`) };
}
