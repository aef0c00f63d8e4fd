import { describe, expect, it } from 'vitest';

import type { DigestName } from '../../src/crypto/algorithms.ts';
import { openNative, openPure } from '../support/providers.ts';

/** Messages of NIST's "Examples with Intermediate Values" for FIPS 180-4 and FIPS 202; SHA-3's are of 0 and 1600 bits. */
const MESSAGES = {
  empty: Buffer.alloc(0),
  abc: Buffer.from('abc'),
  'two blocks of 512 bits': Buffer.from('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
  'two blocks of 1024 bits': Buffer.from(
    'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
  ),
  'a million times a': Buffer.alloc(1_000_000, 'a'),
  '1600 bits': Buffer.alloc(200, 0xa3),
} as const;

const EXAMPLES: readonly (readonly [DigestName, keyof typeof MESSAGES, string])[] = [
  ['sha-256', 'empty', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['sha-256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha-256',
    'two blocks of 512 bits',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    'sha-256',
    'a million times a',
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  ],
  [
    'sha-384',
    'empty',
    '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
  ],
  [
    'sha-384',
    'abc',
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  ],
  [
    'sha-384',
    'two blocks of 1024 bits',
    '09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039',
  ],
  [
    'sha-384',
    'a million times a',
    '9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985',
  ],
  [
    'sha-512',
    'empty',
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  ],
  [
    'sha-512',
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    'sha-512',
    'two blocks of 1024 bits',
    '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
  ],
  [
    'sha-512',
    'a million times a',
    'e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b',
  ],
  ['sha-512/256', 'empty', 'c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a'],
  ['sha-512/256', 'abc', '53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23'],
  [
    'sha-512/256',
    'two blocks of 1024 bits',
    '3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a',
  ],
  ['sha3-256', 'empty', 'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a'],
  ['sha3-256', '1600 bits', '79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787'],
  [
    'sha3-384',
    'empty',
    '0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004',
  ],
  [
    'sha3-384',
    '1600 bits',
    '1881de2ca7e41ef95dc4732b8f5f002b189cc1e42b74168ed1732649ce1dbcdd76197a31fd55ee989f2d7050dd473e8f',
  ],
  [
    'sha3-512',
    'empty',
    'a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26',
  ],
  [
    'sha3-512',
    '1600 bits',
    'e76dfad22084a8b1467fcf2ffa58361bec7628edf5f3fdc0e4805dc48caeeca81b7c13c30adf52a3659584739a2df46be589c51ca1a4a8416df6545a1ce8ba00',
  ],
  ['shake-128', 'empty', '7f9c2ba4e88f827d616045507605853e'],
  ['shake-128', '1600 bits', '131ab8d2b594946b9c81333f9bb6e0ce'],
  ['shake-256', 'empty', '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f'],
  ['shake-256', '1600 bits', 'cd8a920ed141aa0407a22d59288652e9d9f1a7ee0c1e7c1ca699424da84a904d'],
];

describe.each([
  ['native', openNative],
  ['pure', openPure],
] as const)('%s: examples of FIPS 180-4 and FIPS 202', (_name, open) => {
  it.each(EXAMPLES)('%s of %s', async (algorithm, message, expected) => {
    const { digests } = await open();
    expect(digests.hex(algorithm, MESSAGES[message])).toBe(expected);
  });
});
