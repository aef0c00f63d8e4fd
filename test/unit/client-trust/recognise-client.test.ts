import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  createClientVerifier,
  readTrust,
  recogniseClient,
  type ClientRefusal,
  type Recognition,
} from '../../../src/client-trust/index.ts';
import type {
  ClientRule,
  ClientTrust,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { element } from '../../support/der-writer.ts';
import {
  alternativeNames,
  CLIENT_AUTH,
  extension,
  keyUsage,
  makeCa,
  makeCertificate,
  nameOf,
  purposes,
  SERVER_AUTH,
  type AlternativeName,
  type CertificateOptions,
  type HandmadeCertificate,
} from '../../support/handmade-certificates.ts';

const ca = makeCa('acme root');
const otherCa = makeCa('other root');
const NOW = Date.now();

type Match = NonNullable<ClientRule['match']>;
const rule = (match: Match, serviceId = 'orders', operations: string[] = []): ClientRule => ({
  ...{ match, serviceId, operations },
});
const spiffe = (value: string): Match => ({ $case: 'spiffePrefix', value });

function trustOf(
  tenantId: string,
  anchors: readonly HandmadeCertificate[],
  ...rules: readonly ClientRule[]
): ClientTrust {
  const caBundle = Buffer.from(anchors.map(({ pem }) => pem).join('\n'));
  return { tenantId, caBundle, rules: [...rules] };
}

const WORKLOAD = 'spiffe://acme.example/ns/prod/app';
const ACME = trustOf('acme', [ca], rule(spiffe('spiffe://acme.example/ns/')));

/** A client certificate of the CA, by default one that fits. */
function leaf(options: CertificateOptions = {}): HandmadeCertificate {
  return makeCertificate({
    issuer: ca,
    extensions: [purposes(CLIENT_AUTH), alternativeNames(['uri', WORKLOAD])],
    ...options,
  });
}

const withNames = (...names: readonly AlternativeName[]): HandmadeCertificate =>
  leaf({ extensions: [purposes(CLIENT_AUTH), alternativeNames(...names)] });

function recognise(
  chain: readonly HandmadeCertificate[],
  trust: readonly ClientTrust[] = [ACME],
  now = NOW,
): Recognition {
  const ders = chain.map(({ der }) => der);
  return recogniseClient(ders, readTrust(trust).tenants, now);
}

function serviceOf(
  chain: readonly HandmadeCertificate[],
  trust: readonly ClientTrust[],
): string | undefined {
  const recognition = recognise(chain, trust);
  if (!('client' in recognition)) return undefined;
  return `${recognition.client.tenantId}/${recognition.client.serviceId}`;
}

function expectRefused(recognition: Recognition, refused: ClientRefusal): void {
  expect(recognition).toMatchObject({ refused });
}

describe('a client', () => {
  it('is known by its SPIFFE ID, its chain and the first rule that fits', () => {
    const certificate = leaf();
    const recognition = recognise([certificate]);
    const spki = createPublicKey(certificate.key).export({ format: 'der', type: 'spki' });
    expect(recognition).toEqual({
      client: {
        tenantId: 'acme',
        serviceId: 'orders',
        operations: undefined,
        name: WORKLOAD,
        spiffeId: WORKLOAD,
        subject: 'CN=somebody',
        issuer: 'CN=acme root',
        serial: new X509Certificate(certificate.der).serialNumber.toLowerCase(),
        spkiSha256: createHash('sha256').update(spki).digest(),
      },
    });
  });

  it('may do what the rule names', () => {
    const trust = trustOf('acme', [ca], rule(spiffe(WORKLOAD), 'orders', ['Get', 'Locate']));
    expect(recognise([leaf()], [trust])).toMatchObject({
      client: { operations: new Set(['Get', 'Locate']) },
    });
  });

  it.each([
    ['spiffe://acme.example/ns/prod/app', true],
    ['spiffe://acme.example/ns/prod/', true],
    ['spiffe://acme.example/', true],
    ['spiffe://acme.example/ns/prod', false],
    ['spiffe://acme.example/ns/prod/ap', false],
    ['spiffe://acme.example/ns/prod/app/', false],
    ['spiffe://acme.example', false],
    ['spiffe://acme', false],
    ['', false],
  ])('is at or below the prefix %s: %s', (prefix, fits) => {
    const trust = trustOf('acme', [ca], rule(spiffe(prefix)));
    expect('client' in recognise([leaf()], [trust])).toBe(fits);
  });

  it('is known by the first of several rules', () => {
    const rules = [
      rule(spiffe('spiffe://acme.example/other/'), 'none'),
      rule(spiffe(WORKLOAD), 'first'),
      rule(spiffe('spiffe://acme.example/'), 'second'),
    ];
    expect(serviceOf([leaf()], [trustOf('acme', [ca], ...rules)])).toBe('acme/first');
  });

  it('without a SPIFFE ID is known by subject, common name, organizational unit, DNS name or mailbox', () => {
    const certificate = leaf({
      subject: nameOf(
        ...([
          ['C', 'DE'],
          ['O', 'Example, "Inc"'],
          ['OU', 'space:2'],
          ['OU', 'app:1'],
          ['CN', 'app-1'],
        ] as const),
      ),
      extensions: [
        purposes(CLIENT_AUTH),
        alternativeNames(['dns', 'App-1.example.org'], ['email', 'Ops@Example.org']),
      ],
    });
    const serviceBy = (match: Match): string | undefined =>
      serviceOf([certificate], [trustOf('acme', [ca], rule(match))]);
    const fitting: readonly Match[] = [
      { $case: 'subject', value: 'C=DE,O=Example\\, \\"Inc\\",OU=space:2,OU=app:1,CN=app-1' },
      { $case: 'commonName', value: 'app-1' },
      { $case: 'organizationalUnit', value: 'space:2' },
      { $case: 'organizationalUnit', value: 'app:1' },
      { $case: 'dnsName', value: 'app-1.EXAMPLE.org' },
      { $case: 'email', value: 'Ops@example.ORG' },
    ];
    for (const match of fitting) expect(serviceBy(match)).toBe('acme/orders');
    const others: readonly Match[] = [
      { $case: 'subject', value: 'CN=app-1,O=Example\\, \\"Inc\\",C=DE' },
      { $case: 'subject', value: 'C=DE,O=Example, "Inc",CN=app-1' },
      { $case: 'commonName', value: 'App-1' },
      { $case: 'organizationalUnit', value: 'app:2' },
      { $case: 'organizationalUnit', value: 'app' },
      { $case: 'organizationalUnit', value: 'app-1' },
      { $case: 'dnsName', value: 'example.org' },
      { $case: 'dnsName', value: '*.example.org' },
      { $case: 'email', value: 'ops@example.org' },
      spiffe('spiffe://acme.example/'),
    ];
    for (const match of others) expect(serviceBy(match)).toBeUndefined();
  });

  it('with a SPIFFE ID is known by nothing else', () => {
    const certificate = leaf({
      subject: nameOf(['CN', 'admin']),
      extensions: [
        purposes(CLIENT_AUTH),
        alternativeNames(['uri', WORKLOAD], ['dns', 'admin.example']),
      ],
    });
    const rules = [
      rule({ $case: 'commonName', value: 'admin' }),
      rule({ $case: 'subject', value: 'CN=admin' }),
      rule({ $case: 'dnsName', value: 'admin.example' }),
    ];
    const refused = recognise([certificate], [trustOf('acme', [ca], ...rules)]);
    expectRefused(refused, 'no rule fits the certificate');
  });
});

describe('a certificate', () => {
  it.each<[string, HandmadeCertificate | undefined, ClientRefusal]>([
    ['that is not there', undefined, 'there is no certificate'],
    [
      'with two SPIFFE IDs',
      withNames(['uri', WORKLOAD], ['uri', 'spiffe://acme.example/ns/b']),
      'the certificate has more than one URI name',
    ],
    [
      'with a SPIFFE ID and another URI',
      withNames(['uri', WORKLOAD], ['uri', 'https://acme.example/']),
      'the certificate has more than one URI name',
    ],
    [
      'with no name that a rule knows',
      withNames(['dns', 'a.example']),
      'no rule fits the certificate',
    ],
    [
      'without any alternative name',
      leaf({ extensions: [purposes(CLIENT_AUTH)] }),
      'no rule fits the certificate',
    ],
    [
      'for servers',
      leaf({ extensions: [purposes(SERVER_AUTH), alternativeNames(['uri', WORKLOAD])] }),
      'the certificate is not for TLS clients',
    ],
    [
      'for any purpose',
      leaf({ extensions: [purposes('2.5.29.37.0'), alternativeNames(['uri', WORKLOAD])] }),
      'the certificate is not for TLS clients',
    ],
    [
      'without a purpose',
      leaf({ extensions: [alternativeNames(['uri', WORKLOAD])] }),
      'the certificate is not for TLS clients',
    ],
    [
      'that may not sign',
      leaf({
        extensions: [keyUsage(0x20), purposes(CLIENT_AUTH), alternativeNames(['uri', WORKLOAD])],
      }),
      'the certificate is not for TLS clients',
    ],
    ['that has ended', leaf({ notAfter: NOW - 1000 }), 'the certificate is not valid now'],
    [
      'that has not begun',
      leaf({ notBefore: NOW + 3_600_000 }),
      'the certificate is not valid now',
    ],
    ['of a CA', makeCa('sub', { issuer: ca }), 'the certificate is that of a CA'],
    ['of another CA', leaf({ issuer: otherCa }), 'no tenant vouches for the certificate'],
    [
      'of a CA of the same name with another key',
      leaf({ issuer: makeCa('acme root') }),
      'no tenant vouches for the certificate',
    ],
    ['signed with SHA-1', leaf({ digest: 'sha1' }), 'no tenant vouches for the certificate'],
    [
      'with a critical extension nobody knows',
      leaf({
        extensions: [
          purposes(CLIENT_AUTH),
          alternativeNames(['uri', WORKLOAD]),
          extension('1.2.3.4.6', element(0x05), true),
        ],
      }),
      'no tenant vouches for the certificate',
    ],
    [
      'with a name that is too long',
      leaf({ subject: nameOf(['O', 'o'.repeat(5000)]) }),
      'a name in the certificate is too long',
    ],
  ])('%s is refused', (_what, certificate, refused) => {
    expectRefused(recognise(certificate === undefined ? [] : [certificate]), refused);
  });

  it.each([
    'http://acme.example/ns/prod/app',
    'SPIFFE://acme.example/ns/a',
    'spiffe://ACME.example/ns/a',
    'spiffe://acme.example',
    'spiffe://acme.example/',
    'spiffe:///ns/a',
    'spiffe://acme.example:443/ns/a',
    'spiffe://user@acme.example/ns/a',
    'spiffe://acme.example/ns/a?x=y',
    'spiffe://acme.example/ns/a#b',
    'spiffe://acme.example/ns//a',
    'spiffe://acme.example/ns/a/',
    'spiffe://acme.example/ns/../a',
    'spiffe://acme.example/ns/./a',
    'spiffe://acme.example/ns/%61',
    `spiffe://acme.example/${'a'.repeat(2100)}`,
    `spiffe://${'a'.repeat(256)}/a`,
  ])('with the URI %s has no SPIFFE ID', (uri) => {
    expectRefused(recognise([withNames(['uri', uri])]), 'the URI name is not a SPIFFE ID');
  });

  it.each<[string, HandmadeCertificate]>([
    ['a NUL', withNames(['uri', Buffer.from(`${WORKLOAD}\0.evil.example`)])],
    ['a line end', withNames(['uri', `${WORKLOAD}\n`])],
    ['a space', withNames(['dns', 'a b'])],
    ['nothing in it', withNames(['dns', ''])],
    ['a letter that is not ASCII', withNames(['dns', 'ä.example'])],
    [
      'its names twice',
      leaf({
        extensions: [
          purposes(CLIENT_AUTH),
          alternativeNames(['uri', WORKLOAD]),
          alternativeNames(['uri', WORKLOAD]),
        ],
      }),
    ],
    [
      'names that are no list',
      leaf({ extensions: [purposes(CLIENT_AUTH), extension('2.5.29.17', element(0x05))] }),
    ],
  ])('whose name has %s cannot be read', (_what, certificate) => {
    expectRefused(recognise([certificate]), 'the certificate cannot be read');
  });

  it('has only the names it has, however one of them reads', () => {
    // CVE-2021-44532: as text, one name that looks like two.
    const uri = `https://x.example/,URI:${WORKLOAD}`;
    expectRefused(recognise([withNames(['uri', uri])]), 'the URI name is not a SPIFFE ID');
    const dns = `a.example,URI:${WORKLOAD}`;
    const trust = trustOf(
      'acme',
      [ca],
      rule(spiffe(WORKLOAD)),
      rule({ $case: 'dnsName', value: 'a.example' }),
    );
    const refused = recognise([withNames(['dns', dns])], [trust]);
    expectRefused(refused, 'no rule fits the certificate');
    const subject = nameOf(['CN', 'app,CN=admin']);
    const byCommonName = trustOf('acme', [ca], rule({ $case: 'commonName', value: 'admin' }));
    const bySubject = trustOf('acme', [ca], rule({ $case: 'subject', value: 'CN=app,CN=admin' }));
    const certificate = leaf({ subject, extensions: [purposes(CLIENT_AUTH)] });
    for (const tenant of [byCommonName, bySubject]) {
      expectRefused(recognise([certificate], [tenant]), 'no rule fits the certificate');
    }
  });

  it('with two common names has none', () => {
    const subject = nameOf(['CN', 'admin'], ['CN', 'app']);
    const certificate = leaf({ subject, extensions: [purposes(CLIENT_AUTH)] });
    for (const value of ['admin', 'app', 'admin,app']) {
      const trust = trustOf('acme', [ca], rule({ $case: 'commonName', value }));
      expectRefused(recognise([certificate], [trust]), 'no rule fits the certificate');
    }
    const whole = trustOf('acme', [ca], rule({ $case: 'subject', value: 'CN=admin,CN=app' }));
    expect(serviceOf([certificate], [whole])).toBe('acme/orders');
  });

  it('with a NUL in its common name is not known by what stands before it', () => {
    const subject = nameOf(['CN', 'admin\0.evil.example']);
    const certificate = leaf({ subject, extensions: [purposes(CLIENT_AUTH)] });
    const trust = trustOf('acme', [ca], rule({ $case: 'commonName', value: 'admin' }));
    const refused = recognise([certificate], [trust]);
    expect(refused).toMatchObject({
      refused: 'no rule fits the certificate',
      facts: { subject: 'CN=admin\\00.evil.example' },
    });
  });

  it('shows values of types that mean different things to different readers as bytes', () => {
    const subject = nameOf(['oid', 'x'], ['O', element(0x14, Buffer.from('tt'))], ['CN', ' #a ']);
    expect(recognise([leaf({ subject, extensions: [] })])).toMatchObject({
      facts: { subject: '1.2.3.4.5=#0c0178,O=#14027474,CN=\\ #a\\ ' },
    });
  });

  it('that is no certificate is refused', () => {
    const { tenants } = readTrust([ACME]);
    const { der } = leaf();
    const broken = [
      new Uint8Array(),
      Buffer.alloc(100, 0x30),
      der.subarray(0, -1),
      Buffer.concat([der, Buffer.of(0)]),
      Buffer.alloc(20_000, 0x30),
    ];
    for (const bytes of broken) {
      expectRefused(recogniseClient([bytes], tenants, NOW), 'the certificate cannot be read');
    }
  });
});

describe('a chain', () => {
  const first = makeCa('first', { issuer: ca });
  const second = makeCa('second', { issuer: first });
  const third = makeCa('third', { issuer: second });

  it('leads over intermediates, in any order, to the tenant’s CA', () => {
    expect(serviceOf([leaf({ issuer: first }), first], [ACME])).toBe('acme/orders');
    expect(serviceOf([leaf({ issuer: second }), first, second], [ACME])).toBe('acme/orders');
    expect(serviceOf([leaf({ issuer: second }), second, first, ca], [ACME])).toBe('acme/orders');
  });

  it('has four certificates at most', () => {
    const chain = [leaf({ issuer: third }), third, second, first];
    expectRefused(recognise(chain), 'no tenant vouches for the certificate');
    // A CA that is trusted itself ends the path earlier.
    const trust = trustOf('acme', [first], rule(spiffe(WORKLOAD)));
    expect(serviceOf(chain, [trust])).toBe('acme/orders');
  });

  it('misses a certificate that is not sent', () => {
    expectRefused(recognise([leaf({ issuer: first })]), 'no tenant vouches for the certificate');
  });

  it.each<[string, HandmadeCertificate]>([
    ['has ended', makeCa('sub', { issuer: ca, notAfter: NOW - 1000 })],
    ['is no CA', leaf({ subject: nameOf(['CN', 'sub']) })],
    [
      'may not sign certificates',
      makeCertificate({
        issuer: ca,
        subject: nameOf(['CN', 'sub']),
        extensions: [
          extension('2.5.29.19', Buffer.from('30030101ff', 'hex'), true),
          keyUsage(0x80),
        ],
      }),
    ],
    ['is for servers', makeCa('sub', { issuer: ca, extensions: [purposes(SERVER_AUTH)] })],
    [
      'constrains names',
      makeCa('sub', {
        issuer: ca,
        extensions: [extension('2.5.29.30', Buffer.from('3000', 'hex'))],
      }),
    ],
    [
      'has a critical extension nobody knows',
      makeCa('sub', { issuer: ca, extensions: [extension('1.2.3.4', element(0x05), true)] }),
    ],
  ])('over a CA that %s leads nowhere', (_what, intermediate) => {
    const chain = [leaf({ issuer: intermediate }), intermediate];
    expectRefused(recognise(chain), 'no tenant vouches for the certificate');
  });

  it('keeps to the path lengths of its CAs', () => {
    const short = makeCa('short root', { pathLength: 0 });
    const below = makeCa('below', { issuer: short });
    const trust = trustOf('acme', [short], rule(spiffe(WORKLOAD)));
    expect(serviceOf([leaf({ issuer: short })], [trust])).toBe('acme/orders');
    expect(serviceOf([leaf({ issuer: below }), below], [trust])).toBeUndefined();
  });

  it('ends at a CA that is valid itself', () => {
    const ended = makeCa('ended root', { notAfter: NOW - 1000 });
    const trust = trustOf('acme', [ended], rule(spiffe(WORKLOAD)));
    expectRefused(
      recognise([leaf({ issuer: ended })], [trust]),
      'no tenant vouches for the certificate',
    );
  });

  it('of weak RSA keys leads nowhere', () => {
    const weak = makeCa('weak root', { rsaBits: 1024 });
    const strong = makeCa('strong root', { rsaBits: 2048 });
    for (const [root, service] of [
      [weak, undefined],
      [strong, 'acme/orders'],
    ] as const) {
      const trust = trustOf('acme', [root], rule(spiffe(WORKLOAD)));
      expect(serviceOf([leaf({ issuer: root })], [trust])).toBe(service);
    }
  });

  it('of many certificates of one name costs a bounded number of signatures', () => {
    const same = Array.from({ length: 9 }, () => makeCa('same', { issuer: makeCa('same') }));
    const [top] = same;
    if (top === undefined) throw new Error('no CA');
    const started = performance.now();
    expectRefused(
      recognise([leaf({ issuer: top }), ...same]),
      'no tenant vouches for the certificate',
    );
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('tenants', () => {
  it('vouch for their own CA’s clients alone', () => {
    const other = trustOf('other', [otherCa], rule(spiffe('spiffe://acme.example/')));
    expect(serviceOf([leaf()], [other])).toBeUndefined();
    expect(serviceOf([leaf()], [other, ACME])).toBe('acme/orders');
    expect(serviceOf([leaf({ issuer: otherCa })], [ACME, other])).toBe('other/orders');
  });

  it('are served by the good part of a bad bundle', () => {
    const good = Buffer.from(ca.pem);
    const caBundle = Buffer.concat([
      Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      Buffer.from(leaf().pem),
      good,
    ]);
    const trust = { ...ACME, caBundle };
    expect(readTrust([trust]).problems).toEqual([
      { tenantId: 'acme', problem: 'a CA certificate cannot be read' },
      { tenantId: 'acme', problem: 'a certificate in the bundle is not that of a CA' },
    ]);
    expect(serviceOf([leaf()], [trust])).toBe('acme/orders');
    const empty = { ...ACME, caBundle: Buffer.from('nothing') };
    expect(readTrust([empty]).problems).toHaveLength(1);
    expect(serviceOf([leaf()], [empty])).toBeUndefined();
  });

  it('can be asked about one at a time', () => {
    const verifier = createClientVerifier();
    const chain = [leaf().der];
    for (let time = 0; time < 2; time += 1) {
      expect(verifier.verify(chain, ACME, NOW)).toMatchObject({
        serviceId: 'orders',
        name: WORKLOAD,
      });
    }
    expect(verifier.verify(chain, { ...ACME, rules: [] }, NOW)).toEqual({
      refused: 'no rule fits the certificate',
    });
  });
});
