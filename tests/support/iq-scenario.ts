import { readFileSync } from 'node:fs';
import type { LedgerTransaction } from '../../src/model/ledger-transaction.ts';
import { ledgerTransactionOf, type RpcTransaction } from './rpc-transaction.ts';

/** One file of tests/fixtures/iq/synthetic: RPC answers about an upload, and what it amounts to. */
export interface IqScenario {
  readonly name: string;
  readonly focus: string;
  readonly finalizeSignature: string;
  readonly rpc: {
    readonly getSignaturesForAddress: Readonly<
      Record<string, readonly { readonly signature: string; readonly slot: number }[]>
    >;
    readonly getTransaction: Readonly<Record<string, RpcTransaction>>;
  };
  readonly expected: {
    readonly outcome: 'ok' | 'incomplete';
    readonly fileSha256: string;
    readonly fileLength: number;
    readonly totalChunks?: number;
    readonly sessionPda?: string;
    readonly sessionId?: string;
    readonly merkleRoot?: string;
    readonly owner?: string;
    readonly missing?: readonly number[];
  };
}

const FOLDER = new URL('../fixtures/iq/synthetic/', import.meta.url);

export function readIqScenario(name: string): IqScenario {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
}

/** The scenario's transactions; within a slot ordered as the signature lists, newest first, say. */
export function transactionsOf(scenario: IqScenario): LedgerTransaction[] {
  const listed = Object.values(scenario.rpc.getSignaturesForAddress).flatMap((list) =>
    list.toReversed().map(({ signature }) => signature),
  );
  return Object.entries(scenario.rpc.getTransaction).map(([signature, transaction]) =>
    ledgerTransactionOf(transaction, Math.max(0, listed.indexOf(signature))),
  );
}
