import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseSpiffeIdentity, uriNames } from '../../../src/uplink-wire/index.ts';
import { parseUriNames } from '../../../src/uplink-wire/peer-identity.ts';
import { issueLeaf, makeUplinkCa } from '../../support/uplink-pki.ts';

const CORE = 'spiffe://example.org/core/eu-1';

describe('the URI names of a certificate', () => {
  it.each([
    [[CORE], [CORE]],
    [
      [CORE, 'https://x/y'],
      [CORE, 'https://x/y'],
    ],
    // Node quotes it; unquoted it would read as two names.
    [[`https://x/, URI:${CORE}`], [`https://x/, URI:${CORE}`]],
    [['https://x/"quoted"'], ['https://x/"quoted"']],
    [[], []],
  ])('%j are read as %j', async (uris, expected) => {
    const ca = await makeUplinkCa();
    const leaf = await issueLeaf(ca, {
      usage: 'server',
      uris,
      dnsNames: ['core.example.org'],
      addresses: ['127.0.0.1', '::1'],
    });
    expect(uriNames(new X509Certificate(leaf.certificatePem))).toEqual(expected);
  });

  it('of a certificate without names are none', async () => {
    const { certificatePem } = await makeUplinkCa();
    expect(uriNames(new X509Certificate(certificatePem))).toEqual([]);
  });

  it.each([
    `URI:${CORE}"`,
    `URI:"${CORE}`,
    `URI:"${CORE}"x`,
    `URI:"\\x"`,
    `URI:${CORE},URI:x`,
    CORE.replace('spiffe', ''),
    `URI:${'x'.repeat(20_000)}`,
  ])('of a text that does not parse are none: %.60s', (text) => {
    expect(parseUriNames(text)).toEqual([]);
  });
});

describe('a SPIFFE identity', () => {
  it('has a trust domain, a role and a name', () => {
    expect(parseSpiffeIdentity('spiffe://example.org/gateway/eu/gw-1')).toEqual({
      trustDomain: 'example.org',
      role: 'gateway',
      name: 'eu/gw-1',
    });
  });

  it.each([
    'spiffe://example.org',
    'spiffe://example.org/core',
    'spiffe://example.org/core/',
    'spiffe://example.org//core/x',
    'spiffe://example.org/core/../gateway',
    'spiffe://Example.org/core/x',
    'spiffe://user@example.org/core/x',
    'spiffe://example.org:443/core/x',
    'spiffe://example.org/core/x?y',
    'spiffe://example.org/core/%2e',
    'https://example.org/core/x',
    ` ${CORE}`,
    `${CORE}\n`,
    `spiffe://example.org/core/${'x'.repeat(3000)}`,
  ])('is not %.60j', (text) => {
    expect(parseSpiffeIdentity(text)).toBeUndefined();
  });
});
