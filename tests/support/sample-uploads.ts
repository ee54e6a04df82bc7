import { createHash } from 'node:crypto';
import {
  createInstructionBuilder,
  getCodeAccountPda,
  getSessionPda,
  getUserInventoryPda,
  getUserPda,
} from '@iqlabs-official/solana-sdk/contract';
import {
  Keypair,
  PublicKey,
  SystemProgram,
  Transaction,
  TransactionInstruction,
} from '@solana/web3.js';
import { encodeBase58 } from '../../src/core/base58.ts';

/** Upload transactions as the programs' own writers make them, signed by fixed keys. */

const sdk = createInstructionBuilder();

/** Where current uploads pay their fee. Source: iqlabs-solana-sdk, DEFAULT_WRITE_FEE_RECEIVER. */
const RECEIVER = new PublicKey('EWNSTD8tikwqHMcRNuuNbZrnYJUiJdKq9UXLXSEU4wZ1');

/** Program of the older layout with one-byte instruction numbers. */
const PINOCCHIO = new PublicKey('4jB7tZybufNfgs8HRj9DiSCMYfEqb8jWkxKcnZnA1vBt');

/** Piece sizes of the official writers: text of current uploads, raw bytes of the older layout. */
const CHUNK_CHARACTERS = 850;
const PINOCCHIO_CHUNK_BYTES = 675;

/** One transaction of the sample as getTransaction would answer it, without its slot. */
export interface SampleTransaction {
  readonly signature: string;
  readonly transaction: readonly [string, 'base64'];
  readonly meta: ReturnType<typeof sampleMeta>;
  readonly version: 'legacy';
}

/** The steps of one upload, in the order in which a writer would send them. */
export interface SampleUpload {
  readonly session: string;
  readonly program: string;
  /** Chunk 0 (with the creation of the session where there is one) comes first. */
  readonly chunks: readonly SampleTransaction[];
  readonly finalize: SampleTransaction;
}

export interface SampleFile {
  readonly filename: string;
  readonly filetype: string;
  readonly bytes: Buffer;
}

export function sampleHash(name: string): Buffer {
  return createHash('sha256').update(`millrace sample: ${name}`).digest();
}

/** Signs transactions for one uploader. */
export class SampleSigner {
  readonly #keys: Keypair;
  readonly #blockhash: string;

  constructor(name: string, blockhash: string) {
    this.#keys = Keypair.fromSeed(sampleHash(name));
    this.#blockhash = blockhash;
  }

  get user(): PublicKey {
    return this.#keys.publicKey;
  }

