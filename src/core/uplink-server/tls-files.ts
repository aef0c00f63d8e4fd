import { createHash } from 'node:crypto';
import { BrokerError } from '../../errors/index.ts';
import { readTlsFile, requireCa, requirePair, type RefuseTlsFile } from '../../tls-files/index.ts';

/** Where the uplink's TLS material rests: PEM files. */
export interface UplinkTlsFiles {
  /** The Core's certificate, with the intermediate ones that lead to its CA. */
  readonly certificate: string;
  /** Its private key; not readable by others. */
  readonly key: string;
  /** CAs whose certificates Gateways come with. */
  readonly ca: string;
}

export interface TlsMaterial {
  readonly cert: Buffer;
  /** To be wiped when TLS has taken it over. */
  readonly key: Buffer;
  readonly ca: Buffer;
  /** SHA-256 over all three, to see a change by. */
  readonly digest: string;
}

/**
 * Reads the three files and sees that they can work together: whatever is wrong is found here and not by the first Gateway.
 * Throws UPLINK_TLS_UNUSABLE, naming the file's part and no path.
 */
export function readTlsMaterial(files: UplinkTlsFiles): TlsMaterial {
  const cert = readTlsFile('certificate', files.certificate, refuse);
  const ca = readTlsFile('CA', files.ca, refuse);
  const key = readTlsFile('key', files.key, refuse);
  try {
    requirePair(cert, key, refuse);
    requireCa(ca, refuse);
    const digest = createHash('sha256').update(cert).update(key).update(ca).digest('hex');
    return { cert, key, ca, digest };
  } catch (error) {
    key.fill(0);
    throw error;
  }
}

const refuse: RefuseTlsFile = (kind, problem, cause) =>
  new BrokerError('UPLINK_TLS_UNUSABLE', `the ${kind} file ${problem}`, {
    field: 'core uplink',
    cause,
  });
