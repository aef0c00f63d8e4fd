import { ServiceKeyGrant } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { strictDecoder } from '../../grpc/strict-decode.ts';
import type { Vault } from '../../vault/index.ts';
import { readTerms, type GrantFacts } from './grant-check.ts';
import type { StateChanges } from './service-key-records.ts';

/**
 * What of the grants outlives the process, in the vault's named values: the grants as they came (sealed, so of no use
 * without the sealing key), when the Core last confirmed each, and how far the wall clock had come.
 */
export interface StoredGrant {
  readonly grant: ServiceKeyGrant;
  /** Milliseconds since 1970. */
  readonly confirmedAt: number;
}

const GRANTS = 'grant/';
const CONFIRMED = 'grant-confirmed/';
const CLOCK = 'clock';

const decodeGrant = strictDecoder(ServiceKeyGrant, { 2: {} });

/** The changes that keep a grant; `confirmedAt` is milliseconds since 1970. */
export function grantKept(
  facts: GrantFacts,
  grant: ServiceKeyGrant,
  confirmedAt: number,
): StateChanges {
  return new Map([
    [`${GRANTS}${suffix(facts)}`, ServiceKeyGrant.encode(grant).finish()],
    [`${CONFIRMED}${suffix(facts)}`, encodeTime(confirmedAt)],
  ]);
}

/** The changes that forget the grant of one version. */
export function grantForgotten(facts: Pick<GrantFacts, 'serviceKeyId' | 'version'>): StateChanges {
  return new Map([
    [`${GRANTS}${suffix(facts)}`, undefined],
    [`${CONFIRMED}${suffix(facts)}`, undefined],
  ]);
}

/** The changes that note confirmations and the wall clock, all in milliseconds since 1970. */
export function confirmationsNoted(
  wall: number,
  confirmations: readonly { readonly facts: GrantFacts; readonly at: number }[],
): StateChanges {
  return new Map([
    [CLOCK, encodeTime(wall)],
    ...confirmations.map(
      ({ facts, at }) => [`${CONFIRMED}${suffix(facts)}`, encodeTime(at)] as const,
    ),
  ]);
}

/** How far the wall clock had come; 0 when nothing was noted. */
export async function readHighWater(vault: Vault): Promise<number> {
  return decodeTime(await vault.readState(CLOCK)) ?? 0;
}

/** Every kept grant that can be read, by the name it is kept under. */
export async function readGrants(vault: Vault): Promise<ReadonlyMap<string, StoredGrant>> {
  const confirmed = await vault.readStates(CONFIRMED);
  const grants = new Map<string, StoredGrant>();
  for (const [name, bytes] of await vault.readStates(GRANTS)) {
    const key = name.slice(GRANTS.length);
    const confirmedAt = decodeTime(confirmed.get(`${CONFIRMED}${key}`));
    const grant = tryDecode(bytes);
    if (grant !== undefined && confirmedAt !== undefined) grants.set(key, { grant, confirmedAt });
  }
  return grants;
}

/** The changes that forget every kept grant that `fits` takes by its name. */
export async function forgetGrants(
  vault: Vault,
  fits: (name: string) => boolean = () => true,
): Promise<StateChanges> {
  const names = [...(await vault.readStates(GRANTS)).keys()].map((name) =>
    name.slice(GRANTS.length),
  );
  return new Map(
    names
      .filter(fits)
      .flatMap((name) => [
        [`${GRANTS}${name}`, undefined] as const,
        [`${CONFIRMED}${name}`, undefined] as const,
      ]),
  );
}

/** The changes that forget the kept grants of a tenant, and what cannot be told to be somebody else's. */
export async function forgetGrantsOfTenant(vault: Vault, tenantId: string): Promise<StateChanges> {
  const grants = await readGrants(vault);
  return await forgetGrants(vault, (name) => {
    const stored = grants.get(name);
    if (stored === undefined) return false;
    const terms = readTerms(stored.grant);
    return terms === undefined || terms.tenantId === tenantId;
  });
}

/** Name of the grants of a service key, without the version: what `forgetGrants` is given begins with it. */
export function grantPrefix(serviceKeyId: string): string {
  return `${serviceKeyId}/`;
}

function suffix({ serviceKeyId, version }: Pick<GrantFacts, 'serviceKeyId' | 'version'>): string {
  return `${grantPrefix(serviceKeyId)}${version}`;
}

function tryDecode(bytes: Uint8Array): ServiceKeyGrant | undefined {
  try {
    return decodeGrant(bytes);
  } catch {
    return undefined;
  }
}

const TIME_BYTES = 8;

function encodeTime(milliseconds: number): Uint8Array {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.trunc(milliseconds))));
  return bytes;
}

function decodeTime(bytes: Uint8Array | undefined): number | undefined {
  if (bytes?.byteLength !== TIME_BYTES) return undefined;
  const time = Number(Buffer.from(bytes).readBigUInt64BE());
  return Number.isSafeInteger(time) ? time : undefined;
}
