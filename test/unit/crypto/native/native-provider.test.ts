import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { DIGESTS } from '../../../../src/crypto/algorithms.ts';
import type { NativeAddon } from '../../../../src/addon/addon.ts';
import { loadAddon, PREBUILD_DIRECTORY } from '../../../../src/addon/load-addon.ts';
import { nativeCertificates } from '../../../../src/crypto/native/native-certificates.ts';
import { nativeDigests } from '../../../../src/crypto/native/native-digests.ts';
import { toBrokerError } from '../../../../src/addon/native-error.ts';
import { PolicyCompiler } from '../../../../src/crypto/native/native-policy.ts';
import { createNativeProvider } from '../../../../src/crypto/native/native-provider.ts';
import { BrokerError } from '../../../../src/errors/index.ts';
import { certificateRequest, LEAF_POLICY, policy } from '../../../support/certificate-requests.ts';
import { expectFailure } from '../../../support/failures.ts';

describe('the native provider', () => {
  // The operator's way of naming a module, with the package's file.
  const provider = createNativeProvider({
    fips: 'required',
    poolThreads: 2,
    poolQueue: 8,
    moduleDirectory: relative(process.cwd(), PREBUILD_DIRECTORY),
    caCache: { entries: 4, seconds: 60 },
  });

  it("reports the operator's module as the operator's", () => {
    expect(provider.report()).toMatchObject({
      provider: 'native',
      fips: 'required',
      module: { source: 'operator', path: join(PREBUILD_DIRECTORY, 'fips.so') },
      memory: { secureHeap: true },
    });
    expect(provider.report().selfTests.length).toBeGreaterThanOrEqual(30);
  });

  it('starts as often as it is asked to with the same settings, and with no others', async () => {
    const same = {
      fips: 'required',
      poolThreads: 2,
      poolQueue: 8,
      moduleDirectory: PREBUILD_DIRECTORY,
      caCache: { entries: 4, seconds: 60 },
    } as const;
    expect(createNativeProvider(same).digests.hex('sha-256', new Uint8Array(0))).toHaveLength(64);
    await expectFailure(
      () => createNativeProvider({ fips: 'off', poolThreads: 2 }),
      'ALREADY_INITIALIZED',
    );
    await expectFailure(
      () => createNativeProvider({ fips: 'required', poolThreads: 2 }),
      'ALREADY_INITIALIZED',
    );
  });

  it('measures a digest and a certificate inside the core', async () => {
    const short = await provider.benchmark.digest('sha-256', new Uint8Array(64), 30);
    const long = await provider.benchmark.digest('sha-256', new Uint8Array(65536), 30);
    expect(short).toBeGreaterThan(20);
    expect(long).toBeGreaterThan(20 * short);
    const certificate = await provider.benchmark.certificate(await certificateRequest(), 50);
    expect(certificate).toBeGreaterThan(20_000);
    await expectFailure(
      () => provider.benchmark.digest('sha-256', new Uint8Array(0), 0),
      'INPUT_INVALID',
    );
    const broken = await certificateRequest({ csr: Buffer.from('no CSR') });
    await expectFailure(() => provider.benchmark.certificate(broken, 50), 'CSR_MALFORMED');
  });

  it('serves requests from the CA cache as without it', async () => {
    const request = await certificateRequest();
    const first = await provider.certificates.issue(request);
    const second = await provider.certificates.issue(request);
    expect(Buffer.compare(first, second)).not.toBe(0);
    const otherCa = await certificateRequest({}, { issuer: 'P-384' });
    await expectFailure(
      () => provider.certificates.issue({ ...request, caKey: otherCa.caKey }),
      'CA_KEY_MISMATCH',
    );
  });

  it('counts the threads of its pool', () => {
    expect(provider.poolStats()).toMatchObject({ threads: 2, capacity: 8 });
  });

  it('runs as long as its module has not failed', () => {
    expect(provider.running()).toBe(true);
  });

  it('has a BrokerError for every failure', async () => {
    const { keyWrap, aead, random, macs, digests } = provider;
    const bytes = new Uint8Array(16);
    for (const call of [
      () => digests.hex('md5' as 'sha-256', bytes),
      () => digests.into('md5' as 'sha-256', bytes, bytes),
      () => digests.batch('md5' as 'sha-256', bytes, new Uint32Array(1), bytes),
      () => digests.async('md5' as 'sha-256', bytes),
    ]) {
      await expectFailure(call, 'ALGORITHM_UNSUPPORTED');
    }
    for (const call of [
      () => keyWrap.wrap('cbc' as 'kw', keyWrap.generateKey(256), bytes, new Uint8Array(24)),
      () => aead.seal(bytes, bytes, bytes, bytes),
      () => macs.hmac('sha-1' as 'sha-256', bytes, bytes),
      () => macs.kbkdf('sha-256', bytes, bytes, bytes, 0),
      () => {
        random.fill('x' as unknown as Uint8Array);
      },
    ]) {
      await expectFailure(call, 'INPUT_INVALID');
    }
  });
});

