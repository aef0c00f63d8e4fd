import { readBundle } from '../../client-trust/index.ts';
import { BrokerError } from '../../errors/index.ts';
import type { ClientRule, ClientTrust } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { checkName } from '../names.ts';

const LONGEST_BUNDLE = 128 * 1024;
const MOST_RULES = 128;
const MOST_OPERATIONS = 64;
const LONGEST_VALUE = 2048;
/** `Create`, `Get Attributes`: letters, digits and blanks. */
const OPERATION = /^[A-Za-z][A-Za-z0-9 ]{0,63}$/;

/**
 * A tenant's trust as an administrator gave it, checked: every certificate of the bundle is a CA's, every rule names
 * something to match and a service. Absent: nobody may speak for the tenant yet. Throws INPUT_INVALID, FIELD_TOO_LARGE,
 * FIELD_TOO_MANY.
 */
export function checkTrust(trust: ClientTrust | undefined, tenantId: string): ClientTrust {
  if (trust === undefined) return { tenantId, caBundle: new Uint8Array(), rules: [] };
  if (trust.tenantId !== '' && trust.tenantId !== tenantId) {
    throw invalid('trust.tenant_id', 'is another tenant');
  }
  if (trust.caBundle.byteLength > LONGEST_BUNDLE) {
    const text = `too large (max ${LONGEST_BUNDLE})`;
    throw new BrokerError('FIELD_TOO_LARGE', text, { field: 'trust.ca_bundle' });
  }
  if (trust.caBundle.byteLength > 0) checkBundle(trust.caBundle);
  if (trust.rules.length > MOST_RULES) {
    const text = `too many entries (max ${MOST_RULES})`;
    throw new BrokerError('FIELD_TOO_MANY', text, { field: 'trust.rules' });
  }
  for (const rule of trust.rules) checkRule(rule);
  return { ...trust, tenantId };
}

/** By the reader that every Gateway uses: what it would pass over is refused here. */
function checkBundle(bundle: Uint8Array): void {
  const problems: string[] = [];
  const anchors = readBundle(bundle, (problem) => problems.push(problem));
  const [problem] = problems;
  if (problem !== undefined) throw invalid('trust.ca_bundle', problem);
  if (anchors.length === 0) throw invalid('trust.ca_bundle', 'holds no PEM certificate');
}

function checkRule({ match, serviceId, operations }: ClientRule): void {
  if (match === undefined || match.value === '') {
    throw invalid('trust.rules', 'a rule matches nothing');
  }
  if (match.value.length > LONGEST_VALUE) {
    const text = `too large (max ${LONGEST_VALUE})`;
    throw new BrokerError('FIELD_TOO_LARGE', text, { field: 'trust.rules' });
  }
  if (match.$case === 'spiffePrefix' && !/^spiffe:\/\/[a-z0-9._-]+\//.test(match.value)) {
    throw invalid('trust.rules', 'a SPIFFE prefix is not below spiffe://<trust domain>/');
  }
  checkName('trust.rules.service_id', serviceId);
  const known =
    operations.length <= MOST_OPERATIONS && operations.every((name) => OPERATION.test(name));
  if (!known) throw invalid('trust.rules.operations', 'are not names of operations');
}

function invalid(field: string, problem: string): BrokerError {
  return new BrokerError('INPUT_INVALID', problem, { field });
}
