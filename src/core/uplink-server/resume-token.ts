/** `cluster:epoch`: enough to tell whether a Gateway was linked to this Core, and not to a later state of it. */
export function resumeToken(clusterId: string, epoch: number): Uint8Array {
  return Buffer.from(`${clusterId}:${epoch}`, 'latin1');
}

/** True for a token of this Core, of now or before. A Gateway that has none begins anew. */
export function isResumable(token: Uint8Array, clusterId: string, epoch: number): boolean {
  const [cluster, known, ...rest] = Buffer.from(token).toString('latin1').split(':');
  return cluster === clusterId && rest.length === 0 && /^\d{1,15}$/.test(known ?? '')
    ? Number(known) <= epoch
    : false;
}
