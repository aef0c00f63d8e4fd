import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';

import { SIGNATURE_DIGESTS } from '../../../src/crypto/algorithms.ts';
import type { CryptoProvider, Macs } from '../../../src/crypto/provider.ts';
import { expectFailure } from '../../support/failures.ts';

/** RFC 4231 §4.2, §4.4, §4.5, §4.7, §4.8. The key of §4.3 is too short to be allowed; §4.6 truncates. */
const RFC_4231 = [
  {
    key: '0b'.repeat(20),
    data: '4869205468657265',
    'sha-256': 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    'sha-384':
      'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
    'sha-512':
      '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
  },
  {
    key: 'aa'.repeat(20),
    data: 'dd'.repeat(50),
    'sha-256': '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    'sha-384':
      '88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27',
    'sha-512':
      'fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb',
  },
  {
    key: '0102030405060708090a0b0c0d0e0f10111213141516171819',
    data: 'cd'.repeat(50),
    'sha-256': '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    'sha-384':
      '3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb',
    'sha-512':
      'b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd',
  },
  {
    key: 'aa'.repeat(131),
    data: Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
    'sha-256': '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    'sha-384':
      '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952',
    'sha-512':
      '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
  },
  {
    key: 'aa'.repeat(131),
    data: Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ).toString('hex'),
    'sha-256': '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    'sha-384':
      '6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e',
    'sha-512':
      'e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58',
  },
] as const;

/**
 * RFC 8009 appendix A: Kerberos derives its keys by exactly this KBKDF (§3), with a label of five octets and no context;
 * its pseudo-random function (§5) has the label `prf` and a context.
 */
const KEY_128 = '3705d96080c17728a0e800eab6e0d23c';
const KEY_256 = '6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52';
const RFC_8009 = [
  ['sha-256', KEY_128, '0000000299', '', 'b31a018a48f54776f403e9a396325dc3'],
  ['sha-256', KEY_128, '00000002aa', '', '9b197dd1e8c5609d6e67c3e37c62c72e'],
  ['sha-256', KEY_128, '0000000255', '', '9fda0e56ab2d85e1569a688696c26a6c'],
  ['sha-384', KEY_256, '0000000299', '', 'ef5718be86cc84963d8bbb5031e9f5c4ba41f28faf69e73d'],
  [
    'sha-384',
    KEY_256,
    '00000002aa',
    '',
    '56ab22bee63d82d7bc5227f6773f8ea7a5eb1c825160c38312980c442e5c7e49',
  ],
  ['sha-384', KEY_256, '0000000255', '', '69b16514e3cd8e56b82010d5c73012b622c4d00ffc23ed1f'],
  [
    'sha-256',
    KEY_128,
    '707266',
    '74657374',
    '9d188616f63852fe86915bb840b4a886ff3e6bb0f819b49b893393d393854295',
  ],
  [
    'sha-384',
    KEY_256,
    '707266',
    '74657374',
    '9801f69a368c2bf675e59521e177d9a07f67efe1cfde8d3c8d6f6a0256e3b17db3c1b62ad1b8553360d17367eb1514d2',
  ],
] as const;

/** More than one block; made with `openssl kdf … KBKDF` of OpenSSL 3.0: label `label`, context `context`. */
const OPENSSL_KBKDF = [
  [
    'sha-256',
    100,
    '55de90b9c02fc01f2259ca14fe5b2b05877c7f58775ca779a0457f03f2b1470bde5bb7487866aea93b90b98faa38f89327f36b5fed6813bf83c5df45b3a125b11490caccdc89f7f8404ea377fb72f2bff5f6ddbe15c69a4416b8076dedfe5cfb692e877e',
  ],
  [
    'sha-384',
    100,
    'f59f0808e3c09a740641f6c38ee9e093b4495284dfca8a95f5bab303686f8527d078646a8a9294765b6c9280612b0599630042e286e7cdf49e835c97bde92a41331911c5c11d50aa2ed77da9829c3ee8497b0521e651d9fac2f85811031120909e328356',
  ],
  [
    'sha-512',
    200,
    '1736b041aecd3b78c0d3c1bcf6beb74186b1c8be2a422e1c00fea6eb9578dfc609e80c87de3d7dd4ba3ee26532aaf1fc3386465b305a89cfca17c18901c48e3033cc8bcfaac6268a2175ac47abfae19e63bf7b1b6328f9d355eee5e5578beee22385072b7f02be1b8f54e501368b369653ea091de73960f918b0c0f566c4b2f9110ca0085a010a78ea90f5f9a4239018bafee81abec7b32fa4f0c3f74c7ab4d0a1ed2eec0fba8fc3ed4c3a2f090e47af367d66ca2c1b991928310cee55366a4c2a6a139a0822dd66',
  ],
] as const;

export function describeMacs(open: () => Promise<CryptoProvider>): void {
  describe('MACs and key derivation', () => {
    let macs: Macs;
    beforeAll(async () => {
      macs = (await open()).macs;
    });
    const none = new Uint8Array(0);

    describe.each(SIGNATURE_DIGESTS)('HMAC %s', (algorithm) => {
      it.each(RFC_4231)('gives the answer of RFC 4231 for key $key', (row) => {
        const mac = macs.hmac(algorithm, bytes(row.key), bytes(row.data));
        expect(hex(mac)).toBe(row[algorithm]);
      });

      it('takes keys from 14 bytes on, and empty data', async () => {
        const key = new Uint8Array(14).fill(9);
        const expected = createHmac(algorithm.replace('-', ''), key).digest('hex');
        expect(hex(macs.hmac(algorithm, key, none))).toBe(expected);
        await expectFailure(() => macs.hmac(algorithm, key.subarray(1), none), 'INPUT_INVALID');
        await expectFailure(() => macs.hmac(algorithm, none, none), 'INPUT_INVALID');
      });
    });

    it.each(RFC_8009)(
      'KBKDF %s gives the answer of RFC 8009',
      (algorithm, key, label, context, expected) => {
        const length = expected.length / 2;
        const derived = macs.kbkdf(algorithm, bytes(key), bytes(label), bytes(context), length);
        expect(hex(derived)).toBe(expected);
      },
    );

    it.each(OPENSSL_KBKDF)(
      'KBKDF %s gives %i bytes over several blocks',
      (algorithm, length, expected) => {
        const [label, context] = [Buffer.from('label'), Buffer.from('context')];
        expect(hex(macs.kbkdf(algorithm, bytes(KEY_256), label, context, length))).toBe(expected);
      },
    );

    it('KBKDF derives 1 to 1024 bytes from keys of at least 14', async () => {
      const key = bytes(KEY_128);
      expect(macs.kbkdf('sha-256', key, none, none, 1)).toHaveLength(1);
      expect(macs.kbkdf('sha-256', key, none, none, 1024)).toHaveLength(1024);
      for (const length of [0, 1025, -1, 1.5]) {
        await expectFailure(() => macs.kbkdf('sha-256', key, none, none, length), 'INPUT_INVALID');
      }
      const short = key.subarray(0, 13);
      await expectFailure(() => macs.kbkdf('sha-256', short, none, none, 16), 'INPUT_INVALID');
    });

    it('KBKDF keeps label and context apart', () => {
      const derive = (label: string, context: string) =>
        hex(macs.kbkdf('sha-256', bytes(KEY_128), Buffer.from(label), Buffer.from(context), 32));
      expect(derive('ab', 'c')).not.toBe(derive('a', 'bc'));
      expect(derive('ab', '')).not.toBe(derive('', 'ab'));
    });
  });
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}
