import { describe, expect, it } from 'vitest';
import { AttributeSet, type NewAttribute } from '../../../../src/kmip/attributes/attribute-set.ts';
import { fieldOf } from '../../../../src/kmip/attributes/value.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import type { CryptographicParameters } from '../../../../src/kmip/payloads/cryptographic-parameters.ts';
import { decrypt, type DecryptRequest } from '../../../../src/kmip/payloads/decrypt.ts';
import { encrypt, type EncryptRequest } from '../../../../src/kmip/payloads/encrypt.ts';
import { getAttributes } from '../../../../src/kmip/payloads/get-attributes.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { revoke } from '../../../../src/kmip/payloads/revoke.ts';
import {
  BLOCK_CIPHER_MODE,
  CRYPTOGRAPHIC_ALGORITHM,
  PADDING_METHOD,
  USAGE_LIMITS_UNIT,
} from '../../../../src/kmip/tables/enumerations.ts';
import { CRYPTOGRAPHIC_USAGE_MASK } from '../../../../src/kmip/tables/masks.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { openNative, openPure } from '../../../support/providers.ts';
import { CoreSide, named, NOW, reasonName } from './support/core-side.ts';
import { aesKey, counting, dateAttribute, ENCRYPT_DECRYPT, secretData } from './support/objects.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

const { cbc, ecb, gcm, ctr } = BLOCK_CIPHER_MODE;
const { none, pkcs5 } = PADDING_METHOD;

interface Scene {
  readonly core: CoreSide;
  readonly uid: ReturnType<typeof named>;
}

/** An active key. */
async function begin(
  key: Uint8Array = counting(32),
  usageMask: number = ENCRYPT_DECRYPT,
  further: readonly NewAttribute[] = [],
  open: typeof openPure = openPure,
): Promise<Scene> {
  const core = new CoreSide(await open());
  core.addService();
  const made = await core.ask(14, register, aesKey(key, [], usageMask, further));
  const uid = named(made.uid);
  await core.ask(14, activate, { uid });
  return { core, uid };
}

/** NIST SP 800-38A, F.2.5 and F.1.5. */
const NIST_KEY = hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4');
const NIST_PLAIN = hex(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
    '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
);
const NIST_CBC = hex(
  'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d' +
    '39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b',
);
const NIST_ECB = hex(
  'f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870' +
    'b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7',
);

/** "The Galois/Counter Mode of Operation", test case 16. */
const GCM = {
  key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
  iv: hex('cafebabefacedbaddecaf888'),
  plain: hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ),
  additionalData: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  sealed: hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
  ),
  tag: hex('76fc6ece0f4e1768cddf8853bb2d551b'),
};

describe.each([
  ['pure', openPure],
  ['native', openNative],
] as const)('published vectors through a registered key over the %s provider', (_name, open) => {
  it.each([
    ['CBC', cbc, counting(16), NIST_CBC],
    ['ECB', ecb, undefined, NIST_ECB],
  ] as const)('hold for %s without padding', async (_mode, blockCipherMode, iv, sealed) => {
    const { core, uid } = await begin(NIST_KEY, ENCRYPT_DECRYPT, [], open);
    const parameters = { blockCipherMode, paddingMethod: none };
    const encrypted = await core.ask(12, encrypt, { uid, parameters, data: NIST_PLAIN, iv });
    expect(encrypted.data).toEqual(sealed);
    const decrypted = await core.ask(12, decrypt, { uid, parameters, data: sealed, iv });
    expect(decrypted.data).toEqual(NIST_PLAIN);
  });

  it('hold for GCM with additional data', async () => {
    const { core, uid } = await begin(GCM.key, ENCRYPT_DECRYPT, [], open);
    const { iv, additionalData, plain, sealed, tag } = GCM;
    const parameters = { blockCipherMode: gcm };
    const asked = { uid, parameters, iv, additionalData };
    const encrypted = await core.ask(14, encrypt, { ...asked, data: plain });
    expect([encrypted.data, encrypted.tag]).toEqual([sealed, tag]);
    const decrypted = await core.ask(14, decrypt, { ...asked, data: sealed, tag });
    expect(decrypted.data).toEqual(plain);
    for (const changed of [
      { tag: Uint8Array.from(tag, (byte, index) => byte ^ (index === 0 ? 1 : 0)) },
      { additionalData: counting(20) },
      { iv: counting(12) },
    ]) {
      const told = await core.tell(14, decrypt, { ...asked, data: sealed, tag, ...changed });
      expect([reasonName(told.item.reason), told.item.message]).toEqual([
        'Cryptographic Failure',
        'the data cannot be decrypted',
      ]);
      expect(told.item.payload).toBeUndefined();
    }
  });
});

