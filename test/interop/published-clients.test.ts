import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeThrowawayCa, type ThrowawayCa } from '../../src/x509/throwaway.ts';
import { announceSkip } from '../support/environment.ts';
import { hasOpensslProgram } from '../support/openssl-verify.ts';
import { pathNode } from '../support/path-node.ts';
import { ROOT } from '../support/programs.ts';
import { ISSUERS, isIssued, PROFILES, REQUESTS, type Cell } from './support/acceptance-matrix.ts';
import { buildGoClient } from './support/go-programs.ts';
import { claimHistoricPaths } from './support/historic-paths.ts';
import { runSession, type Session } from './support/session.ts';
import type { Answer, Task } from './support/tasks.ts';

const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;

const PROFILES_DIR = join(ROOT, 'test', 'fixtures', 'profiles', 'acceptance-c');
const TEXT = 'Welcome CryptoBroker';

/** The known answers of the original's own acceptance tests, for TEXT. */
const KNOWN_ANSWERS = [
  ['KAT_SHA256', 'sha-256', 'sha256'],
  ['KAT_SHA384', 'sha-384', 'sha384'],
  ['KAT_SHA512', 'sha-512', 'sha512'],
  ['KAT_SHA3_256', 'sha3-256', 'sha3-256'],
  ['KAT_SHA3_384', 'sha3-384', 'sha3-384'],
  ['KAT_SHA3_512', 'sha3-512', 'sha3-512'],
] as const;
const PUBLISHED_ENDS: Readonly<Record<string, readonly [start: string, end: string]>> = {
  KAT_SHA256: ['4a9f3b5a', '7cee27a'],
  KAT_SHA384: ['b4bba0f7', '4e6073c079'],
  KAT_SHA512: ['0d1d495b', 'e378577a'],
  KAT_SHA3_256: ['dbb1a757', '77c0fe'],
  KAT_SHA3_384: ['dfeb2499', '144397e6'],
  KAT_SHA3_512: ['14894112', '8d628e'],
};
const SUBJECT =
  'C=DE, O=Test Org, OU=First, OU=Dev, OU=Staging-certificate-service, L=test, CN=test';
const MATRIX = PROFILES.flatMap((profile) =>
  ISSUERS.flatMap((issuer) => REQUESTS.map((request): Cell => ({ profile, issuer, request }))),
);

interface ClientProgram {
  readonly name: string;
  readonly command: readonly string[];
  /** What the client passes on of an answer: released Go clients predate descriptors and cannot call Benchmark. */
  readonly descriptors: boolean;
}

const paths = claimHistoricPaths();
const clients = typeof paths === 'string' ? [] : availableClients();
if (typeof paths === 'string') {
  announceSkip('the published clients', paths);
  // The clients look for their server at paths that are compiled in, and here these are not ours to take; without clients the
  // table below has no rows, and a file without tests would be a failure.
  it.skip(`the published clients cannot find a server here: ${paths}`);
}

afterAll(() => {
  if (typeof paths !== 'string') paths.release();
});

const pairs = clients.flatMap((client) =>
  ['grpc-js', 'native'].map((transport) => ({ ...client, transport })),
);

