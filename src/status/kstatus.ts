/**
 * What kstatus reads beside Ready, by which Flux, kapp and Config Sync wait for objects: it takes every Ready that is not True for work under way, and
 * would wait until its time is up for what only somebody's change can put right.
 */
import { acceptedReasons } from '../api/acceptedReasons.ts';
import { type AbnormalType, type Finding, isTrue } from './conditions.ts';

/** Of what was written, and refused. What may come, as a Secret or a node, and what may pass, as an outage, is waited for. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...Object.keys(acceptedReasons),
  'ServerRefused',
  'BackendRefused',
  'ObjectRefused',
  'MassDeletionWithheld',
  'SubnetsVanished',
  'WorkloadForbidden',
  'InterfaceTaken',
  'PortTaken',
  'PortInUse',
  'NotAllowed',
  'NameTaken',
]);

/**
 * The findings, and where the object is not Ready whether that needs somebody's change. Neither condition is ever False: it is left out
 * (docs/adr/0027-what-waits-and-what-failed.md).
 */
export const withKstatus = (
  findings: Readonly<Record<string, Finding>> & { readonly Ready: Finding },
): Readonly<Record<string, Finding>> => {
  const { status, reason, message } = findings.Ready;
  if (status === 'True') return findings;
  const type: AbnormalType = status === 'False' && REFUSALS.has(reason) ? 'Stalled' : 'Reconciling';
  return { ...findings, [type]: isTrue(reason, message) };
};
