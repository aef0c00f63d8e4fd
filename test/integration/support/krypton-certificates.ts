import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  makeThrowawayCa,
  makeThrowawayLeaf,
  type ThrowawayCa,
  type ThrowawayLeaf,
  type ThrowawayNames,
} from '../../../src/x509/throwaway.ts';

/** Files in PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

const P256 = { algorithm: 'ECDSA', bits: 256 } as const;
const LOOPBACK = { dns: ['localhost'], ip: ['127.0.0.1'] };

/** Which CA vouches for a certificate: that of Core and Gateways, of the KMIP ports, of tenants' clients, or a stranger. */
export type Authority = 'uplink' | 'kmip' | 'clients' | 'strangers';
const AUTHORITIES: readonly Authority[] = ['uplink', 'kmip', 'clients', 'strangers'];

export interface LeafWishes {
  readonly names: ThrowawayNames;
  readonly usage: 'server' | 'client';
  readonly commonName?: string;
  /** Seconds, counted from an hour ago. */
  readonly lifetime?: number;
}

/** The CAs of one test, and what they issue, as files in one directory. */
export class KryptonCertificates {
  readonly #directory: string;
  readonly #cas: ReadonlyMap<Authority, ThrowawayCa>;

  private constructor(directory: string, cas: ReadonlyMap<Authority, ThrowawayCa>) {
    this.#directory = directory;
    this.#cas = cas;
  }

  static async make(directory: string): Promise<KryptonCertificates> {
    const made = AUTHORITIES.map(async (authority) => {
      const commonName = `${authority} CA`;
      return [authority, await makeThrowawayCa({ key: P256, now: now(), commonName })] as const;
    });
    const certificates = new KryptonCertificates(directory, new Map(await Promise.all(made)));
    for (const authority of AUTHORITIES) {
      writeFileSync(certificates.caFile(authority), certificates.caPem(authority));
    }
    return certificates;
  }

  caFile(authority: Authority): string {
    return join(this.#directory, `${authority}-ca.pem`);
  }

  caPem(authority: Authority): string {
    return this.#ca(authority).certificatePem;
  }

  /** A certificate and its key, in memory. */
  async issue(authority: Authority, wishes: LeafWishes): Promise<ThrowawayLeaf> {
    const { names, usage, commonName = 'test', lifetime } = wishes;
    return await makeThrowawayLeaf({
      ...{ ca: this.#ca(authority), key: P256, now: now(), commonName, names },
      usages: [usage],
      ...(lifetime === undefined ? {} : { lifetime }),
    });
  }

  /** The same in files: `<name>.pem` and `<name>.key`. */
  async issueFiles(
    name: string,
    authority: Authority,
    wishes: LeafWishes,
  ): Promise<CertificateFiles> {
    const leaf = await this.issue(authority, wishes);
    const files = {
      cert: join(this.#directory, `${name}.pem`),
      key: join(this.#directory, `${name}.key`),
    };
    writeFileSync(files.cert, leaf.certificatePem);
    writeFileSync(files.key, leaf.keyPem, { mode: 0o600 });
    return files;
  }

  /** A server at 127.0.0.1 and localhost. */
  async server(name: string, authority: Authority): Promise<CertificateFiles> {
    return await this.issueFiles(name, authority, {
      names: LOOPBACK,
      usage: 'server',
      commonName: 'localhost',
    });
  }

  #ca(authority: Authority): ThrowawayCa {
    const ca = this.#cas.get(authority);
    if (ca === undefined) throw new RangeError(`no ${authority} CA`);
    return ca;
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
