import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type {
  EventKind,
  GrantTerms,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { Refused } from './hand-gateway.ts';
import { SERVICE, TENANT } from './scenario.ts';
import { encodeCommand, type TestCommand } from './test-executor.ts';

/** The service of the scenario, as messages name it. */
export const scoped = { tenantId: TENANT, serviceId: SERVICE };

/** The refusal that an action must end with. */
export async function refusalOf(action: Promise<unknown>): Promise<Refused> {
  const error: unknown = await action.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Refused);
  return error as Refused;
}

/** The version of the service key that a grant is for. */
export function versionOf(terms: GrantTerms): { serviceKeyId: string; serviceKeyVersion: number } {
  return { serviceKeyId: terms.serviceKeyId, serviceKeyVersion: terms.version };
}

/** A tunnelled message of the test executor. */
export function tunnelRequest(
  command: TestCommand,
  clientPem: string,
): {
  readonly requestId: string;
  readonly tenantId: string;
  readonly serviceId: string;
  readonly rawRequest: Uint8Array;
  readonly clientPem: string;
} {
  return { requestId: randomUUID(), ...scoped, rawRequest: encodeCommand(command), clientPem };
}

/** What declares a tenant without clients. */
export function tenant(tenantId: string): { tenantId: string; name: string; trust: undefined } {
  return { tenantId, name: '', trust: undefined };
}

/** Picks the frame of an event of this kind. */
export function isEvent(kind: EventKind): (frame: { $case: string; value: unknown }) => boolean {
  return (frame) => frame.$case === 'event' && (frame.value as { kind: EventKind }).kind === kind;
}

/** For a field that must be there. */
export function raise(): never {
  throw new Error('a field is missing');
}
