import { describe, expect, it } from 'vitest';
import { ApiFailure } from './failure.ts';
import { parseListQuery } from './query.ts';

const parse = (text: string) => parseListQuery(new URLSearchParams(text));
const refusal = (text: string): ApiFailure => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
  throw new Error(`${text} was not refused`);
};

describe('the query of a list', () => {
  it('is empty as a rule', () => {
    expect(parse('')).toMatchObject({
      limit: undefined,
      position: undefined,
      selector: { labels: [], fields: [] },
      name: undefined,
      include: 'Metadata',
    });
  });

  it.each([
    ['limit=500', { limit: 500 }, "kubectl's chunks"],
    ['limit=0', { limit: undefined }, 'kubectl --chunk-size=0 and --sort-by: no limit'],
    ['limit=1000000', { limit: 1_000 }, 'a page is gathered before it is sent, so it has a largest size'],
    ['includeObject=Object', { include: 'Object' }, '--sort-by needs whole objects'],
    ['includeObject=None', { include: 'None' }, 'rows without objects'],
    ['fieldSelector=metadata.name%3D192.0.2.1', { name: '192.0.2.1' }, 'kubectl wait and describe select by name'],
    ['fieldSelector=metadata.name==192.0.2.1', { name: '192.0.2.1' }, 'both spellings of equality'],
    ['fieldSelector=metadata.namespace%3Da,metadata.name%3Db', { name: 'b' }, 'both fields'],
    ['fieldSelector=+metadata.name+%3D+a+,+', { name: 'a' }, 'space does not count'],
    [`fieldSelector=metadata.name%3D${'+'.repeat(4_000)}x%0Ay`, { name: 'x\ny' }, 'nor does a great deal of it'],
    ['limit=00', { limit: undefined }, 'as many zeros as one likes: a page of none would never come to an end'],
    ['fieldSelector=&labelSelector=', { name: undefined }, 'empty selectors select everything'],
    ['resourceVersion=0', { limit: undefined }, 'any version will do: what is shown is the newest'],
    ['resourceVersion=5&resourceVersionMatch=NotOlderThan', { limit: undefined }, 'nothing is newer than now'],
    ['watch=false', { limit: undefined }, 'no watch'],
    ['timeoutSeconds=5&pretty=true', { limit: undefined }, 'what does not matter here'],
  ])('%s is understood: %#', (text, expected, because) => {
    expect(parse(text), because).toMatchObject(expected);
  });

  it.each([
    ['watch=true', 405, 'leases cannot be watched'],
    ['watch=1', 405, 'leases cannot be watched'],
    ['labelSelector=a%3Db+c', 400, 'the label selector cannot be read'],
    ['fieldSelector=spec.iaid%3D1', 400, 'field selector "spec.iaid=1" is not supported'],
    ['fieldSelector=status.address%3D10', 400, 'address must be an address or a prefix'],
    ['fieldSelector=metadata.name!%3Da', 400, 'is not supported'],
    ['fieldSelector=nonsense', 400, 'invalid field selector "nonsense"'],
    ['limit=-1', 400, 'limit must be a number'],
    ['limit=many', 400, 'limit must be a number'],
    ['continue=nonsense', 400, 'the continue token is not one that this API gave'],
    ['includeObject=All', 400, 'unrecognized includeObject'],
    ['resourceVersion=5&resourceVersionMatch=Exact', 410, 'keeps no history'],
    ['resourceVersionMatch=Newest', 400, 'unknown resourceVersionMatch'],
    ['limit=%1B[2J%0A', 400, 'not negative: "\\u{1b}[2J\\n"'],
  ])('%s is refused with %i', (text, code, message) => {
    const failure = refusal(text);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
  });
});