describe('Encrypt and Decrypt', () => {
  it('take the parameters of the key when the request has none', async () => {
    const own: NewAttribute = {
      name: 'Cryptographic Parameters',
      value: {
        type: 'structure',
        fields: [
          { tag: TAG.blockCipherMode, value: { type: 'enumeration', value: cbc } },
          { tag: TAG.paddingMethod, value: { type: 'enumeration', value: pkcs5 } },
        ],
      },
    };
    const { core, uid } = await begin(counting(32), ENCRYPT_DECRYPT, [own]);
    const iv = counting(16);
    const { data } = await core.ask(14, encrypt, { uid, data: counting(5), iv });
    expect(data?.byteLength).toBe(16);
    expect((await core.ask(14, decrypt, { uid, data, iv })).data).toEqual(counting(5));
    const bare = await begin();
    expect(await bare.core.refusal(14, encrypt, { uid: bare.uid, data: counting(5), iv })).toBe(
      'Missing Data',
    );
  });

  it('answers a wrong padding like every other wrong ciphertext', async () => {
    const { core, uid } = await begin();
    const parameters = { blockCipherMode: cbc, paddingMethod: pkcs5 };
    const asked = { uid, parameters, data: counting(32), iv: counting(16) };
    const { item } = await core.tell(14, decrypt, asked);
    expect([reasonName(item.reason), item.message]).toEqual([
      'Cryptographic Failure',
      'the data cannot be decrypted',
    ]);
  });

  it('make a random vector when they are asked to, of the length of the mode', async () => {
    const { core, uid } = await begin();
    const random = (more: CryptographicParameters): EncryptRequest => ({
      ...{ uid, data: counting(16), parameters: { randomIv: true, ...more } },
    });
    const inGcm = await core.ask(14, encrypt, random({ blockCipherMode: gcm, ivLength: 96 }));
    expect(inGcm.iv?.byteLength).toBe(12);
    expect(inGcm.tag?.byteLength).toBe(16);
    const { data, tag, iv } = inGcm;
    const back = { uid, parameters: { blockCipherMode: gcm }, data, tag, iv };
    expect((await core.ask(14, decrypt, back)).data).toEqual(counting(16));
    const wrong = random({ blockCipherMode: cbc, ivLength: 96 });
    expect(await core.refusal(14, encrypt, wrong)).toBe('Feature Not Supported');
    const both = { ...random({ blockCipherMode: cbc }), iv: counting(16) };
    expect(await core.refusal(14, encrypt, both)).toBe('Invalid Field');
    expect((await core.ask(14, encrypt, random({ blockCipherMode: ecb }))).iv).toBeUndefined();
  });

  it('shorten a tag only when both sides say so', async () => {
    const { core, uid } = await begin();
    const parameters = { blockCipherMode: gcm, tagLength: 12 };
    const asked = { uid, data: counting(16), iv: counting(12) };
    const { data, tag } = await core.ask(14, encrypt, { ...asked, parameters });
    expect(tag?.byteLength).toBe(12);
    expect((await core.ask(14, decrypt, { ...asked, parameters, data, tag })).data).toEqual(
      counting(16),
    );
    const longer = { ...asked, parameters: { blockCipherMode: gcm }, data, tag };
    expect(await core.refusal(14, decrypt, longer)).toBe('Invalid Field');
    for (const tagLength of [0, 4, 17, -1]) {
      const request = { ...asked, parameters: { blockCipherMode: gcm, tagLength } };
      expect(await core.refusal(14, encrypt, request)).toBe('Invalid Field');
    }
  });

  it('refuse what does not fit the mode, one by one', async () => {
    const { core, uid } = await begin();
    const good = {
      ...{ uid, data: counting(16), iv: counting(16) },
      parameters: { blockCipherMode: cbc },
    };
    const sealing = (change: Partial<EncryptRequest>): Promise<string> =>
      core.refusal(14, encrypt, { ...good, ...change });
    const opening = (change: Partial<DecryptRequest>): Promise<string> =>
      core.refusal(14, decrypt, { ...good, ...change });
    for (const refused of [sealing, opening]) {
      expect(await refused({ data: undefined })).toBe('Missing Data');
      expect(await refused({ data: counting(15) })).toBe('Invalid Field');
      expect(await refused({ iv: undefined })).toBe('Missing Data');
      expect(await refused({ iv: counting(12) })).toBe('Invalid Field');
      expect(await refused({ additionalData: counting(1) })).toBe('Invalid Field');
      expect(await refused({ parameters: {} })).toBe('Missing Data');
      expect(await refused({ parameters: { blockCipherMode: ctr } })).toBe('Feature Not Supported');
      expect(await refused({ parameters: { blockCipherMode: cbc, paddingMethod: 6 } })).toBe(
        'Feature Not Supported',
      );
      expect(await refused({ parameters: { blockCipherMode: gcm, paddingMethod: pkcs5 } })).toBe(
        'Invalid Field',
      );
      const cryptographicAlgorithm = CRYPTOGRAPHIC_ALGORITHM.tripleDes;
      expect(await refused({ parameters: { blockCipherMode: cbc, cryptographicAlgorithm } })).toBe(
        'Invalid Field',
      );
      expect(await refused({ initIndicator: true })).toBe('Feature Not Supported');
      expect(await refused({ finalIndicator: true })).toBe('Feature Not Supported');
      expect(await refused({ correlationValue: counting(8) })).toBe('Feature Not Supported');
    }
    const padded = { blockCipherMode: cbc, paddingMethod: pkcs5 };
    expect(await opening({ data: new Uint8Array(), parameters: padded })).toBe('Invalid Field');
    expect(await opening({ tag: counting(16) })).toBe('Invalid Field');
    expect(await opening({ iv: counting(12), parameters: { blockCipherMode: gcm } })).toBe(
      'Missing Data',
    );
    expect(await core.refusal(12, encrypt, { ...good, parameters: { blockCipherMode: gcm } })).toBe(
      'Feature Not Supported',
    );
    const { uid: secret } = await core.ask(14, register, secretData(counting(32), 1, 12));
    const work = core.work();
    work.transition(secret, { kind: 'activate' });
    core.store.transaction(() => {
      work.commit();
    });
    expect(await core.refusal(21, encrypt, { ...good, uid: named(secret) })).toBe(
      'Invalid Object Type',
    );
  });

  it('follow the usage mask and the state of the key', async () => {
    const parameters = { blockCipherMode: ecb };
    const data = counting(16);
    const onlyDecrypts = await begin(counting(32), CRYPTOGRAPHIC_USAGE_MASK.decrypt);
    const { core, uid } = onlyDecrypts;
    expect(await core.refusal(14, encrypt, { uid, parameters, data })).toBe('Permission Denied');
    expect(await core.refusal(21, encrypt, { uid, parameters, data })).toBe(
      'Incompatible Cryptographic Usage Mask',
    );
    await core.ask(14, decrypt, { uid, parameters, data });
    const made = await core.ask(14, register, aesKey(counting(32)));
    const waiting = { uid: named(made.uid), parameters, data };
    expect(await core.refusal(21, encrypt, waiting)).toBe('Wrong Key Lifecycle State');
    expect(await core.refusal(21, decrypt, waiting)).toBe('Wrong Key Lifecycle State');
    await core.ask(14, revoke, { uid, reasonCode: 1 });
    await core.ask(14, decrypt, { uid, parameters, data });
    await core.ask(14, revoke, { uid, reasonCode: 2 });
    expect(await core.refusal(21, decrypt, { uid, parameters, data })).toBe(
      'Wrong Key Lifecycle State',
    );
  });

  it('follow the dates between which a key protects and processes', async () => {
    const dates = [
      dateAttribute('Process Start Date', NOW + 10),
      dateAttribute('Protect Stop Date', NOW + 20),
    ];
    const { core, uid } = await begin(counting(32), ENCRYPT_DECRYPT, dates);
    const asked = { uid, parameters: { blockCipherMode: ecb }, data: counting(16) };
    await core.ask(14, encrypt, asked);
    expect(await core.refusal(21, decrypt, asked)).toBe('Wrong Key Lifecycle State');
    core.now += 10;
    await core.ask(14, decrypt, asked);
    core.now += 10;
    expect(await core.refusal(21, encrypt, asked)).toBe('Wrong Key Lifecycle State');
    await core.ask(14, decrypt, asked);
  });

  it.each([
    [USAGE_LIMITS_UNIT.byte, 48n],
    [USAGE_LIMITS_UNIT.object, 3n],
  ])('use up limits in unit %i', async (unit, total) => {
    const limits: NewAttribute = {
      name: 'Usage Limits',
      value: {
        type: 'structure',
        fields: [
          { tag: TAG.usageLimitsTotal, value: { type: 'longInteger', value: total } },
          { tag: TAG.usageLimitsUnit, value: { type: 'enumeration', value: unit } },
        ],
      },
    };
    const { core, uid } = await begin(counting(32), ENCRYPT_DECRYPT, [limits]);
    const asked = { uid, parameters: { blockCipherMode: ecb }, data: counting(16) };
    for (let use = 0; use < 3; use += 1) {
      await core.ask(14, encrypt, asked);
      await core.ask(14, decrypt, asked);
    }
    expect(await core.refusal(14, encrypt, asked)).toBe('Permission Denied');
    await core.ask(14, decrypt, asked);
    const { attributes } = await core.ask(14, getAttributes, { uid, names: ['Usage Limits'] });
    expect(AttributeSet.of(attributes).size).toBe(1);
    expect(fieldOf(attributes.get('Usage Limits'), TAG.usageLimitsCount)).toEqual({
      ...{ type: 'longInteger', value: 0n },
    });
  });
});
