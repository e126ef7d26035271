import { describe, expect, it } from 'vitest';
import { makePair } from '../../test/support/pair.ts';

describe('what a pair says of its pods', () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['a node that is for DHCP alone', { tolerations: [{ key: 'dhcp', value: 'true', effect: 'NoSchedule' }] }],
    ['every taint', { tolerations: [{ operator: 'Exists' }] }],
    ['a class of the system with the operator’s image', { priorityClassName: 'system-node-critical' }],
    ['labels with and without a domain', { podLabels: { team: 'net', 'example.org/cost': '' } }],
    ['as many labels as there may be', { podLabels: Object.fromEntries(keys(32)) }],
    ['annotations', { podAnnotations: { 'example.org/text': 'several\nlines' } }],
  ])('takes %s', (_what, spec) => {
    expect(makePair(spec).spec).toMatchObject(spec);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['a key that is none', { podLabels: { 'a b': 'c' } }, 'must be a key of Kubernetes'],
    ['a key of two domains', { podAnnotations: { 'a/b/c': 'd' } }, 'must be a key of Kubernetes'],
    ['a key of 64 letters', { podLabels: { ['k'.repeat(64)]: '' } }, 'must be a key of Kubernetes'],
    ['labels of the operator', { podLabels: { 'kea-operator.io/pair': 'x' } }, 'choose another key'],
    ['what other programs know pods by', { podLabels: { 'app.kubernetes.io/name': 'x' } }, 'choose another key'],
    [
      'annotations that take bounds away',
      { podAnnotations: { 'container.apparmor.security.beta.kubernetes.io/kea': 'unconfined' } },
      'choose another key',
    ],
    ['more labels than there may be', { podLabels: Object.fromEntries(keys(33)) }, 'at most 32 entries'],
  ])('refuses %s', (_what, spec, says) => {
    expect(() => makePair(spec)).toThrow(says);
  });
});

function* keys(count: number): Generator<[string, string]> {
  for (let index = 0; index < count; index++) yield [`key-${index}`, 'x'];
}
