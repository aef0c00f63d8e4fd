import { describe, expect, it } from 'vitest';

import type { CryptoProvider, WrapMode } from '../../src/crypto/provider.ts';
import { announceSkip, wycheproofDirectory } from '../support/environment.ts';
import { failureOf } from '../support/failures.ts';
import { openNative, openPure } from '../support/providers.ts';
import { wycheproofGroups, type WycheproofTest } from './wycheproof.ts';

interface AeadTest extends WycheproofTest {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}
interface KeyWrapTest extends WycheproofTest {
  readonly key: string;
  readonly msg: string;
  readonly ct: string;
}
interface MacTest extends WycheproofTest {
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

/** The only nonce and tag the interface offers, in bits. */
const NONCE_BITS = 96;
const TAG_BITS = 128;

if (wycheproofDirectory === undefined) {
  announceSkip(
    'Wycheproof vectors',
    'name a directory with them in CRYPTO_BROKER_TEST_WYCHEPROOF (test/vectors/SOURCES.md)',
  );
}

describe.skipIf(wycheproofDirectory === undefined).each([
  ['native', openNative],
  ['pure', openPure],
] as const)('%s: Wycheproof', (_name, open) => {
  it('AES-GCM with nonces of 96 bits', async () => {
    const { aead } = await open();
    let ran = 0;
    for (const group of wycheproofGroups<AeadTest>('aes_gcm_test.json')) {
      if (group.ivSize !== NONCE_BITS) continue;
      expect(group.tagSize).toBe(TAG_BITS);
      for (const test of group.tests) {
        const [key, nonce, data] = [hex(test.key), hex(test.iv), hex(test.aad)];
        const sealed = hex(test.ct + test.tag);
        if (test.result === 'valid') {
          expect(plain(aead.seal(key, nonce, hex(test.msg), data)), label(test)).toBe(
            plain(sealed),
          );
          expect(plain(aead.open(key, nonce, sealed, data)), label(test)).toBe(test.msg);
        } else {
          const failure = await failureOf(() => aead.open(key, nonce, sealed, data));
          expect(failure.code, label(test)).toBe('DECRYPT_FAILED');
        }
        ran++;
      }
    }
    expect(ran).toBeGreaterThan(150);
  });

  it('AES-GCM with other nonces, which are refused whatever the vector says', async () => {
    const { aead } = await open();
    for (const group of wycheproofGroups<AeadTest>('aes_gcm_test.json')) {
      if (group.ivSize === NONCE_BITS) continue;
      for (const test of group.tests) {
        const [key, nonce, data] = [hex(test.key), hex(test.iv), hex(test.aad)];
        const failure = await failureOf(() => aead.seal(key, nonce, hex(test.msg), data));
        expect(failure.code, label(test)).toBe('INPUT_INVALID');
      }
    }
  });

  it.each([
    ['kw', 'aes_wrap_test.json'],
    ['kwp', 'aes_kwp_test.json'],
  ] as const)('AES-%s', async (mode, file) => {
    const provider = await open();
    for (const group of wycheproofGroups<KeyWrapTest>(file)) {
      for (const test of group.tests) await checkKeyWrap(provider, mode, test);
    }
  });

  it('HMAC with SHA-256, whole and truncated', async () => {
    const { macs } = await open();
    for (const group of wycheproofGroups<MacTest>('hmac_sha256_test.json')) {
      for (const test of group.tests) {
        const mac = plain(macs.hmac('sha-256', hex(test.key), hex(test.msg)));
        const isEqual = mac.slice(0, (group.tagSize ?? 0) / 4) === test.tag;
        expect(isEqual, label(test)).toBe(test.result === 'valid');
      }
    }
  });
});

async function checkKeyWrap(
  { keyWrap }: CryptoProvider,
  mode: WrapMode,
  test: KeyWrapTest,
): Promise<void> {
  const kek = keyWrap.importKey(hex(test.key));
  const [wrapped, output] = [hex(test.ct), new Uint8Array(512)];
  const unwrap = (): string =>
    plain(output.subarray(0, keyWrap.unwrap(mode, kek, wrapped, output)));
  if (test.result === 'valid') {
    expect(unwrap(), label(test)).toBe(test.msg);
    const length = keyWrap.wrap(mode, kek, hex(test.msg), output);
    expect(plain(output.subarray(0, length)), label(test)).toBe(test.ct);
  } else {
    // Keys of 64 bits are `acceptable` to Wycheproof; SP 800-38F §5.3.1 has none below 128.
    const failure = await failureOf(unwrap);
    expect(['UNWRAP_FAILED', 'INPUT_INVALID'], label(test)).toContain(failure.code);
    expect(
      output.every((byte) => byte === 0),
      label(test),
    ).toBe(true);
  }
  kek.drop();
}

function label(test: WycheproofTest): string {
  return `tcId ${test.tcId} ${test.comment}`;
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function plain(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
