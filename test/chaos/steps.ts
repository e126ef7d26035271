/** PURE: the words that cases are written in. Each injection has a name; what it is done to is the second word. */
import type { Saying } from './judge.ts';

/** Every injection, as the page tells it. faults.ts knows how each is done. */
export const FAULTS = {
  kill: (on: string) => `SIGKILL to ${on}`,
  freeze: (on: string) => `SIGSTOP to ${on}`,
  'kill-session': (on: string) => `SIGKILL to PostgreSQL's session of ${on}`,
  'delete-pod': (on: string) => `pod of ${on} deleted`,
  stop: (on: string) => `${on} stopped`,
  'power-off': (on: string) => `power-off of ${on}`,
  'cut-lan': (on: string) => `LAN of ${on} cut`,
  'cut-mgmt': (on: string) => `management network of ${on} cut`,
  'cut-ha': (on: string) => `HA port cut ${on}`,
  'steal-port': (on: string) => `UDP port 67 of ${on} taken by another process`,
  'small-disk': (on: string) => `lease directory of ${on} on a small disk`,
  'fill-disk': (on: string) => `disk of ${on} full`,
  clock: (on: string) => `clock of ${on}`,
  'image-with-clock': () => 'servers with clocks of their own',
  'wrong-password': () => 'wrong password in the credentials Secret',
  'rotate-password': () => 'password rotated in database and Secret',
  'wrong-port': () => 'database.port of nobody',
  'move-port': () => 'database.port changed, to where the database is',
  'second-database': () => 'a second PostgreSQL server',
  'move-database': () => 'database moved to another server of the same name',
  'invalid-row': () => 'pool of a row set outside its subnet by SQL',
  'lock-table': () => 'table locked',
  'revoke-rights': () => 'rights of the operator to the objects of pairs revoked',
  'cut-database': (on: string) => `way from ${on} to PostgreSQL cut`,
  'change-subnet': () => 'Subnet changed',
  'keep-changing': () => 'Subnet changed every three seconds',
  'save-database': () => 'database dumped',
  'restore-database': () => 'database restored from the dump',
  'drop-database': () => 'database dropped',
  'save-etcd': () => 'etcd saved',
  'restore-etcd': () => 'etcd restored from the snapshot',
  'add-objects': (on: string) => `${on} Subnets made`,
  'add-class': () => 'ClientClass made',
  'reject-object': () => 'Subnet made with the prefix of another',
  'small-pool': () => 'a Subnet of eight addresses',
  crowd: () => 'forty clients ask for them',
  decline: () => 'a client declines one of them, which a machine uses without DHCP',
  'read-leases': () => 'leases read twice a second',
  'short-certificate': () => 'certificate of the operator replaced by one of ten days',
  'delete-pair': (on: string) => `HAPair deleted, --cascade=${on}`,
  'drop-finalizer': (on: string) => `${on} deleted, its finalizer taken off`,
  'delete-crds': () => 'CustomResourceDefinitions deleted',
  reserve: (on: string) => `first HostReservation by ${on}`,
  rollout: (on: string) => `rollout of ${on}`,
  change: (on: string) => on,
} as const satisfies Record<string, (on: string) => string>;

export type FaultName = keyof typeof FAULTS;

/** One injection. */
export interface Step {
  readonly fault: FaultName;
  readonly on: string;
}

export type Act =
  | { readonly act: 'inject'; readonly steps: readonly Step[] }
  | { readonly act: 'heal'; readonly steps: readonly Step[] }
  | { readonly act: 'wait'; readonly seconds: number }
  /** The status has to say so within fifteen seconds. */
  | { readonly act: 'says'; readonly saying: Saying }
  /** Ends when each alert of the case has fired, or after so long. */
  | { readonly act: 'alerted'; readonly seconds: number }
  /** The pair has to be Ready again, as it now is meant to be. */
  | { readonly act: 'settle'; readonly seconds: number };

/** One injection; several in one {@link at} begin together. */
export const step = (fault: FaultName, on = ''): Step => ({ fault, on });
export const at = (...steps: readonly Step[]): Act => ({ act: 'inject', steps });
export const inject = (fault: FaultName, on = ''): Act => at(step(fault, on));
/** Undoes injections, one after another. What is not healed by then is healed at the end of the case, the last first. */
export const heal = (fault: FaultName, on = ''): Act => ({ act: 'heal', steps: [step(fault, on)] });
export const wait = (seconds: number): Act => ({ act: 'wait', seconds });
export const says = (saying: Saying): Act => ({ act: 'says', saying });
export const alerted = (seconds: number): Act => ({ act: 'alerted', seconds });
export const settle = (seconds = 90): Act => ({ act: 'settle', seconds });

export const describeStep = ({ fault, on }: Step): string => FAULTS[fault](on);

/** The fault of a case in one line: what begins together is joined by "and", what follows by commas. */
export const describeActs = (acts: readonly Act[]): string => {
  const injected = acts.flatMap((act) => (act.act === 'inject' ? act.steps : []));
  const undone = (steps: readonly Step[]): string =>
    injected.length === 1 ? 'undone' : `undone: ${steps.map(describeStep).join(', ')}`;
  return acts
    .flatMap((act) => {
      switch (act.act) {
        case 'inject':
          return [act.steps.map(describeStep).join(' and ')];
        case 'heal':
          return [undone(act.steps)];
        case 'wait':
          return [`${act.seconds} s`];
        case 'settle':
          return ['Ready again'];
        case 'alerted':
          return ['until its alerts fire'];
        case 'says':
          return [];
      }
    })
    .join(', ');
};
