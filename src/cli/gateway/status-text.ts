import type { GatewayStatus } from '../../generated/cryptobroker/gateway/v1/status.ts';
import { pairs } from '../table.ts';

/** What a Gateway says of itself, for people. */
export function statusText(status: GatewayStatus): string {
  const { link, outbox, vault, crypto } = status;
  return pairs([
    ['gateway', `${status.name} ${status.version}`],
    ['ready', status.ready ? 'yes' : 'no'],
    ...status.notices.map((notice): [string, string] => ['notice', notice]),
    ['kmip', status.kmipAddress],
    ['link', link && linkText(link)],
    ['last error', link?.lastError === '' ? undefined : link?.lastError],
    ['serves alone', offlineText(status.offlineLeftMs)],
    ...status.serviceKeys.map((key): [string, string] => [
      'service key',
      `${key.tenantId}/${key.serviceId} version ${key.version}, ${key.wraps ? 'wraps' : 'unwraps only'}, lease ${spanText(key.leftMs)}`,
    ]),
    ['outbox', outbox && outboxText(Number(outbox.depth), outbox.oldestMs)],
    [
      'vault',
      vault && `${vault.keys} keys, ${vault.quarantined} quarantined, ${sizeText(vault.fileBytes)}`,
    ],
    ['vault id', vault && `${vault.vaultId}, generation ${vault.generation}`],
    ['free space', vault?.freeBytes === undefined ? undefined : sizeText(vault.freeBytes)],
    ['audit', vault && `${vault.auditHead} entries`],
    ['fips', crypto?.fips],
    ['library', crypto?.library],
    ['module', crypto?.module],
    ['entropy', crypto?.entropy],
    ['key memory', crypto && (crypto.memoryLocked ? 'locked' : 'NOT locked')],
    ['core', status.clusterId === '' ? undefined : `${status.clusterId}, epoch ${status.epoch}`],
  ]);
}

function linkText(link: NonNullable<GatewayStatus['link']>): string {
  const ago =
    link.lastAnswerAgoMs === undefined ? '' : `, last answer ${spanText(link.lastAnswerAgoMs)} ago`;
  const skew = link.clockSkewMs === undefined ? '' : `, clock skew ${link.clockSkewMs} ms`;
  return `${link.state}${ago}${skew}, ${link.reconnects} reconnects`;
}

function offlineText(left: bigint | undefined): string {
  return left === undefined
    ? 'no: no service key is held'
    : `for ${spanText(left)} without the Core`;
}

function outboxText(depth: number, oldestMs: bigint): string {
  return depth === 0 ? 'empty' : `${depth} keys wait, the oldest for ${spanText(oldestMs)}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function spanText(milliseconds: bigint): string {
  const span = Number(milliseconds);
  if (span < MINUTE) return `${(span / SECOND).toFixed(1)} s`;
  return span < HOUR ? `${(span / MINUTE).toFixed(1)} min` : `${(span / HOUR).toFixed(1)} h`;
}

const MIB = 1024 * 1024;

function sizeText(bytes: bigint): string {
  return `${(Number(bytes) / MIB).toFixed(1)} MiB`;
}
