// Published signature vectors for the native tests: NIST's CAVP and Wycheproof, converted into one text file that
// native/test/signature_vectors_test.cc reads. Where the vectors come from: test/vectors/SOURCES.md.

import { createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StepFailure } from './failure.mjs';
import { projectRoot } from './paths.mjs';

/**
 * @typedef {{id: string, kind: 'ECDSA' | 'RSA', digest: string, spki: Buffer, message: string, signature: string,
 *   expected: 'valid' | 'invalid' | 'either'}} Vector message and signature in hexadecimal
 */

const DIGESTS = ['SHA-256', 'SHA-384', 'SHA-512'];
const MIN_RSA_BITS = 2048;
/** Octets of a coordinate (FIPS 186-4 D.1.2). */
const FIELD_BYTES = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

const CAVP_FILES = {
  'ECDSA/FIPS_186-3/SigVer.rsp': ecdsaOfCavp,
  'RSA/FIPS_186-2/SigVer15_186-3.rsp': rsaOfCavp,
  'RSA/SigVer15EMTest.txt': rsaOfCavp,
};
const WYCHEPROOF_FILES = [
  'ecdsa_secp256r1_sha256_test.json',
  'ecdsa_secp384r1_sha384_test.json',
  'ecdsa_secp521r1_sha512_test.json',
  'rsa_signature_2048_sha256_test.json',
  'rsa_signature_3072_sha256_test.json',
  'rsa_signature_4096_sha512_test.json',
];

/**
 * Writes every vector this machine has: a line with their number, then one line a vector, its fields divided by
 * tabs: id, kind, digest, SubjectPublicKeyInfo, message, signature (these three in hexadecimal), and `valid`,
 * `invalid` or `either`. Announces the files that are not there.
 * @param {import('./steps.mjs').Steps} steps
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string} the path of the file
 */
export function writeSignatureVectors(steps, env = process.env) {
  // The same places and variables as in test/support/environment.ts.
  const cavp = join(
    env.CRYPTO_BROKER_TEST_CAVP ?? '/usr/lib/python3/dist-packages/cryptography_vectors',
    'asymmetric',
  );
  const wycheproof =
    env.CRYPTO_BROKER_TEST_WYCHEPROOF ?? join(projectRoot, '../shared/vectors/wycheproof');
  const vectors = [
    ...present('CAVP', cavp, Object.keys(CAVP_FILES)).flatMap((name) =>
      convert(join(cavp, name), (text) =>
        readCavp(text).flatMap((record) => CAVP_FILES[name](name, record)),
      ),
    ),
    ...present('Wycheproof', wycheproof, WYCHEPROOF_FILES).flatMap((name) =>
      convert(join(wycheproof, name), (text) => readWycheproof(name, JSON.parse(text))),
    ),
  ];
  const path = join(projectRoot, 'build', 'signature-vectors.txt');
  const lines = [`vectors ${vectors.length}`, ...vectors.map(lineOf)];
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, `${lines.join('\n')}\n`);
  renameSync(draft, path);
  return path;

  /** Those of the files that are there; the others are announced. */
  function present(source, directory, names) {
    const missing = names.filter((name) => !existsSync(join(directory, name)));
    if (missing.length > 0) {
      const variable = `CRYPTO_BROKER_TEST_${source.toUpperCase()}`;
      steps.line(
        `!!! NOT TESTED: signature vectors of ${source}, set ${variable} to have them: ${directory} has no ${missing.join(', ')}`,
      );
    }
    return names.filter((name) => !missing.includes(name));
  }
}

/**
 * A file's vectors. None at all would look like a pass.
 * @param {string} path
 * @param {(text: string) => Vector[]} read
 */
function convert(path, read) {
  const vectors = read(readFileSync(path, 'utf8'));
  if (vectors.length === 0) throw new StepFailure(`${path} holds no signature vector of ours`);
  return vectors;
}

/** @param {Vector} vector */
function lineOf({ id, kind, digest, spki, message, signature, expected }) {
  if (!/^([0-9a-f]{2})*$/.test(message) || !/^([0-9a-f]{2})*$/.test(signature)) {
    throw new StepFailure(`${id} is not in hexadecimal`);
  }
  return [id, kind, digest, spki.toString('hex'), message, signature, expected].join('\t');
}