  sign(...instructions: readonly TransactionInstruction[]): SampleTransaction {
    const transaction = new Transaction({
      feePayer: this.user,
      recentBlockhash: this.#blockhash,
    }).add(...instructions);
    transaction.sign(this.#keys);
    const keys = transaction.compileMessage().accountKeys.length;
    const logs = instructions.flatMap(({ programId }) => [
      `Program ${programId.toBase58()} invoke [1]`,
      `Program ${programId.toBase58()} success`,
    ]);
    return {
      signature: encodeBase58(transaction.signature ?? Buffer.alloc(0)),
      transaction: [transaction.serialize().toString('base64'), 'base64'],
      meta: sampleMeta(keys, logs),
      version: 'legacy',
    };
  }
}

function sampleMeta(keys: number, logMessages: readonly string[]) {
  const before = Array.from({ length: keys }, (_, i) => (i === 0 ? 2_000_000_000 : 1_000_000));
  return {
    err: null,
    fee: 5000,
    preBalances: before,
    postBalances: before.map((lamports, i) => (i === 0 ? lamports - 5000 : lamports)),
    innerInstructions: [],
    logMessages,
    preTokenBalances: [],
    postTokenBalances: [],
    rewards: [],
    loadedAddresses: { writable: [], readonly: [] },
    computeUnitsConsumed: 1800 + keys * 150,
  };
}

/** A u64 the way Anchor's coder asks for it. */
function u64(value: bigint): object {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return { toArrayLike: () => bytes };
}

function closing(
  signer: SampleSigner,
  path: string,
  metadata: object,
  session?: { readonly address: PublicKey; readonly seq: bigint; readonly chunks: number },
): SampleTransaction {
  const { user } = signer;
  const accounts = {
    user,
    user_inventory: getUserInventoryPda(user),
    system_program: SystemProgram.programId,
    receiver: RECEIVER,
    session: session?.address,
  };
  return signer.sign(
    sdk.build('user_inventory_code_in', accounts, {
      on_chain_path: path,
      metadata: JSON.stringify(metadata),
      session: session ? { seq: u64(session.seq), total_chunks: session.chunks } : null,
    }),
  );
}

function pieces(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${CHUNK_CHARACTERS}}`, 'g')) ?? [];
}

/** A session of the current program; text goes as it is, anything else as base64 text. */
export function sessionUpload(signer: SampleSigner, seq: bigint, file: SampleFile): SampleUpload {
  const { user } = signer;
  const address = getSessionPda(user, seq);
  const asText = file.filetype.startsWith('text/');
  const chunks = pieces(file.bytes.toString(asText ? 'utf8' : 'base64'));
  const create = sdk.build(
    'create_session',
    {
      user,
      user_state: getUserPda(user),
      session: address,
      system_program: SystemProgram.programId,
    },
    { seq: u64(seq) },
  );
  const posts = chunks.map((chunk, index) => {
    const post = sdk.build(
      'post_chunk',
      { user, session: address },
      { index, chunk, method: 0, decode_break: 0 },
    );
    return index === 0 ? signer.sign(create, post) : signer.sign(post);
  });
  const { filetype, filename } = file;
  const metadata = { filetype, method: 0, filename, total_chunks: chunks.length };
  const session = { address, seq, chunks: chunks.length };
  return {
    session: address.toBase58(),
    program: sdk.programId.toBase58(),
    chunks: posts,
    finalize: closing(signer, address.toBase58(), metadata, session),
  };
}

/** A session of the older layout: every piece is base64 of its own. */
export function pinocchioUpload(signer: SampleSigner, file: SampleFile): SampleUpload {
  const sessionId = sampleHash(`session id of ${file.filename}`).subarray(0, 16);
  const address = Keypair.fromSeed(sampleHash(`session of ${file.filename}`)).publicKey;
  const instruction = (kind: number, count: number, rest: Uint8Array): TransactionInstruction => {
    const head = Buffer.alloc(21);
    head[0] = kind;
    sessionId.copy(head, 1);
    head.writeUInt32LE(count, 17);
    return new TransactionInstruction({
      programId: PINOCCHIO,
      keys: [
        { pubkey: signer.user, isSigner: true, isWritable: true },
        { pubkey: address, isSigner: false, isWritable: true },
      ],
      data: Buffer.concat([head, rest]),
    });
  };
  const count = Math.ceil(file.bytes.length / PINOCCHIO_CHUNK_BYTES);
  const chunks = Array.from({ length: count }, (_, index) => {
    const from = index * PINOCCHIO_CHUNK_BYTES;
    const piece = file.bytes.subarray(from, from + PINOCCHIO_CHUNK_BYTES);
    const payload = Buffer.concat([Buffer.from([0]), Buffer.from(piece.toString('base64'))]);
    return signer.sign(instruction(0x04, index, payload));
  });
  // How this generation made its root is not published, so any 32 bytes will do.
  const root = sampleHash(`root of ${file.filename}`);
  return {
    session: address.toBase58(),
    program: PINOCCHIO.toBase58(),
    chunks,
    finalize: signer.sign(instruction(0x05, count, root)),
  };
}

/** A small file inside the metadata of the closing instruction. */
export function inlineUpload(signer: SampleSigner, file: SampleFile): SampleTransaction {
  const { filetype, filename, bytes } = file;
  const data = bytes.toString('utf8');
  return closing(signer, '', { filetype, method: 0, filename, total_chunks: 1, data });
}

/** A linked list: every link names the one before, the closing instruction names the last. */
export function linkedUpload(
  signer: SampleSigner,
  file: SampleFile,
): { readonly links: readonly SampleTransaction[]; readonly finalize: SampleTransaction } {
  const { user } = signer;
  const accounts = {
    user,
    code_account: getCodeAccountPda(user),
    system_program: SystemProgram.programId,
  };
  const links: SampleTransaction[] = [];
  const chunks = pieces(file.bytes.toString('utf8'));
  for (const code of chunks) {
    const before_tx = links.at(-1)?.signature ?? 'Genesis';
    links.push(
      signer.sign(
        sdk.build('send_code', accounts, { code, before_tx, method: 0, decode_break: 0 }),
      ),
    );
  }
  const { filetype, filename } = file;
  const metadata = { filetype, method: 0, filename, total_chunks: chunks.length };
  return { links, finalize: closing(signer, links.at(-1)?.signature ?? '', metadata) };
}
