/** What the cases of alerts are made of: series as a Prometheus has them, and what fires. */

/** Values one a minute, as `promtool test rules` writes them: `1x9` is ten times 1, `0+2x9` counts up by two, `_` is none, `stale` an end. */
export type Values = string;

export interface Firing {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface AlertCase {
  /** The sentence that follows the name of the alert, or the names. */
  readonly what: string;
  readonly series: Readonly<Record<string, Values>>;
  /** Minutes after the first value. */
  readonly at: number;
  /** All that fire. */
  readonly fires: readonly Firing[];
}

export const labelsOf = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;

const PAIR = { namespace: 'net', pair: 'office' };
export const PROCESS = { instance: '10.0.0.1:8080', pod: 'kea-operator-1' };
/** The process that leads after the first one. */
export const NEXT = { instance: '10.0.0.2:8080', pod: 'kea-operator-2' };

export const LEADER = `kea_operator_leader${labelsOf(PROCESS)}`;

export const ofPair = (metric: string, labels: Readonly<Record<string, string>> = {}): string =>
  `kea_operator_${metric}${labelsOf({ ...PAIR, ...labels, ...PROCESS, ...labels })}`;
export const ofServer = (metric: string, server: string, labels: Readonly<Record<string, string>> = {}): string =>
  ofPair(metric, { server, ip_family: 'IPv4', ...labels });
export const ofSubnet = (metric: string, subnet: string, labels: Readonly<Record<string, string>> = {}): string =>
  ofPair(`subnet_${metric}`, { subnet, cidr: '192.0.2.0/24', ip_family: 'IPv4', shared_network: '', ...labels });
export const condition = (type: string, status: string, reason: string): string =>
  ofPair('pair_condition', { type, status, reason });
export const paused = { [ofPair('pair_paused')]: '1x900' };

export const fires = (alert: string, severity: string, labels: Readonly<Record<string, string>> = {}): Firing => ({
  alert,
  labels: { severity, ...labels },
});
export const pairFires = (alert: string, severity: string, labels: Readonly<Record<string, string>> = {}): Firing =>
  fires(alert, severity, { ...PAIR, ...labels });
export const serverFires = (alert: string, severity: string, server: string): Firing =>
  pairFires(alert, severity, { server, ip_family: 'IPv4' });
export const familyFires = (alert: string, severity: string): Firing =>
  pairFires(alert, severity, { ip_family: 'IPv4' });