/**
 * The records of a CAVP response file. `[…]` opens a group, `Result` ends a record; what stands before the first
 * record of a key (an RSA modulus) holds for all that follow.
 * @returns {Record<string, string>[]} with `group`, `line` and the fields of the file
 */
function readCavp(text) {
  const records = [];
  let fields = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const group = /^\[(.*)\]$/.exec(line);
    const field = /^(\w+) = (.*)$/.exec(line);
    if (group) fields = { group: group[1] };
    if (field) fields[field[1]] = field[2];
    if (field?.[1] === 'Result') records.push({ ...fields, line: String(index + 1) });
  }
  return records;
}

/** @returns {Vector[]} none for a curve or digest that is not ours */
function ecdsaOfCavp(file, { group, line, Qx, Qy, R, S, Msg, Result }) {
  const [curve, digest] = group.split(',');
  const size = FIELD_BYTES[curve];
  if (!size || !DIGESTS.includes(digest)) return [];
  const coordinate = (hex) =>
    Buffer.from(number(hex).padStart(2 * size, '0'), 'hex').toString('base64url');
  const spki = spkiOf({ kty: 'EC', crv: curve, x: coordinate(Qx), y: coordinate(Qy) });
  const signature = der(0x30, der(0x02, integer(R)) + der(0x02, integer(S)));
  return [
    { ...cavpVector(file, line, Result), kind: 'ECDSA', digest, spki, message: Msg, signature },
  ];
}

/** @returns {Vector[]} none for a short modulus or a digest that is not ours */
function rsaOfCavp(file, { group, line, SHAAlg, n, e, S, Msg, Result }) {
  const bits = Number(/^mod = (\d+)$/.exec(group)?.[1]);
  const digest = SHAAlg.replace('SHA', 'SHA-');
  if (!(bits >= MIN_RSA_BITS) || !DIGESTS.includes(digest)) return [];
  const base64url = (hex) => Buffer.from(number(hex), 'hex').toString('base64url');
  const spki = spkiOf({ kty: 'RSA', n: base64url(n), e: base64url(e) });
  return [
    { ...cavpVector(file, line, Result), kind: 'RSA', digest, spki, message: Msg, signature: S },
  ];
}

function cavpVector(file, line, result) {
  return {
    id: `CAVP ${file} line ${line}: ${result}`,
    expected: result.startsWith('P') ? 'valid' : 'invalid',
  };
}

/** @returns {Vector[]} */
function readWycheproof(file, { numberOfTests, testGroups }) {
  const vectors = testGroups.flatMap(({ publicKeyDer, type, sha, tests }) =>
    tests.map(({ tcId, msg, sig, result, comment }) => ({
      id: `Wycheproof ${file} tcId ${tcId}: ${comment.replace(/\s+/g, ' ')}`,
      kind: type === 'EcdsaVerify' ? 'ECDSA' : 'RSA',
      digest: sha,
      spki: Buffer.from(publicKeyDer, 'hex'),
      message: msg,
      signature: sig,
      expected: result === 'acceptable' ? 'either' : result,
    })),
  );
  if (vectors.length !== numberOfTests) {
    throw new StepFailure(`${file} holds ${vectors.length} tests and says ${numberOfTests}`);
  }
  return vectors;
}

/** @param {import('node:crypto').JsonWebKey} key */
function spkiOf(key) {
  return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'der' });
}

/** A number in hexadecimal without the zeros the files pad it with, in whole octets. */
function number(hex) {
  const digits = BigInt(`0x${hex}`).toString(16);
  return digits.padStart(digits.length + (digits.length % 2), '0');
}

/** The content of a DER INTEGER that is not negative. */
function integer(hex) {
  const digits = number(hex);
  return digits >= '8' ? `00${digits}` : digits;
}

/** A DER element of at most 255 octets of content, in hexadecimal. */
function der(tag, content) {
  const length = content.length / 2;
  return Buffer.from(length < 0x80 ? [tag, length] : [tag, 0x81, length]).toString('hex') + content;
}
