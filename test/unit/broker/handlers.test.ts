import { describe, expect, it } from 'vitest';
import { hashDataHandler, type HashDataRequest } from '../../../src/broker/methods/hash-data.ts';
import { signCertificateHandler } from '../../../src/broker/methods/sign-certificate.ts';
import { WorkQueue } from '../../../src/broker/work-queue.ts';
import type { CertificateRequest } from '../../../src/crypto/provider.ts';
import { CallState } from '../../../src/grpc/call-state.ts';
import { PolicySnapshot, type Profile } from '../../../src/profile/index.ts';
import { LEAF_POLICY } from '../../support/certificate-requests.ts';
import { expectFailure } from '../../support/failures.ts';
import { openPure } from '../../support/providers.ts';

const call = (): CallState => new CallState('/test', undefined);
const queue = (): WorkQueue => new WorkQueue({ concurrency: 2, capacity: 2 });

function snapshot(profiles: readonly Profile[]): PolicySnapshot {
  return new PolicySnapshot({
    profiles,
    warnings: [],
    source: { directory: '/nowhere', fileName: 'Profiles.yaml', shipped: false },
    sha256: '',
  });
}

const HASHES: Profile = { name: 'Hash', hashData: { algorithm: 'sha3-256' } };
const request = (changes: Partial<HashDataRequest>): HashDataRequest => ({
  profile: 'Hash',
  input: Buffer.from('abc'),
  metadata: undefined,
  format: 'hex',
  ...changes,
});

/** FIPS 202: SHA3-256("abc"). */
const ABC = '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532';

describe('HashData', () => {
  it('gives the published digest in both forms, from short and from long inputs alike', async () => {
    const { digests } = await openPure();
    const handle = hashDataHandler({ policies: snapshot([HASHES]), digests, queue: queue() });
    expect(await handle(request({}), call())).toMatchObject({
      value: { format: 'hex', hex: ABC },
      descriptor: { profile: 'Hash', operation: 'HashData', algorithm: 'sha3-256' },
    });
    expect(await handle(request({ format: 'raw' }), call())).toMatchObject({
      value: { format: 'raw', bytes: new Uint8Array(Buffer.from(ABC, 'hex')) },
    });
    const long = Buffer.alloc(100_000, 7);
    const expected = digests.hex('sha3-256', long);
    expect(await handle(request({ input: long }), call())).toMatchObject({
      value: { hex: expected },
    });
    const raw = await handle(request({ input: long, format: 'raw' }), call());
    expect(raw.value.format === 'raw' && Buffer.from(raw.value.bytes).toString('hex')).toBe(
      expected,
    );
  });

  it('leaves the calling thread above the threshold of the algorithm, and not at it', async () => {
    const { digests } = await openPure();
    let away = 0;
    const counting = {
      ...digests,
      async: (...args: Parameters<typeof digests.async>) => {
        away += 1;
        return digests.async(...args);
      },
    };
    const handle = hashDataHandler({
      policies: snapshot([HASHES]),
      digests: counting,
      queue: queue(),
    });
    await handle(request({ input: Buffer.alloc(8192) }), call());
    expect(away).toBe(0);
    await handle(request({ input: Buffer.alloc(8193) }), call());
    expect(away).toBe(1);
  });

  it('checks the request before the profile', async () => {
    const { digests } = await openPure();
    const handle = hashDataHandler({ policies: snapshot([]), digests, queue: queue() });
    const run = (changes: Partial<HashDataRequest>) => () => handle(request(changes), call());
    await expectFailure(run({ profile: '' }), 'FIELD_REQUIRED');
    await expectFailure(run({ metadata: { id: '\n' } }), 'FIELD_NOT_PRINTABLE');
    await expectFailure(run({ input: new Uint8Array(1024 * 1024 + 1) }), 'FIELD_TOO_LARGE');
    await expectFailure(run({}), 'PROFILE_UNKNOWN');
  });

  it('warns of an outdated profile', async () => {
    const { digests } = await openPure();
    const outdated: Profile = { ...HASHES, deprecation: { reason: 'old' } };
    const handle = hashDataHandler({ policies: snapshot([outdated]), digests, queue: queue() });
    expect((await handle(request({}), call())).metadata.deprecation).toEqual({
      profile: 'Hash',
      reason: 'old',
    });
  });
});

describe('SignCertificate', () => {
  const policies = snapshot([
    HASHES,
    {
      name: 'Leaf',
      signCertificate: { policy: LEAF_POLICY, descriptorAlgorithm: 'ecdsa-with-SHA256' },
    },
  ]);
  const base = {
    profile: 'Leaf',
    csr: Buffer.from('csr'),
    caPrivateKey: Buffer.from('key'),
    caCert: Buffer.from('cert'),
    metadata: { id: 'i' },
    notBefore: undefined,
    notAfter: undefined,
    subject: undefined,
    crlDistributionPoints: [],
    format: 'pem',
  } as const;

  it('hands the issuer the policy, the time in whole seconds, and only what was asked for', async () => {
    const issued: CertificateRequest[] = [];
    const certificates = {
      issue: (given: CertificateRequest): Promise<Uint8Array> => {
        issued.push(given);
        return Promise.resolve(Buffer.from('certificate'));
      },
    };
    const handle = signCertificateHandler({
      policies,
      certificates,
      queue: queue(),
      now: () => 1999.9,
    });
    const result = await handle(base, call());
    expect(result).toEqual({
      format: 'pem',
      certificate: Buffer.from('certificate'),
      descriptor: { profile: 'Leaf', operation: 'SignCertificate', algorithm: 'ecdsa-with-SHA256' },
      metadata: { request: { id: 'i' }, deprecation: undefined },
    });
    await handle({ ...base, subject: 'CN=x', notBefore: 0n, notAfter: 5n }, call());
    expect(issued).toEqual([
      {
        policy: LEAF_POLICY,
        csr: base.csr,
        caKey: base.caPrivateKey,
        caCertificate: base.caCert,
        now: 1,
        crlDistributionPoints: [],
        format: 'pem',
      },
      expect.objectContaining({ subject: 'CN=x', notBefore: 0n, notAfter: 5n }),
    ]);
  });
});
