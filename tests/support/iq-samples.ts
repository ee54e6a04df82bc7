import type { IqChunk, IqFinalize, IqRecord } from '../../src/model/iq-record.ts';

/** Made-up records with the shape of real ones; keys are base58 texts of the right length. */

export const SESSION = 'Sess1on1111111111111111111111111111111111111';
export const SIGNER = 'S1gner11111111111111111111111111111111111111';
export const PROGRAM = 'Pr1gram1111111111111111111111111111111111111';

export function signatureOf(slot: number, transactionIndex: number): string {
  return `${slot}x${transactionIndex}`.replaceAll('0', 'o').padEnd(88, '2').slice(0, 88);
}

function base(slot: number, transactionIndex: number) {
  return {
    position: { slot, transactionIndex, outer: 0, inner: -1 },
    signature: signatureOf(slot, transactionIndex),
    program: PROGRAM,
    generation: '1P' as const,
    signer: SIGNER,
    failed: false,
    blockTime: 1_700_000_000,
  };
}

export function chunk(slot: number, index: number, text: string, session = SESSION): IqChunk {
  const payload = Buffer.from(text);
  const sessionId = '00'.repeat(16);
  return { ...base(slot, 3), type: 'chunk', session, sessionId, index, method: 0, payload };
}

export function finalize(slot: number, totalChunks: number, session = SESSION): IqFinalize {
  const sessionId = '00'.repeat(16);
  const rest = { merkleRoot: null, seq: null, metadata: null };
  return { ...base(slot, 4), type: 'finalize', session, sessionId, totalChunks, ...rest };
}

/** One record of every type, in chain order. */
export function everyType(): IqRecord[] {
  const payload = Buffer.from('link bytes');
  const link = { payload, beforeTx: 'Genesis', method: 1, decodeBreak: 2 };
  const tail = { metadata: null, contentType: 'text', offset: 'width: 4' };
  return [
    { ...base(10, 0), type: 'create', session: SESSION, seq: '18446744073709551615' },
    chunk(11, 0, 'chunk bytes'),
    { ...finalize(12, 1), merkleRoot: 'ab'.repeat(32), seq: '7', metadata: '{"name":"a\\u0000b"}' },
    { ...base(13, 0), type: 'link', ...link },
    { ...base(14, 0), type: 'tail', tailSignature: signatureOf(13, 0), ...tail },
    { ...base(15, 0), type: 'inline', metadata: '{"data":"hello"}', failed: true },
  ];
}
