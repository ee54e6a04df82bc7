import { samplePicture } from './sample-picture.ts';
import type { SampleFile } from './sample-uploads.ts';

/** The files that the sample archive holds; all of them made here. */

const PARTS = ['the race', 'the wheel', 'the sluice', 'the pit', 'the stone', 'the hopper'];
const DEEDS = ['carries', 'turns', 'holds back', 'lets go of', 'weighs', 'returns'];
const THINGS = ['the stream', 'every drop', 'what came before', 'the next bucket', 'its own sound'];

/** A text of numbered lines; `lines` decides its length, about 75 bytes each. */
function numberedText(title: string, lines: number): Buffer {
  const body = Array.from({ length: lines }, (_, i) => {
    const part = PARTS[(i * 5 + title.length) % PARTS.length];
    const deed = DEEDS[(i * 7 + 1) % DEEDS.length];
    const thing = THINGS[(i * 3 + 2) % THINGS.length];
    return `${String(i + 1).padStart(3, '0')}  ${part} ${deed} ${thing}, and line ${i + 1} of ${lines} is accounted for.`;
  });
  return Buffer.from(`${title}\n\n${body.join('\n')}\n`);
}

function measurements(rows: number): Buffer {
  const lines = Array.from({ length: rows }, (_, i) => {
    const level = 140 + Math.round(24 * Math.sin(i / 9)) + (i % 5);
    return `${i},${level},${(level * 3.7).toFixed(1)},${i % 17 === 0 ? 'sluice opened' : ''}`;
  });
  return Buffer.from(`minute,level_cm,flow_l_s,remark\n${lines.join('\n')}\n`);
}

function wheelDrawing(): Buffer {
  const spokes = Array.from({ length: 24 }, (_, i) => {
    const angle = (i * Math.PI) / 12;
    const x = (100 + 84 * Math.cos(angle)).toFixed(2);
    const y = (100 + 84 * Math.sin(angle)).toFixed(2);
    return `  <line x1="100" y1="100" x2="${x}" y2="${y}" stroke="#704830" stroke-width="3"/>`;
  });
  const rings = [84, 60, 12].map(
    (r) => `  <circle cx="100" cy="100" r="${r}" fill="none" stroke="#463022" stroke-width="6"/>`,
  );
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">\n${[...spokes, ...rings].join('\n')}\n</svg>\n`,
  );
}

function file(filename: string, filetype: string, bytes: Buffer): SampleFile {
  return { filename, filetype, bytes };
}

export function sampleFiles() {
  return {
    text: file('mill-notes.txt', 'text/plain', numberedText('Notes from the mill', 120)),
    picture: file('mill.png', 'image/png', samplePicture()),
    levels: file('levels.csv', 'text/csv', measurements(560)),
    ledger: file('ledger.txt', 'text/plain', numberedText('The miller’s ledger', 130)),
    drawing: file('wheel.svg', 'image/svg+xml', wheelDrawing()),
    motto: file(
      'motto.txt',
      'text/plain',
      Buffer.from('What the stream brings, the mill keeps.\n'),
    ),
    list: file('chain.txt', 'text/plain', numberedText('A chain of letters', 36)),
    late: file('opening-day.txt', 'text/plain', numberedText('Opening day', 118)),
  };
}