describe.each(pairs)('the published $name over $transport', (pair) => {
  const { command, descriptors, transport } = pair;
  const cas = new Map<string, ThrowawayCa>();
  const tasks = new Map<string, Task>();
  let session: Session;

  const ask = (name: string, task: Task): void => void tasks.set(name, task);
  const answer = (name: string): Answer => {
    const found = session.answers[[...tasks.keys()].indexOf(name)];
    if (found === undefined) throw new Error(`no task ${name}`);
    return found;
  };
  const sign = (issuer: string, request: string, changes: object = {}): Task => {
    const ca = cas.get(issuer);
    return {
      method: 'signCertificate',
      profile: 'Default',
      csr: readRequest(request),
      caPrivateKey: ca?.keyPem ?? '',
      caCert: ca?.certificatePem ?? '',
      format: 'pem',
      ...changes,
    };
  };
  const issuedBy = (issuer: string, certificate: string | Buffer): X509Certificate => {
    const issued = new X509Certificate(certificate);
    const ca = new X509Certificate(cas.get(issuer)?.certificatePem ?? '');
    expect(issued.checkIssued(ca)).toBe(true);
    expect(issued.verify(ca.publicKey)).toBe(true);
    return issued;
  };

  beforeAll(async () => {
    if (typeof paths === 'string') return;
    const now = Math.floor(Date.now() / 1000);
    for (const { name, key } of ISSUERS)
      cas.set(name, await makeThrowawayCa({ key, now, commonName: name }));
    const input = Buffer.from(TEXT).toString('base64');

    ask('health', { method: 'health' });
    for (const [profile] of KNOWN_ANSWERS)
      ask(profile, { method: 'hashData', profile, input, format: 'hex' });
    ask('raw', { method: 'hashData', profile: 'Default', input, format: 'raw' });
    ask('empty', { method: 'hashData', profile: 'Default', input: '', format: 'hex' });
    ask(
      'pem',
      sign('P-521', 'csr-nist-secp384r1', {
        crlDistributionPoints: ['http://crl.example.com/ca.crl'],
      }),
    );
    ask('der', sign('P-384', 'csr-rsa-2048', { format: 'der', validNotAfter: now + 3600 }));
    ask('subject', sign('P-384', 'csr-nist-secp256r1', { subject: SUBJECT }));
    ask('unknown profile', { method: 'hashData', profile: 'Nope', input, format: 'hex' });
    ask('bad request', sign('P-384', 'csr-nist-secp256r1', { csr: 'not a request' }));
    ask(
      'wrong key',
      sign('P-384', 'csr-nist-secp256r1', { caPrivateKey: cas.get('P-521')?.keyPem ?? '' }),
    );
    ask('late end', sign('P-384', 'csr-nist-secp256r1', { validNotAfter: 4_102_444_800 }));
    if (descriptors) ask('benchmark', { method: 'benchmark' });
    for (const cell of MATRIX) {
      ask(label(cell), sign(cell.issuer.name, cell.request.name, { profile: cell.profile.name }));
    }
    ask('health afterwards', { method: 'health' });
    session = await runSession(
      paths,
      command,
      [...tasks.values()],
      ['--profiles-dir', PROFILES_DIR, '--transport', transport],
    );
  });

  it('finds the server serving on the historic sockets, which only their owner may use', () => {
    expect(answer('health').status).toBe('SERVING');
    expect(session.sockets).toEqual({
      '/tmp/open-crypto-broker/crypto-broker-server.sock': '600',
      '/tmp/cryptobroker.sock': '600',
    });
  });

  it.each(KNOWN_ANSWERS)('gets the known answer of %s', (profile, algorithm, nodeName) => {
    const { hashAlgorithm, hashValueHex = '', descriptor } = answer(profile);
    const [start, end] = PUBLISHED_ENDS[profile] ?? ['', ''];
    expect(hashAlgorithm).toBe(algorithm);
    expect(hashValueHex).toBe(createHash(nodeName).update(TEXT).digest('hex'));
    expect(hashValueHex.startsWith(start) && hashValueHex.endsWith(end)).toBe(true);
    if (descriptors) expect(descriptor).toEqual({ profile, operation: 'HashData', algorithm });
  });

  it('gets raw hashes and the hash of nothing', () => {
    expect(answer('raw').hashValueRaw).toBe(createHash('sha3-512').update(TEXT).digest('base64'));
    expect(answer('empty').hashValueHex).toBe(createHash('sha3-512').digest('hex'));
  });

  it('gets certificates in PEM', () => {
    const { pem = '', descriptor } = answer('pem');
    const issued = issuedBy('P-521', pem);
    expect(issued.subject).toBe('C=DE\nO=Acceptance\nCN=csr-nist-secp384r1');
    expect(issued.toString()).toContain('BEGIN CERTIFICATE');
    if (descriptors) {
      expect(descriptor).toEqual({
        profile: 'Default',
        operation: 'SignCertificate',
        algorithm: 'ecdsa-with-SHA512',
      });
    }
  });

  it('gets certificates in DER, with the end of validity it asked for', () => {
    const issued = issuedBy('P-384', Buffer.from(answer('der').der ?? '', 'base64'));
    const left = issued.validToDate.getTime() - Date.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });

  it('gets the subject it asked for, attribute by attribute and in order', () => {
    const { pem = '' } = answer('subject');
    issuedBy('P-384', pem);
    if (!hasOpensslProgram) announceSkip('the subject as openssl shows it', 'install openssl');
    const shown = hasOpensslProgram
      ? execFileSync(
          'openssl',
          ['x509', '-noout', '-subject', '-nameopt', 'RFC2253,-dn_rev,sep_comma_plus_space'],
          {
            input: pem,
            encoding: 'utf8',
          },
        )
      : `subject=${new X509Certificate(pem).subject.replaceAll('\n', ', ')}\n`;
    expect(shown).toBe(`subject=${SUBJECT}\n`);
  });

  it.each([
    ['unknown profile', /^could not retrieve profile, err: there is no profile: Nope$/],
    ['bad request', /^csr: /],
    ['wrong key', /^ca(PrivateKey|Cert): /],
    ['late end', /^validNotAfter: /],
  ])('is told at once about its mistake: %s', (name, message) => {
    const { error } = answer(name);
    // Other codes would make the client try again for seconds and open its circuit breaker.
    expect(error?.code).toBe(INVALID_ARGUMENT);
    expect(error?.message).toMatch(message);
  });

  it.runIf(descriptors)('is told that development methods are closed', () => {
    expect(answer('benchmark').error?.code).toBe(UNIMPLEMENTED);
  });

  it('gets a certificate in exactly those cells of the acceptance matrix that the rules allow', () => {
    const outcomes = MATRIX.map((cell) => [
      label(cell),
      answer(label(cell)).pem?.includes('BEGIN CERTIFICATE') ?? false,
    ]);
    expect(Object.fromEntries(outcomes)).toEqual(
      Object.fromEntries(MATRIX.map((cell) => [label(cell), isIssued(cell)])),
    );
    expect(MATRIX.filter(isIssued)).toHaveLength(33);
    for (const cell of MATRIX) {
      const { error } = answer(label(cell));
      if (error !== undefined) expect(error, label(cell)).toMatchObject({ code: INVALID_ARGUMENT });
    }
  });

  it('leaves a server that serves, ends in order, and leaves no socket behind', () => {
    expect(answer('health afterwards').status).toBe('SERVING');
    expect({ exit: session.exit, left: session.left }).toEqual({ exit: 0, left: [] });
  });

  it.runIf(descriptors)('times the core of a server in development mode', async () => {
    if (typeof paths === 'string') return;
    const { answers } = await runSession(
      paths,
      command,
      [{ method: 'benchmark' }],
      ['--dev', '--transport', transport],
    );
    expect(answers[0]?.benchmarks).toEqual(
      [
        ...['HashSHA3_256', 'HashSHA3_384', 'HashSHA3_512'],
        ...['HashSHA_256', 'HashSHA_384', 'HashSHA_512', 'HashSHA_512_256'],
        'SignCertificate_CSR_SECP256R1_CA_RSA4096',
        'SignCertificate_CSR_SECP521R1_CA_SECP521R1',
        'SignCertificate_CSR_SECP256R1_CA_SECP384R1',
      ].map((name) => `BenchmarkLibraryNative_${name}`),
    );
  });
});

function availableClients(): ClientProgram[] {
  const npmClient = join(import.meta.dirname, 'clients', 'npm-client.mjs');
  const programs: ClientProgram[] = [
    {
      name: `npm client 0.5.0 on Node ${process.versions.node}`,
      command: [process.execPath, npmClient],
      descriptors: true,
    },
  ];
  const other = pathNode();
  if (other !== undefined && other.major >= 20 && other.path !== process.execPath) {
    programs.push({
      name: `npm client 0.5.0 on Node ${other.version}`,
      command: [other.path, npmClient],
      descriptors: true,
    });
  } else {
    announceSkip('the npm client under another Node', 'put a Node from 20 on the PATH');
  }
  const go = buildGoClient();
  if ('path' in go)
    programs.push({ name: 'Go client v0.4.1', command: [go.path], descriptors: false });
  else announceSkip('the Go client', go.missing);
  return programs;
}

function label({ profile, issuer, request }: Cell): string {
  return `${profile.name} | ${issuer.name} | ${request.name}`;
}

function readRequest(name: string): string {
  return readFileSync(join(ROOT, 'test', 'fixtures', 'acceptance', `${name}.csr`), 'utf8');
}
