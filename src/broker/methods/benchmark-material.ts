import { X509Certificate } from 'node:crypto';
import type { KeyAlgorithm } from '../../crypto/algorithms.ts';
import { BrokerError } from '../../errors/index.ts';
import type { ThrowawayKey } from '../../x509/throwaway.ts';

/** What a certificate is issued from when issuing is timed. PEM. */
export interface BenchmarkMaterial {
  readonly caKey: Uint8Array;
  readonly caCertificate: Uint8Array;
  readonly csr: Uint8Array;
  readonly caAlgorithm: KeyAlgorithm;
}

/** Which keys are wanted. */
export interface MaterialKeys {
  readonly subject: ThrowawayKey;
  readonly ca: ThrowawayKey;
}

export type BenchmarkMaterialSource = (keys: MaterialKeys) => Promise<BenchmarkMaterial>;

/** The operator's own material: PEM, used for every certificate in place of what would be made. */
export interface GivenMaterial {
  readonly ca?: { readonly key: Uint8Array; readonly certificate: Uint8Array };
  readonly csr?: Uint8Array;
}

/**
 * Material for timing: the operator's where it was given, else a CA and a request that are made when first needed (an
 * RSA key takes a while) and kept. `now` is in milliseconds since 1970.
 */
export function benchmarkMaterial(
  given: GivenMaterial,
  now: () => number,
): BenchmarkMaterialSource {
  const made = new Map<string, Promise<BenchmarkMaterial>>();
  const make = async (keys: MaterialKeys): Promise<BenchmarkMaterial> => ({
    ...(given.ca === undefined ? await throwawayCa(keys.ca, now()) : givenCa(given.ca)),
    csr: given.csr ?? (await throwawayRequest(keys.subject)),
  });
  return (keys) => {
    const id = JSON.stringify(keys);
    const known = made.get(id);
    if (known !== undefined) return known;
    const making = make(keys);
    made.set(id, making);
    // A failure is the caller's to see; the next one tries again.
    making.catch(() => made.delete(id));
    return making;
  };
}

type CaMaterial = Omit<BenchmarkMaterial, 'csr'>;

// What makes certificates in JavaScript is a third of all code that a server would load, and hardly any server needs it.
const loadThrowaway = () => import('../../x509/throwaway.ts');

async function throwawayRequest(key: ThrowawayKey): Promise<Uint8Array> {
  const { makeThrowawayRequest } = await loadThrowaway();
  return Buffer.from((await makeThrowawayRequest({ key })).csrPem);
}

async function throwawayCa(key: ThrowawayKey, now: number): Promise<CaMaterial> {
  const { makeThrowawayCa } = await loadThrowaway();
  const ca = await makeThrowawayCa({ key, now: Math.floor(now / 1000) });
  return {
    caKey: Buffer.from(ca.keyPem),
    caCertificate: Buffer.from(ca.certificatePem),
    caAlgorithm: key.algorithm,
  };
}

function givenCa(ca: NonNullable<GivenMaterial['ca']>): CaMaterial {
  return {
    caKey: ca.key,
    caCertificate: ca.certificate,
    caAlgorithm: algorithmOf(ca.certificate),
  };
}

function algorithmOf(certificate: Uint8Array): KeyAlgorithm {
  let type: string | undefined;
  try {
    type = new X509Certificate(certificate).publicKey.asymmetricKeyType;
  } catch (cause) {
    throw new BrokerError('CONFIG_INVALID', 'benchmark.caCert: is not a certificate', { cause });
  }
  return type === 'rsa' ? 'RSA' : 'ECDSA';
}
