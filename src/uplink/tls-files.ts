import { createSecureContext, type SecureContext } from 'node:tls';
import { BrokerError } from '../errors/index.ts';
import { readTlsFile, requireCa, requirePair, type RefuseTlsFile } from '../tls-files/index.ts';
import type { UplinkCertificates, UplinkTls } from './options.ts';

/**
 * Reads the files as they are now and makes of them what a connection needs: TLS 1.3 only, our certificate, the CAs of the
 * Core and no others. `read` is told the certificates. Throws UPLINK_TLS_UNUSABLE.
 */
export function loadSecureContext(
  tls: UplinkTls,
  read?: (files: UplinkCertificates) => void,
): SecureContext {
  const ca = readTlsFile('CA', tls.caFile, refuse);
  const cert = readTlsFile('certificate', tls.certificateFile, refuse);
  const key = readTlsFile('key', tls.keyFile, refuse);
  try {
    requireCa(ca, refuse);
    requirePair(cert, key, refuse);
    const context = contextOf({ ca, cert, key });
    read?.({ certificate: cert, ca });
    return context;
  } finally {
    key.fill(0);
  }
}

function contextOf(material: Record<'ca' | 'cert' | 'key', Buffer>): SecureContext {
  try {
    return createSecureContext({ ...material, minVersion: 'TLSv1.3' });
  } catch (cause) {
    const text = 'the uplink certificate, key and CA do not fit together';
    throw new BrokerError('UPLINK_TLS_UNUSABLE', text, { cause });
  }
}

const refuse: RefuseTlsFile = (kind, problem, cause) =>
  new BrokerError('UPLINK_TLS_UNUSABLE', `the uplink ${kind} file ${problem}`, { cause });
