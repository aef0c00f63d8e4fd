import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateEnd } from '../../../src/tls-files/certificate-end.ts';
import {
  certificateSamples,
  numbered,
  readTlsFile,
  requireCa,
  requirePair,
  type RefuseTlsFile,
} from '../../../src/tls-files/index.ts';
import { makeCa, makeCertificate } from '../../support/handmade-certificates.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const refuse: RefuseTlsFile = (kind, problem) => new Error(`the ${kind} file ${problem}`);

function file(content: string, mode = 0o600): string {
  const path = join(scratchDirectory(), 'file.pem');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('reading a file of TLS', () => {
  it('gives all of it', () => {
    expect(readTlsFile('certificate', file('text', 0o644), refuse).toString()).toBe('text');
  });

  it.each([0o400, 0o440, 0o600, 0o640])('takes a key with mode %o', (mode) => {
    expect(readTlsFile('key', file('text', mode), refuse).toString()).toBe('text');
  });

  it.each([0o604, 0o602, 0o601, 0o644, 0o777])('refuses a key with mode %o', (mode) => {
    const path = file('text', mode);
    expect(() => readTlsFile('key', path, refuse)).toThrow('the key file is open to others');
  });

  it.each([
    ['is absent', () => '/nowhere/file.pem', 'the CA file cannot be read: ENOENT'],
    ['is a folder', () => folder(), 'the CA file is not a regular file'],
    ['is a pipe that nobody writes to', () => pipe(), 'the CA file is not a regular file'],
    ['never ends', () => '/dev/zero', 'the CA file is not a regular file'],
    ['is too large', () => large(), 'the CA file is larger than 262144 bytes'],
  ])('refuses one that %s, and tells no path', (_what, make, message) => {
    const path = make();
    expect(() => readTlsFile('CA', path, refuse)).toThrow(new Error(message));
  });

  function folder(): string {
    const path = join(scratchDirectory(), 'folder');
    mkdirSync(path);
    return path;
  }

  function pipe(): string {
    const path = join(scratchDirectory(), 'pipe');
    execFileSync('mkfifo', [path]);
    return path;
  }

  function large(): string {
    const path = file('');
    truncateSync(path, 1 << 30);
    return path;
  }
});

describe('checking what files of TLS hold', () => {
  const ec = makeCertificate();
  const rsa = makeCertificate({ rsaBits: 2048 });
  const pem = (text: string): Buffer => Buffer.from(text);

  it.each([ec, rsa])('takes a certificate with its key', ({ pem: certificate, keyPem }) => {
    requirePair(pem(certificate), pem(keyPem), refuse);
  });

  it.each([
    ['another key of the same kind', ec.pem, makeCertificate().keyPem, 'key file is not the key'],
    ['a key of another kind', rsa.pem, ec.keyPem, 'key file is not the key of its certificate'],
    ['no key', ec.pem, ec.pem, 'key file holds no private key'],
    ['no certificate', ec.keyPem, ec.keyPem, 'certificate file holds no certificate'],
    ['nothing at all', '', '', 'certificate file holds no certificate'],
  ])('refuses %s', (_what, certificate, key, message) => {
    expect(() => {
      requirePair(pem(certificate), pem(key), refuse);
    }).toThrow(message);
  });

  it('wants a CA where one is to be trusted', () => {
    requireCa(pem(makeCa('a root').pem), refuse);
    for (const nothing of ['', 'text', ec.keyPem]) {
      expect(() => {
        requireCa(pem(nothing), refuse);
      }).toThrow('the CA file holds no certificate');
    }
  });
});

const DAY_MS = 24 * 60 * 60 * 1000;

describe('the end of certificates', () => {
  const first = makeCa('ends first', { notAfter: Date.now() + 10 * DAY_MS });
  const last = makeCa('ends last', { notAfter: Date.now() + 20 * DAY_MS });

  it('is that of the first to end, wherever in the file it stands', () => {
    const end = Date.parse(new X509Certificate(first.pem).validTo);
    for (const pems of [[first.pem], [first.pem, last.pem], [last.pem, 'text\n', first.pem]]) {
      expect(certificateEnd(Buffer.from(pems.join('\n')))).toBe(end);
    }
  });

  it('is not there when nothing can be read, and what can be read counts', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(certificateEnd(Buffer.from(broken))).toBeUndefined();
    expect(certificateEnd(new Uint8Array())).toBeUndefined();
    expect(certificateEnd(Buffer.from(broken + last.pem))).toBe(
      Date.parse(new X509Certificate(last.pem).validTo),
    );
  });

  it('is told for each file by what the file is for', () => {
    const files = numbered('kmip-server', [Buffer.from(first.pem), Buffer.from(last.pem)]);
    const samples = certificateSamples([...files, { name: 'empty', pem: new Uint8Array() }]);
    expect(samples.map(({ labels }) => labels)).toEqual([
      { certificate: 'kmip-server' },
      { certificate: 'kmip-server-2' },
    ]);
  });
});
