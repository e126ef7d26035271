import type { Change, HostChange, NetworkChange, SubnetChange } from '../plan/plan.ts';
import { batchesOf } from './batches.ts';
import type { Writer } from './batches.ts';
import { writeNetworks, writeSubnets } from './writeConfig.ts';
import { writeHosts } from './writeHosts.ts';

/** Makes the changes in their order. */
export async function writeChanges(writer: Writer, changes: readonly Change[]): Promise<void> {
  for (const batch of batchesOf(changes)) {
    const [{ kind, op }] = batch;
    switch (kind) {
      case 'network':
        await writeNetworks(writer, op, batch as readonly NetworkChange[]);
        break;
      case 'subnet':
        await writeSubnets(writer, op, batch as readonly SubnetChange[]);
        break;
      case 'host':
        await writeHosts(writer, op, batch as readonly HostChange[]);
    }
  }
}
