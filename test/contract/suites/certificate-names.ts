import { describe, expect, it } from 'vitest';

import { certificateFields } from '../../support/certificate-fields.ts';
import { commonName, element, objectIdentifier, sequence, set } from '../../support/der-writer.ts';
import { handmadeCertificate, requestFor } from '../../support/handmade-documents.ts';
import { ecKey } from '../../support/handmade-keys.ts';
import type { Issue } from '../../support/issue.ts';
import { caOf } from '../../support/pki.ts';

const attribute = (oid: string, tag: number, value: string | Uint8Array): Buffer =>
  sequence(objectIdentifier(oid), element(tag, Buffer.from(value)));

/** A name with every string type, an attribute nobody knows, and an RDN of two attributes: legal, and rare. */
const RARE_NAME = sequence(
  set(attribute('2.5.4.6', 0x13, 'DE')),
  set(attribute('2.5.4.10', 0x14, Buffer.of(0x54, 0x36, 0xe4))),
  set(attribute('2.5.4.11', 0x1e, Buffer.from('0048006920ac', 'hex'))),
  set(attribute('2.5.4.7', 0x1c, Buffer.from('0000004800000069', 'hex'))),
  set(attribute('2.5.4.3', 0x0c, 'ü€😀'), attribute('2.5.4.5', 0x13, '4711')),
  set(attribute('0.9.2342.19200300.100.1.25', 0x16, 'example')),
  set(attribute('1.3.6.1.4.1.99999.1', 0x12, '0 4711')),
);

export function describeCertificateNames(issue: Issue): void {
  describe('names', () => {
    const subjectOf = async (...changes: Parameters<Issue>): Promise<string> =>
      certificateFields(await issue(...changes)).subject;

    it("are the CSR's subject, octet by octet, when no other is asked for", async () => {
      expect(await subjectOf()).toBe(commonName('P-256 service').toString('hex'));
      const csr = requestFor(ecKey('P-256'), { subject: RARE_NAME });
      expect(await subjectOf({ csr })).toBe(RARE_NAME.toString('hex'));
    });

    it('may be empty in the CSR, and stay so', async () => {
      const csr = requestFor(ecKey('P-256'), { subject: sequence() });
      expect(await subjectOf({ csr })).toBe('3000');
    });

    it("are the CSR's subject when an empty one is asked for", async () => {
      expect(await subjectOf({ subject: '' })).toBe(commonName('P-256 service').toString('hex'));
    });

    it("have the CA's subject as issuer, octet by octet", async () => {
      const { keyPem } = await caOf('P-256');
      const caCertificate = handmadeCertificate({ keyPem, subject: RARE_NAME });
      const { issuer } = certificateFields(await issue({ caCertificate }));
      expect(issuer).toBe(RARE_NAME.toString('hex'));
    });

    it('take the attributes asked for in their order, repetitions included', async () => {
      const subject = 'C=DE, O=Test Org, OU=A, OU=Dev, OU=A, L=Walldorf, ST=BW, CN=test';
      expect(await subjectOf({ subject })).toBe(
        sequence(
          set(attribute('2.5.4.6', 0x13, 'DE')),
          set(attribute('2.5.4.10', 0x13, 'Test Org')),
          set(attribute('2.5.4.11', 0x13, 'A')),
          set(attribute('2.5.4.11', 0x13, 'Dev')),
          set(attribute('2.5.4.11', 0x13, 'A')),
          set(attribute('2.5.4.7', 0x13, 'Walldorf')),
          set(attribute('2.5.4.8', 0x13, 'BW')),
          set(attribute('2.5.4.3', 0x13, 'test')),
        ).toString('hex'),
      );
    });

    it.each([
      ['space around entries', ' \tCN=a\n', 0x13, 'a'],
      ['empty entries', ',,CN=a, ,', 0x13, 'a'],
      ['space after the equals sign, which belongs to the value', 'CN= a', 0x13, ' a'],
      ['an equals sign in the value', 'CN=a=b', 0x13, 'a=b'],
      ['no value', 'CN=', 0x13, ''],
      ['all that a PrintableString can hold', "CN=aZ09 '()+-./:=?", 0x13, "aZ09 '()+-./:=?"],
      ['an asterisk, which a PrintableString cannot hold', 'CN=*.a', 0x0c, '*.a'],
      ['an ampersand', 'CN=a&b', 0x0c, 'a&b'],
      ['an at sign', 'CN=a@b', 0x0c, 'a@b'],
      ['letters beyond ASCII', 'CN=Bürgeramt €😀', 0x0c, 'Bürgeramt €😀'],
      ['half a surrogate pair', 'CN=\ud800', 0x0c, '\ufffd'],
      ['a line feed inside', 'CN=a\nb', 0x0c, 'a\nb'],
      ['an escaped quote, which is nothing special', 'CN=\\"a"', 0x0c, '\\"a"'],
    ] as const)('read %s', async (_name, subject, tag, value) => {
      const expected = sequence(set(attribute('2.5.4.3', tag, value)));
      expect(await subjectOf({ subject })).toBe(expected.toString('hex'));
    });

    it('take a subject of 1,024 bytes', async () => {
      const subject = `CN=${'a'.repeat(1021)}`;
      const expected = sequence(set(attribute('2.5.4.3', 0x13, 'a'.repeat(1021))));
      expect(await subjectOf({ subject })).toBe(expected.toString('hex'));
    });
  });
}
