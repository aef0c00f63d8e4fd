import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { CryptoProvider, SealedServiceKey, SealingKey } from '../../src/crypto/provider.ts';
import { cavpDirectory } from '../support/environment.ts';
import { expectFailure } from '../support/failures.ts';
import { openNative, openPure } from '../support/providers.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { hasCavpVectors } from './cavp.ts';
import { bytesOf, fieldOf, parseRsp, type RspCase } from './rsp.ts';

/** Static ECDH with the concatenation KDF, which is the one-step KDF of SP 800-56C with a hash. */
const FILES = [
  'KASValidityTest_ECCStaticUnified_KDFConcat_NOKC_init.fax',
  'KASValidityTest_ECCStaticUnified_KDFConcat_NOKC_resp.fax',
];
const SECTION = '[ED - SHA384]';
/** Kinds of fault that our side can see: the other's public key is wrong, or our own pair. */
const BAD_PEER = /^F \([12] /;
const BAD_PAIR = /^F \([567] /;

const SERVICE_KEY = Buffer.alloc(32, 0x6b);

const isAvailable = hasCavpVectors('ECDH on P-384 with the one-step KDF');

describe.skipIf(!isAvailable).each([
  ['native', openNative],
  ['pure', openPure],
] as const)('%s: CAVP key agreement', (_name, open) => {
  it.each(FILES)('%s', async (file) => {
    const provider = await open();
    const seen = { opened: 0, badPeer: 0, badPair: 0 };
    for (const entry of sectionCases(file)) {
      const result = fieldOf(entry, 'Result');
      const load = (): SealingKey => loadPair(provider, entry);
      if (BAD_PAIR.test(result)) {
        await expectFailure(load, 'KEY_FILE_UNUSABLE');
        seen.badPair++;
        continue;
      }
      const recipient = load();
      const sealed = sealedBy(provider, entry);
      const context = bytesOf(entry, 'OI');
      if (BAD_PEER.test(result)) {
        const opening = () => provider.serviceKeys.open(recipient, sealed, context);
        await expectFailure(opening, 'UNWRAP_FAILED');
        seen.badPeer++;
      } else if (result.startsWith('P')) {
        const { checkValue } = provider.serviceKeys.open(recipient, sealed, context);
        expect(checkValue).toEqual(knownServiceKey(provider).checkValue);
        seen.opened++;
      }
    }
    expect(seen).toEqual({ opened: 10, badPeer: 4, badPair: 6 });
  });
});

/** The cases of P-384 with SHA-384. The file's header is of another form. */
function sectionCases(file: string): RspCase[] {
  const text = readFileSync(join(cavpDirectory ?? '', 'asymmetric', 'ECDH', file), 'utf8');
  const start = text.indexOf(SECTION);
  const end = text.indexOf('\n[', start + SECTION.length);
  if (start < 0 || end < 0) throw new RangeError(`${file} has no section ${SECTION}`);
  return parseRsp(text.slice(start + SECTION.length, end));
}

/** Our side's key pair, by way of a file: no other way leads in. */
function loadPair({ serviceKeys }: CryptoProvider, entry: RspCase): SealingKey {
  const path = join(scratchDirectory(), 'key');
  const info = Buffer.concat([
    Buffer.from('3081b6020100301006072a8648ce3d020106052b8104002204819e30819b0201010430', 'hex'),
    bytesOf(entry, 'dsIUT'),
    Buffer.from('a16403620004', 'hex'),
    bytesOf(entry, 'QsIUTx'),
    bytesOf(entry, 'QsIUTy'),
  ]);
  writeFileSync(path, info, { mode: 0o600 });
  return serviceKeys.loadSealingKey(path);
}

/** What the other side sends: the known key under what the vector's shared secret derives to. */
function sealedBy({ keyWrap }: CryptoProvider, entry: RspCase): SealedServiceKey {
  const derived = createHash('sha384')
    .update(Buffer.from([0, 0, 0, 1]))
    .update(bytesOf(entry, 'Z'))
    .update(bytesOf(entry, 'OI'))
    .digest()
    .subarray(0, 32);
  if (fieldOf(entry, 'Result').startsWith('P')) {
    // The vector takes the first 192 bits, we the first 256.
    expect(derived.toString('hex', 0, 24)).toBe(fieldOf(entry, 'DKM'));
  }
  const wrappedKey = new Uint8Array(40);
  keyWrap.wrap('kw', keyWrap.importKey(derived), SERVICE_KEY, wrappedKey);
  const point = [Buffer.of(4), bytesOf(entry, 'QsCAVSx'), bytesOf(entry, 'QsCAVSy')];
  return { ephemeralPublic: Buffer.concat(point), wrappedKey };
}

function knownServiceKey({ keyWrap, serviceKeys }: CryptoProvider) {
  const parent = keyWrap.generateKey(256);
  const wrapped = new Uint8Array(40);
  keyWrap.wrap('kw', parent, SERVICE_KEY, wrapped);
  return serviceKeys.unwrap(parent, wrapped);
}
