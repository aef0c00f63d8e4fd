import type { FixtureName } from '../../trials/fixtures.ts';

/** What the process that measures stages is told; documents as PEM. */
export interface StagesJob {
  readonly fixture: FixtureName;
  readonly csr: string;
  readonly caKey: string;
  readonly caCertificate: string;
  readonly milliseconds: number;
}
