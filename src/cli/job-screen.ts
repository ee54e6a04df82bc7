import { Presets, SingleBar } from 'cli-progress';
import type { JobEvent } from '../model/job.ts';
import { maskAddresses } from '../ops/mask-secrets.ts';
import { bytesText, countText } from './units.ts';

/** Between two progress lines where there is no terminal to draw a bar on. */
const LINE_INTERVAL_MS = 3000;

export interface JobScreenOptions {
  /** True draws a bar; false writes a line every few seconds. */
  readonly terminal: boolean;
  readonly write: (text: string) => void;
  readonly now: () => number;
}

/** Shows a running job on stderr, so that stdout stays free for results. */
export class JobScreen {
  readonly #options: JobScreenOptions;
  #bar: SingleBar | undefined;
  #lastLineAt = 0;
  #lastFollowedAt = Number.NEGATIVE_INFINITY;

  constructor(options: JobScreenOptions) {
    this.#options = options;
  }

  show(event: JobEvent): void {
    switch (event.type) {
      case 'note':
        this.#line(event.text);
        break;
      case 'warning':
        this.#line(`warning: ${event.text}`);
        break;
      case 'planned':
        this.#planned(event);
        break;
      case 'progress':
        this.#progress(event);
        break;
      case 'followed':
        this.#followed(event);
        break;
      case 'session':
        this.#line(sessionLine(event.session));
        break;
      case 'delivered':
        this.#line(`delivered ${event.session} (${bytesText(event.bytes)})`);
        break;
    }
  }

  close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #planned(event: Extract<JobEvent, { type: 'planned' }>): void {
    const size = event.bytes < 0 ? 'unknown size' : bytesText(event.bytes);
    const located = event.locators.map(({ epoch, locator }) => `epoch ${epoch} by ${locator}`);
    this.#line(
      `plan: ${countText(event.slotsPresent)} slots present, ${countText(event.slotsSkipped)} skipped, ${size}, ` +
        `${event.shards} shard${event.shards === 1 ? '' : 's'} (${event.shardsDone} done before); ${located.join(', ')}`,
    );
    if (!this.#options.terminal || event.shards === event.shardsDone) return;
    this.#bar = new SingleBar(
      {
        format:
          'shards [{bar}] {value}/{total}  {slots} slots  {transactions} transactions  {read}',
        stream: process.stderr,
        hideCursor: true,
        clearOnComplete: false,
      },
      Presets.shades_classic,
    );
    this.#bar.start(event.shards, event.shardsDone, { slots: 0, transactions: 0, read: '0 B' });
  }

  #progress(event: Extract<JobEvent, { type: 'progress' }>): void {
    const slots = countText(event.counters.slotsDone);
    const transactions = countText(event.counters.transactions);
    const read = bytesText(event.counters.bytesRead);
    if (this.#bar !== undefined) {
      this.#bar.update(event.shardsDone, { slots, transactions, read });
      if (event.shardsDone === event.shards) this.close();
      return;
    }
    const last = event.shardsDone === event.shards;
    if (!last && this.#options.now() - this.#lastLineAt < LINE_INTERVAL_MS) return;
    this.#lastLineAt = this.#options.now();
    this.#line(
      `shards ${event.shardsDone}/${event.shards}, ${slots} slots, ${transactions} transactions, ${read} read`,
    );
  }

  #followed({ slot, tip }: Extract<JobEvent, { type: 'followed' }>): void {
    if (this.#options.now() - this.#lastFollowedAt < LINE_INTERVAL_MS) return;
    this.#lastFollowedAt = this.#options.now();
    const behind = Math.max(0, tip - slot);
    this.#line(`slot ${slot} done, ${countText(behind)} behind the finalized tip`);
  }

  /** A line above the bar: the bar is taken away and drawn again at its next update. */
  #line(text: string): void {
    if (this.#bar !== undefined) this.#options.write('\r\u001b[K');
    this.#options.write(`${maskAddresses(text)}\n`);
  }
}

function sessionLine(session: Extract<JobEvent, { type: 'session' }>['session']): string {
  const chunks = `${session.chunk_count}/${session.total_chunks ?? '?'} chunks`;
  if (session.state === 'incomplete') return `session ${session.session}: incomplete, ${chunks}`;
  return `session ${session.session}: ${session.state}, ${chunks}, ${bytesText(session.bytes)}, sha256 ${session.sha256}`;
}
