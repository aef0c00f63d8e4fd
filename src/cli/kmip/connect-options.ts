import type { Settings } from '../../config/index.ts';
import { BrokerError } from '../../errors/index.ts';
import type { KmipConnectOptions } from '../../kmip-client/index.ts';
import { kmipVersion, type KmipVersion } from '../../kmip/version.ts';
import { readFileBounded } from '../read-bounded.ts';

/** Largest file of certificates or of a key, in bytes. */
const MAX_PEM = 1_048_576;

/** What the settings say of the server and of us, with the files read. */
export async function connectOptions({ kmip }: Settings): Promise<KmipConnectOptions> {
  const { server, serverName, timeoutMs, version } = kmip;
  const colon = server.lastIndexOf(':');
  return {
    host: server.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(server.slice(colon + 1)),
    servername: serverName,
    timeoutMs,
    version: chosenVersion(version),
    ca: await pem('--ca', kmip.ca, 'the CA certificates of the server'),
    cert: await pem('--cert', kmip.cert, 'your certificate'),
    key: await pem('--key', kmip.key, 'the private key of your certificate'),
  };
}

function chosenVersion(version: Settings['kmip']['version']): KmipVersion | undefined {
  if (version === 'auto') return undefined;
  const [major, minor] = version.split('.').map(Number);
  return kmipVersion(major ?? 0, minor ?? 0);
}

async function pem(option: string, path: string | undefined, what: string): Promise<Uint8Array> {
  if (path !== undefined) return await readFileBounded(option, path, MAX_PEM);
  const variable = `CRYPTO_BROKER_KMIP_${option.slice(2).toUpperCase()}`;
  throw new BrokerError('USAGE', `${option}: give ${what}, here or as ${variable}`);
}
