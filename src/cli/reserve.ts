/** `lease reserve`: a HostReservation that keeps an address for the client that has it now. */
import type { HostReservation } from '../api/hostReservation.ts';
import { GROUP } from '../api/kind.ts';
import { HOST_RESERVATIONS } from '../api/resources.ts';
import { toYaml } from '../generate/yaml.ts';
import { colons, parseBytes } from '../kea/bytes.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import { Complaint, EXIT, type Exit, usageError } from './exit.ts';
import { locate } from './locate.ts';
import {
  type ReservationManifest,
  reservationOf,
  reservationRight,
  reservedTexts,
  type ReserveFlags,
} from './reservations.ts';
import { explained } from './sentence.ts';
import type { CliSession } from './session.ts';

export interface ReserveCommandFlags extends ReserveFlags {
  readonly apply?: boolean;
}

const FIELD_MANAGER = 'kubectl-kea';

export const runReserve = async (session: CliSession, given: string, flags: ReserveCommandFlags): Promise<Exit> => {
  const { client, terminal } = session;
  const [lease, ...others] = await locate(session, given);
  if (others.length > 0) {
    const namespaces = [lease, ...others].map(({ metadata }) => metadata.namespace).join(', ');
    throw usageError(`Several namespaces have a lease of ${given}: ${namespaces}. Name one with -n.`);
  }
  const manifest = reservationOf(lease, flags);
  const { reservation } = lease.spec;
  if (reservation !== undefined)
    terminal.say(`HostReservation ${reservation} keeps ${given} for this very client already.`);
  if (flags.apply !== true) {
    await terminal.write(toYaml(manifest));
    return EXIT.done;
  }
  const { namespace, name } = manifest.metadata;
  const right = reservationRight(['get', 'patch', 'create'], namespace);
  const present = await explained(
    unlessNotFound(client.get(HOST_RESERVATIONS, manifest.metadata, { signal: terminal.signal })),
    right,
  );
  if (present !== undefined && !isSame(present, manifest)) {
    throw new Complaint(
      `The namespace ${namespace} has a HostReservation ${name} already, and it is for another client, subnet or address: choose a name with --name.`,
    );
  }
  await explained(
    client.apply(HOST_RESERVATIONS, manifest, { fieldManager: FIELD_MANAGER, force: false, signal: terminal.signal }),
    right,
  );
  await terminal.write(`hostreservation.${GROUP}/${name} applied\n`);
  return EXIT.done;
};

/** Whether the two pin the same client to the same address: then applying says again what is there. */
const isSame = ({ spec }: HostReservation, { spec: desired }: ReservationManifest): boolean => {
  const bytes = (identifier: HostReservation['spec']['identifier']): string =>
    Object.entries(identifier)
      .map(([type, text = '']) => `${type} ${colons(parseBytes(text) ?? Buffer.from(text))}`)
      .join();
  return (
    spec.subnetRef?.name === desired.subnetRef?.name &&
    bytes(spec.identifier) === bytes(desired.identifier) &&
    reservedTexts(spec).join() === reservedTexts(desired).join()
  );
};
