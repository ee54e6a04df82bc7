import { createInterface } from 'node:readline/promises';
import { OperatingError } from '../core/errors.ts';
import type { CliContext } from './cli-context.ts';

/**
 * Asks before something is lost for good; `yes` answers without asking.
 * @throws {OperatingError} USAGE when nobody can be asked; CANCELLED for any answer but yes.
 */
export async function confirm(question: string, yes: boolean, context: CliContext): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !context.terminal) {
    const message = `${question}: expected a yes, and there is no terminal to ask at; give --yes`;
    throw new OperatingError('USAGE', message, { retryable: false });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} (yes/no) `, { signal: context.signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } catch (error) {
    // Ctrl-C and Ctrl-D are answers, too.
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
  } finally {
    terminal.close();
  }
  throw new OperatingError('CANCELLED', `${question}: not done`, { retryable: false });
}
