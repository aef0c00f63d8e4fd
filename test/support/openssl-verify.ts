import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** True when the machine has an `openssl` program: a verifier that shares no code with what it verifies. */
export const hasOpensslProgram = spawnSync('openssl', ['version']).status === 0;

/** What `openssl verify` prints about a chain of two, e.g. `leaf.pem: OK`; strict about RFC 5280, at a given time. */
export function opensslVerify(
  certificatePem: string,
  caPem: string,
  secondsSince1970: number,
): string {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-verify-'));
  try {
    writeFileSync(join(directory, 'ca.pem'), caPem);
    writeFileSync(join(directory, 'leaf.pem'), certificatePem);
    const options = ['-x509_strict', '-attime', String(secondsSince1970), '-CAfile', 'ca.pem'];
    return execFileSync('openssl', ['verify', ...options, 'leaf.pem'], {
      cwd: directory,
      encoding: 'utf8',
    }).trim();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
