import { createCipheriv } from 'node:crypto';

import type { CryptoProvider, KeyWrap, WrapMode } from '../../src/crypto/provider.ts';
import type { Expectation, Operation, Trial } from './trial.ts';

/** The key being wrapped: an AES-256 key. */
const KEY_LENGTH = 32;
const WRAPPED_LENGTH = KEY_LENGTH + 8;

/** Key-encryption key and key of RFC 3394 §4.6; the initial values are those of its §2.2.3.1 and of RFC 5649 §3. */
const KEK = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const KEY = Buffer.from('00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f', 'hex');
const KW_INITIAL_VALUE = Buffer.from('a6a6a6a6a6a6a6a6', 'hex');
const KWP_INITIAL_VALUE = Buffer.from('a65959a6', 'hex');

/** Milliseconds. */
const WARM_UP = 200;

const RATIO = 2.5;
/** Nanoseconds, of the native provider in FIPS mode. */
const GENERATE_AND_WRAP_AT_MOST = 4300;

export const keyWrapTrials: readonly Trial[] = [
  row('AES-256 KW generate and wrap 32 B', generateAndWrap, {
    ratio: RATIO,
    atMost: GENERATE_AND_WRAP_AT_MOST,
  }),
  row('AES-256 KW wrap 32 B', (keyWrap) => wrap(keyWrap, 'kw')),
  row('AES-256 KW unwrap 32 B', (keyWrap) => unwrap(keyWrap, 'kw')),
  row('AES-256 KWP wrap 32 B', (keyWrap) => wrap(keyWrap, 'kwp')),
  row('AES-256 KWP unwrap 32 B', (keyWrap) => unwrap(keyWrap, 'kwp')),
];

function row(
  name: string,
  prepare: (keyWrap: KeyWrap) => () => unknown,
  expected: Expectation = { ratio: RATIO },
): Trial {
  return {
    group: 'key-wrap',
    name,
    unit: 'ns',
    drivers: ['native', 'pure'],
    expected: { native: expected },
    quick: name.startsWith('AES-256 KW '),
    warmUp: WARM_UP,
    prepare({ keyWrap }: CryptoProvider): Operation {
      return { mode: 'sync', operations: 1, run: prepare(keyWrap) };
    },
  };
}

function generateAndWrap(keyWrap: KeyWrap): () => unknown {
  const kek = keyWrap.importKey(Buffer.from(KEK));
  const key = Buffer.alloc(KEY_LENGTH);
  const wrapped = Buffer.alloc(WRAPPED_LENGTH);
  keyWrap.generateAndWrap(kek, key, wrapped);
  requireEqual(wrapped, oracle('kw', key));
  return () => keyWrap.generateAndWrap(kek, key, wrapped);
}

function wrap(keyWrap: KeyWrap, mode: WrapMode): () => unknown {
  const kek = keyWrap.importKey(Buffer.from(KEK));
  const wrapped = Buffer.alloc(WRAPPED_LENGTH);
  keyWrap.wrap(mode, kek, KEY, wrapped);
  requireEqual(wrapped, oracle(mode, KEY));
  return () => keyWrap.wrap(mode, kek, KEY, wrapped);
}

function unwrap(keyWrap: KeyWrap, mode: WrapMode): () => unknown {
  const kek = keyWrap.importKey(Buffer.from(KEK));
  const wrapped = oracle(mode, KEY);
  const key = Buffer.alloc(KEY_LENGTH);
  keyWrap.unwrap(mode, kek, wrapped, key);
  requireEqual(key, KEY);
  return () => keyWrap.unwrap(mode, kek, wrapped, key);
}

/** The wrapped form by node:crypto alone. */
function oracle(mode: WrapMode, key: Uint8Array): Buffer {
  const cipher =
    mode === 'kw'
      ? createCipheriv('id-aes256-wrap', KEK, KW_INITIAL_VALUE)
      : createCipheriv('id-aes256-wrap-pad', KEK, KWP_INITIAL_VALUE);
  return cipher.update(key);
}

function requireEqual(actual: Buffer, expected: Buffer): void {
  if (!actual.equals(expected)) throw new Error('the key does not wrap or unwrap as it should');
}
