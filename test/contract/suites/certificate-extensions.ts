import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { KEY_USAGES, type KeyUsage } from '../../../src/crypto/provider.ts';
import { certificateFields } from '../../support/certificate-fields.ts';
import { LEAF_POLICY, policy } from '../../support/certificate-requests.ts';
import { commonName, octetString } from '../../support/der-writer.ts';
import { handmadeCertificate, handmadeExtension } from '../../support/handmade-documents.ts';
import { spkiOf } from '../../support/handmade-keys.ts';
import type { Issue } from '../../support/issue.ts';
import { caOf, requestOf } from '../../support/pki.ts';

/** Extension identifiers as their DER contents (RFC 5280 §4.2.1). */
const OID = {
  subjectKeyIdentifier: '551d0e',
  keyUsage: '551d0f',
  basicConstraints: '551d13',
  crlDistributionPoints: '551d1f',
  authorityKeyIdentifier: '551d23',
  extendedKeyUsage: '551d25',
} as const;

const CA_BASIC_CONSTRAINTS = { oid: OID.basicConstraints, critical: true, value: '30030101ff' };

export function describeCertificateExtensions(issue: Issue): void {
  describe('extensions', () => {
    const extensionsOf = async (...changes: Parameters<Issue>) =>
      certificateFields(await issue(...changes)).extensions;

    it('of a leaf stand in the order and the octets of the Open Crypto Broker', async () => {
      const extensions = await extensionsOf({
        policy: policy({ extendedKeyUsage: ['serverAuth', 'clientAuth'] }),
        crlDistributionPoints: ['http://a.example/crl', 'https://b.example/'],
      });
      expect(extensions).toEqual([
        { oid: OID.keyUsage, critical: true, value: '030205a0' },
        {
          oid: OID.extendedKeyUsage,
          critical: false,
          value: '301406082b0601050507030106082b06010505070302',
        },
        await authorityKeyIdentifier(),
        {
          oid: OID.crlDistributionPoints,
          critical: false,
          value: [
            '3036',
            `301aa018a0168614${ascii('http://a.example/crl')}`,
            `3018a016a0148612${ascii('https://b.example/')}`,
          ].join(''),
        },
        { oid: OID.basicConstraints, critical: false, value: '3000' },
        await subjectKeyIdentifier(),
      ]);
    });

    it('of a CA stand in another order, with critical basic constraints', async () => {
      const extensions = await extensionsOf({
        policy: policy({
          keyUsage: ['keyCertSign', 'cRLSign'],
          extendedKeyUsage: ['OCSPSigning'],
          basicConstraints: { ca: true, pathLength: 0 },
        }),
        crlDistributionPoints: ['http://a.example/crl'],
      });
      expect(extensions).toEqual([
        { oid: OID.keyUsage, critical: true, value: '03020106' },
        { oid: OID.extendedKeyUsage, critical: false, value: '300a06082b06010505070309' },
        { oid: OID.basicConstraints, critical: true, value: '30060101ff020100' },
        await authorityKeyIdentifier(),
        {
          oid: OID.crlDistributionPoints,
          critical: false,
          value: `301c301aa018a0168614${ascii('http://a.example/crl')}`,
        },
        await subjectKeyIdentifier(),
      ]);
    });

    it.each([
      [undefined, '30030101ff'],
      [0, '30060101ff020100'],
      [7, '30060101ff020107'],
      [127, '30060101ff02017f'],
      [128, '30070101ff02020080'],
      [255, '30070101ff020200ff'],
    ])('limit the path to %s', async (pathLength, value) => {
      const basicConstraints = pathLength === undefined ? { ca: true } : { ca: true, pathLength };
      const extensions = await extensionsOf({ policy: policy({ basicConstraints }) });
      expect(extensions[2]).toEqual({ ...CA_BASIC_CONSTRAINTS, value });
    });

    it.each<[string, readonly KeyUsage[]]>([
      ['03020780', ['digitalSignature']],
      ['03020640', ['contentCommitment']],
      ['03020520', ['keyEncipherment']],
      ['03020410', ['dataEncipherment']],
      ['03020308', ['keyAgreement']],
      ['03020204', ['keyCertSign']],
      ['03020102', ['cRLSign']],
      ['03020001', ['encipherOnly']],
      ['0303070080', ['decipherOnly']],
      ['030307ff80', KEY_USAGES],
    ])('encode key usage as %s for %j', async (value, keyUsage) => {
      const extensions = await extensionsOf({ policy: policy({ keyUsage }) });
      expect(extensions[0]).toEqual({ oid: OID.keyUsage, critical: true, value });
    });

    it('leave key usages and purposes out when there are none', async () => {
      const bare = policy({ keyUsage: [], extendedKeyUsage: [] });
      const oids = (await extensionsOf({ policy: bare })).map(({ oid }) => oid);
      expect(oids).toEqual([
        OID.authorityKeyIdentifier,
        OID.basicConstraints,
        OID.subjectKeyIdentifier,
      ]);
    });

    it('keep the purposes in the order of the profile', async () => {
      const extendedKeyUsage = ['timeStamping', 'emailProtection', 'codeSigning'] as const;
      const extensions = await extensionsOf({ policy: policy({ extendedKeyUsage }) });
      expect(extensions[1]?.value).toBe(
        '301e06082b0601050507030806082b0601050507030406082b06010505070303',
      );
    });

    it('hold 16 distribution points of 2,048 bytes', async () => {
      const points = Array.from({ length: 16 }, (_, i) => `http://${i}.example/`.padEnd(2048, 'x'));
      const extensions = await extensionsOf({ crlDistributionPoints: points });
      const value = Buffer.from(extensions[3]?.value ?? '', 'hex').toString('latin1');
      expect(points.every((point) => value.includes(point))).toBe(true);
    });

    it('name no authority key when the CA certificate has no key identifier', async () => {
      const { keyPem } = await caOf('P-256');
      const caCertificate = handmadeCertificate({ keyPem });
      expect(await hasAuthorityKey({ caCertificate })).toBe(false);
    });

    it("repeat the CA's key identifier unmodified, whatever its length", async () => {
      const { keyPem } = await caOf('P-256');
      const identifier = Buffer.from('0102030405', 'hex');
      const extensions = [handmadeExtension('2.5.29.14', octetString(identifier))];
      const caCertificate = handmadeCertificate({ keyPem, extensions });
      const [, , authority] = await extensionsOf({ caCertificate });
      expect(authority).toEqual({
        oid: OID.authorityKeyIdentifier,
        critical: false,
        value: '300780050102030405',
      });
    });

    it('name no authority key when subject and issuer are the same name', async () => {
      const { keyPem } = await caOf('P-256');
      const extensions = [handmadeExtension('2.5.29.14', octetString(Buffer.from('id')))];
      const subject = commonName('P-256 service');
      const own = handmadeCertificate({ keyPem, extensions, subject });
      expect(await hasAuthorityKey({ caCertificate: own })).toBe(false);
      const other = handmadeCertificate({ keyPem, extensions });
      expect(await hasAuthorityKey({ caCertificate: other })).toBe(true);
    });

    async function hasAuthorityKey(changes: Parameters<Issue>[0]): Promise<boolean> {
      const extensions = await extensionsOf(changes);
      return extensions.some(({ oid }) => oid === OID.authorityKeyIdentifier);
    }
  });
}

async function authorityKeyIdentifier() {
  const { keyPem } = await caOf('P-256');
  return {
    oid: OID.authorityKeyIdentifier,
    critical: false,
    value: `30168014${pointSha1(spkiOf(keyPem))}`,
  };
}

async function subjectKeyIdentifier() {
  const { keyPem } = await requestOf('P-256');
  expect(LEAF_POLICY.skiDigest).toBe('sha-1');
  return {
    oid: OID.subjectKeyIdentifier,
    critical: false,
    value: `0414${pointSha1(spkiOf(keyPem))}`,
  };
}

/** Method 1 of RFC 5280 §4.2.1.2, for a P-256 key: its point has 65 octets. */
function pointSha1(spki: Uint8Array): string {
  return createHash('sha1').update(spki.subarray(-65)).digest('hex');
}

function ascii(text: string): string {
  return Buffer.from(text).toString('hex');
}
