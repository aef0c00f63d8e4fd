import { createHash, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CertificateFixture, FixtureName } from '../trials/fixtures.ts';
import type { RequestSpec } from './cases.ts';
import { certificateMessage, hashInput, hashMessage, PATHS } from './messages.ts';

/** A request ready to be sent, and what its answers are known by. */
export interface PreparedRequest {
  /** `/package.Service/Method` */
  readonly path: string;
  /** File with the message. */
  readonly file: string;
  readonly bytes: number;
  /** File with bytes that every right answer has in it; absent: any answer will do. */
  readonly contains?: string;
  /** Every answer is the same. */
  readonly sameAnswers: boolean;
}

/** Node's names of the profiles' hashes; SHAKE with the length the profiles give it. */
const NODE_DIGESTS: Readonly<Record<string, readonly [name: string, bytes?: number]>> = {
  Default: ['sha3-512'],
  'SHA-256': ['sha256'],
  'SHA-384': ['sha384'],
  'SHA-512': ['sha512'],
  'SHA-512/256': ['sha512-256'],
  'SHA3-256': ['sha3-256'],
  'SHA3-384': ['sha3-384'],
  'SHA3-512': ['sha3-512'],
  'SHAKE-128': ['shake128', 16],
  'SHAKE-256': ['shake256', 32],
};

/** Writes the messages of all these requests into `directory`. */
export function prepareRequests(
  directory: string,
  specs: readonly RequestSpec[],
  fixtures: ReadonlyMap<FixtureName, CertificateFixture>,
): ReadonlyMap<string, PreparedRequest> {
  const prepared = new Map<string, PreparedRequest>();
  for (const spec of specs) {
    const id = requestId(spec);
    if (prepared.has(id)) continue;
    const write = (kind: string, bytes: Uint8Array): string => {
      const file = join(directory, `${prepared.size}.${kind}`);
      writeFileSync(file, bytes, { mode: 0o600 });
      return file;
    };
    prepared.set(id, prepare(spec, fixtures, write));
  }
  return prepared;
}

export function requestId(spec: RequestSpec): string {
  if (spec.kind === 'health') return 'health';
  return spec.kind === 'hash'
    ? `hash ${spec.profile} ${spec.bytes}`
    : `certificate ${spec.fixture}`;
}

type Write = (kind: string, bytes: Uint8Array) => string;

function prepare(
  spec: RequestSpec,
  fixtures: ReadonlyMap<FixtureName, CertificateFixture>,
  write: Write,
): PreparedRequest {
  switch (spec.kind) {
    case 'health': {
      const file = write('health', new Uint8Array());
      return { path: PATHS.health, file, bytes: 0, sameAnswers: true };
    }
    case 'hash':
      return prepareHash(spec.profile, spec.bytes, write);
    case 'certificate': {
      const fixture = fixtures.get(spec.fixture);
      if (fixture === undefined) throw new RangeError(`no fixture ${spec.fixture}`);
      return prepareCertificate(spec.fixture, fixture, write);
    }
  }
}

function prepareHash(profile: string, bytes: number, write: Write): PreparedRequest {
  const input = hashInput(bytes);
  const message = hashMessage(profile, input);
  const [name, outputLength] = NODE_DIGESTS[profile] ?? [];
  if (name === undefined) throw new RangeError(`no profile ${profile}`);
  const digest = createHash(name, outputLength === undefined ? {} : { outputLength });
  return {
    path: PATHS.hash,
    file: write('hash', message),
    bytes: message.byteLength,
    contains: write('digest', Buffer.from(digest.update(input).digest('hex'))),
    sameAnswers: true,
  };
}

function prepareCertificate(
  name: FixtureName,
  fixture: CertificateFixture,
  write: Write,
): PreparedRequest {
  const message = certificateMessage(name, fixture);
  return {
    path: PATHS.certificate,
    file: write('certificate', message),
    bytes: message.byteLength,
    contains: write('issuer', issuerName(fixture.caCertificate)),
    sameAnswers: false,
  };
}

/** What stands in every certificate of this CA: the text of its common name. */
function issuerName(caCertificate: Uint8Array): Uint8Array {
  const name = /^CN=(.+)$/m.exec(new X509Certificate(caCertificate).subject)?.[1];
  if (name === undefined) throw new Error('the CA has no common name');
  return Buffer.from(name);
}
