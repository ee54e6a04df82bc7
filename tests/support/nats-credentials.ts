import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** Settings of a server that lets in only holders of `creds`, and the text of such a credentials file. */
export interface NatsCredentials {
  readonly settings: string;
  readonly creds: string;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** A claim signed as NATS does it. Source: nats-io/jwt, "NATS JWT claims", version 2. */
function signed(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = encode({ typ: 'JWT', alg: 'ed25519-nkey' });
  const iss = issuer.getPublicKey();
  const body = encode({
    jti: 'test',
    iat: 1_700_000_000,
    iss,
    name: 't',
    sub: subject.getPublicKey(),
    nats,
  });
  const signature = issuer.sign(Buffer.from(`${head}.${body}`));
  return `${head}.${body}.${Buffer.from(signature).toString('base64url')}`;
}

/** An operator, an account without bounds and a user, all made for this one test. */
export function makeNatsCredentials(): NatsCredentials {
  const [operator, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  const unbounded = {
    subs: -1,
    conn: -1,
    leaf: -1,
    imports: -1,
    exports: -1,
    data: -1,
    payload: -1,
    wildcards: true,
  };
  const operatorJwt = signed(operator, operator, { type: 'operator', version: 2 });
  const accountJwt = signed(operator, account, { type: 'account', version: 2, limits: unbounded });
  const userJwt = signed(account, user, {
    type: 'user',
    version: 2,
    subs: -1,
    data: -1,
    payload: -1,
  });
  const settings = `operator: "${operatorJwt}"
resolver: MEMORY
resolver_preload: { ${account.getPublicKey()}: "${accountJwt}" }`;
  const creds = `-----BEGIN NATS USER JWT-----
${userJwt}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${textOf(user.getSeed())}
------END USER NKEY SEED------
`;
  return { settings, creds };
}
