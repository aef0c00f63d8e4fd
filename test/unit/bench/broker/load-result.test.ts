import { describe, expect, it } from 'vitest';

import { parseLoadOutput } from '../../../../bench/broker/clients/load-result.ts';
import { sampleResult } from './samples.ts';

const output = (result: object): string =>
  `{"note":"measuring"}\n{"note":"measured"}\n${JSON.stringify({ result })}\n`;

describe('what a load client prints', () => {
  it('is read from the line with the result', () => {
    const result = sampleResult(1000, 20);
    expect(parseLoadOutput(output(result))).toEqual(result);
  });

  it('is refused when there is no result', () => {
    expect(() => parseLoadOutput('{"note":"measuring"}\n')).toThrow('no result');
  });

  it.each(['perSecond', 'serverCpu', 'p99'])('is refused without a number for %s', (name) => {
    const result = { ...sampleResult(1000, 20), [name]: null };
    expect(() => parseLoadOutput(output(result))).toThrow(`${name} is not a number`);
  });

  it('is refused without percentiles', () => {
    const result = { ...sampleResult(1000, 20), percentiles: undefined };
    expect(() => parseLoadOutput(output(result))).toThrow('no percentiles');
  });
});