describe('digests that may leave the thread', () => {
  const calls: string[] = [];
  const addon = {
    digestInto: () => {
      calls.push('here');
      return 0;
    },
    digestAsync: () => {
      calls.push('pool');
      return Promise.resolve(new Uint8Array(0));
    },
  } as unknown as NativeAddon;

  it.each(DIGESTS)('do so above the threshold of $name alone', async ({ name, asyncAbove }) => {
    calls.length = 0;
    await nativeDigests(addon).async(name, new Uint8Array(asyncAbove));
    await nativeDigests(addon).async(name, new Uint8Array(asyncAbove + 1));
    expect(calls).toEqual(['here', 'pool']);
  });
});

describe('certificate policies', () => {
  it('are compiled once each', async () => {
    let compiled = 0;
    const addon = {
      compilePolicy: () => ({ number: ++compiled }),
      issueCertificate: () => Promise.resolve(new Uint8Array(0)),
    } as unknown as NativeAddon;
    const issuer = nativeCertificates(addon, new PolicyCompiler(addon));
    const request = await certificateRequest();
    await issuer.issue(request);
    await issuer.issue({ ...request });
    expect(compiled).toBe(1);
    await issuer.issue({ ...request, policy: policy({ skiDigest: 'sha-256' }) });
    expect(compiled).toBe(2);
  });

  it('with names the core does not know are refused', async () => {
    const compiler = new PolicyCompiler(loadAddon().addon);
    for (const wrong of [
      { skiDigest: 'md5' },
      { signatureDigest: 'sha-1' },
      { keyUsage: ['everything'] },
      { extendedKeyUsage: ['anyPurpose'] },
    ]) {
      await expectFailure(
        () => compiler.compile({ ...LEAF_POLICY, ...wrong } as typeof LEAF_POLICY),
        'INPUT_INVALID',
      );
    }
  });
});

describe("the addon's errors", () => {
  it('keep code, message and field, and are the cause', () => {
    const original = Object.assign(new Error('not a number'), {
      code: 'INPUT_INVALID',
      field: 'now',
    });
    const error = toBrokerError(original);
    expect(error).toBeInstanceOf(BrokerError);
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      field: 'now',
      message: 'now: not a number',
      cause: original,
    });
    expect(toBrokerError(error)).toBe(error);
  });

  it.each([new Error('no code'), Object.assign(new Error('x'), { code: 'ENOENT' }), 'text', null])(
    'are INTERNAL when they are none: %s',
    (thrown) => {
      expect(toBrokerError(thrown)).toMatchObject({ code: 'INTERNAL', cause: thrown });
    },
  );
});

describe('a directory without a build', () => {
  const directory = mkdtempSync(join(tmpdir(), 'native-none-'));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('is ADDON_UNUSABLE', async () => {
    await expectFailure(
      () => createNativeProvider({ fips: 'required', poolThreads: 1, addonDirectory: directory }),
      'ADDON_UNUSABLE',
    );
  });
});
