import { ServiceKeyState } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { BlastRadius } from '../../generated/cryptobroker/gateway/v1/admin.ts';
import type { Timestamp } from '../../generated/google/protobuf/timestamp.ts';

/** States of a data key, by KMIP number; 16 is ours. */
const KEY_STATES: Readonly<Record<number, string>> = {
  1: 'pre-active',
  2: 'active',
  3: 'deactivated',
  4: 'compromised',
  5: 'destroyed',
  6: 'destroyed-compromised',
  16: 'suspended',
};

export const keyStateText = (state: number): string => KEY_STATES[state] ?? String(state);

const SERVICE_KEY_STATES = {
  active: ServiceKeyState.SERVICE_KEY_STATE_ACTIVE,
  'decrypt-only': ServiceKeyState.SERVICE_KEY_STATE_DECRYPT_ONLY,
  suspended: ServiceKeyState.SERVICE_KEY_STATE_SUSPENDED,
  compromised: ServiceKeyState.SERVICE_KEY_STATE_COMPROMISED,
  destroyed: ServiceKeyState.SERVICE_KEY_STATE_DESTROYED,
} as const;

export const SERVICE_KEY_STATE_NAMES = Object.keys(SERVICE_KEY_STATES);

export function serviceKeyState(name: string): ServiceKeyState {
  return Object.hasOwn(SERVICE_KEY_STATES, name)
    ? SERVICE_KEY_STATES[name as keyof typeof SERVICE_KEY_STATES]
    : ServiceKeyState.SERVICE_KEY_STATE_UNSPECIFIED;
}

export function serviceKeyStateText(state: ServiceKeyState): string {
  return Object.entries(SERVICE_KEY_STATES).find(([, value]) => value === state)?.[0] ?? 'unknown';
}

/** `2026-01-31T12:00:00Z`; nothing when there is no time. */
export function timeText(time: Timestamp | undefined): string {
  if (time === undefined) return '';
  return new Date(Number(time.seconds) * 1000).toISOString().replace('.000', '');
}

/** What a change hit, or would hit. */
export function blastPairs(radius: BlastRadius): [string, string | undefined][] {
  const unreachable = Number(radius.gatewaysUnreachable);
  return [
    ['applied', radius.applied ? 'yes' : 'no, this was a dry run'],
    ['services', String(radius.services)],
    ['service key versions', String(radius.serviceKeyVersions)],
    ['keys', String(radius.keys)],
    ['gateways connected', String(radius.gatewaysConnected)],
    ['gateways not reachable', String(radius.gatewaysUnreachable)],
    [
      'in force everywhere',
      unreachable === 0 ? undefined : `${timeText(radius.worstCase)} at the latest`,
    ],
  ];
}
