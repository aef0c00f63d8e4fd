import { describe, expect, it } from 'vitest';
import { readTrust } from '../../../../src/client-trust/index.ts';
import { clientName } from '../../../../src/gateway/identity/client-identity.ts';
import { identify, isSameClient } from '../../../../src/gateway/identity/identify.ts';
import { clientOf } from '../../../support/gateway/key-side.ts';
import { acmeCa, clientCertificate, trustIn } from '../../../support/gateway/open-port.ts';

const CONNECTION = {
  tlsVersion: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  peerAddress: '192.0.2.1:5000',
  authenticatedAt: Date.now(),
};

describe('an identity', () => {
  it('is what the certificates say, with what is known of the connection', () => {
    const { tenants } = readTrust([trustIn('acme', acmeCa)]);
    const chain = [clientCertificate().der, acmeCa.der];
    const identification = identify(chain, tenants, CONNECTION);
    if (!('client' in identification)) throw new Error(identification.refused);
    const { client } = identification;
    expect(client).toMatchObject({ ...CONNECTION, tenantId: 'acme', serviceId: 'orders', chain });
    expect(clientName(client)).toBe('spiffe://acme/app');
    expect(client).not.toHaveProperty('name');
  });

  it('is judged at the time of the connection', () => {
    const { tenants } = readTrust([trustIn('acme', acmeCa)]);
    const later = { ...CONNECTION, authenticatedAt: Date.now() + 48 * 3_600_000 };
    expect(identify([clientCertificate().der], tenants, later)).toMatchObject({
      refused: 'the certificate is not valid now',
    });
  });

  it('is the same as another when it may do the same for the same service', () => {
    const client = clientOf('acme', 'orders');
    const only = (...names: string[]) => ({ ...client, operations: new Set(names) });
    expect(isSameClient(client, { ...client, subject: 'CN=renewed' })).toBe(true);
    expect(isSameClient(only('Get', 'Locate'), only('Locate', 'Get'))).toBe(true);
    expect(isSameClient(only('Get'), only('Get', 'Locate'))).toBe(false);
    expect(isSameClient(only('Get'), only('Locate'))).toBe(false);
    expect(isSameClient(client, only())).toBe(false);
    expect(isSameClient(client, clientOf('acme', 'other'))).toBe(false);
    expect(isSameClient(client, clientOf('other', 'orders'))).toBe(false);
  });
});
