import type { Row } from '../../report/row.ts';
import { CLIENT_TITLES, SUBJECT_TITLES, type ClientName, type SubjectName } from '../contenders.ts';
import type { BrokerMeasurements } from '../measurements.ts';

/** What a reader has to know beside the tables. */
export function notes(
  rows: readonly Row[],
  { missing, overloads, abuses }: BrokerMeasurements,
  rounds: number,
): readonly string[] {
  const judged = rows.flatMap(({ verdict }) => verdict ?? []);
  const met = judged.filter((verdict) => verdict.met).length;
  return [
    `${met} of ${judged.length} targets met.`,
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, each with servers and clients in processes of their own; a ` +
      'ratio above 1 says that the Broker is the better.',
    ...(rounds < 3 ? ['Fewer than 3 rounds: an impression, not figures to publish.'] : []),
    ...[...missing].map(([name, reason]) => `NOT MEASURED: ${titleOf(name)} (${reason}).`),
    'Same core: server and client share one processor, and what is waited for is work alone; other core: one each, and every ' +
      'wake-up of an idle processor counts; free: wherever the system likes.',
    'Both sides write a line of log for each call to a file, where nothing else is said. Go runs without its FIPS mode but ' +
      'where it is named; the Broker runs with FIPS required but where it is all JavaScript.',
    ...[...overloads].map(([name, measured]) => {
      const [last] = measured.slice(-1);
      const failures = Object.entries(last?.failures ?? {}).map(
        ([status, count]) => `${count} with status ${status}`,
      );
      return (
        `Overload of ${SUBJECT_TITLES[name]}, last round: capacity ${Math.round(last?.capacity ?? 0)}/s, in time ` +
        `${Math.round(last?.goodput ?? 0)}/s, late ${last?.late ?? 0}, not sent ${last?.notSent ?? 0}, failed ` +
        `${failures.length === 0 ? 'none' : failures.join(', ')}.`
      );
    }),
    ...[...abuses].map(([name, measured]) => {
      const connections = Math.max(...measured.map((one) => one.connections));
      return `Abuse of ${SUBJECT_TITLES[name]}: the flood had to connect ${connections} times.`;
    }),
  ];
}

function titleOf(name: SubjectName | ClientName): string {
  const titles: Readonly<Record<string, string>> = { ...CLIENT_TITLES, ...SUBJECT_TITLES };
  // `go` is both; without Go there is neither.
  return titles[name] ?? name;
}
