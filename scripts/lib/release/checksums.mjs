// SHA-256 of every file of a release, in the format of sha256sum(1), and a detached signature over that list.

import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { StepFailure } from '../failure.mjs';
import { sha256File } from '../stamp.mjs';

export const CHECKSUMS = 'SHA256SUMS';
export const SIGNATURE = 'SHA256SUMS.sig';
export const PUBLIC_KEY = 'release-key.pem';

const KEY_ADVICE =
  'It must hold an ECDSA key on P-256 or P-384 as PEM, readable by its owner alone: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384';

/**
 * @param {string} dir
 * @param {readonly string[]} names files in it
 */
export function writeChecksums(dir, names) {
  const lines = [...names].sort().map((name) => `${sha256File(join(dir, name))}  ${name}\n`);
  writeFileSync(join(dir, CHECKSUMS), lines.join(''));
}

/**
 * Signs the list: ECDSA with SHA-256, DER, as `openssl dgst -sha256 -verify release-key.pem -signature SHA256SUMS.sig
 * SHA256SUMS` takes it. The public key is written beside it for convenience; trust it only by another way.
 * @param {string} dir
 * @param {import('node:crypto').KeyObject} key
 */
export function signChecksums(dir, key) {
  writeFileSync(join(dir, SIGNATURE), sign('sha256', readFileSync(join(dir, CHECKSUMS)), key));
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  writeFileSync(join(dir, PUBLIC_KEY), publicKey);
}

/**
 * The key that signs. What is wrong with it is said without a word of what it holds.
 * @param {string} file
 * @returns {import('node:crypto').KeyObject}
 */
export function readSigningKey(file) {
  let text;
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      throw new StepFailure(`others may read ${basename(file)}`, `chmod 600 ${file}`);
    text = readFileSync(file);
  } catch (error) {
    if (error instanceof StepFailure) throw error;
    throw new StepFailure(`the signing key cannot be read (${error.code})`, KEY_ADVICE);
  }
  try {
    const key = createPrivateKey(text);
    const curve = key.asymmetricKeyDetails?.namedCurve;
    if (key.asymmetricKeyType === 'ec' && (curve === 'prime256v1' || curve === 'secp384r1'))
      return key;
  } catch {
    // Said below: the parser's own words may quote what it read.
  } finally {
    text.fill(0);
  }
  throw new StepFailure('the signing key is not one we sign with', KEY_ADVICE);
}
