/**
 * Subnets whose clients are to go. Measured with Kea 3.0.4: where the pools are taken away, a client of DHCPv4 that renews hears nothing, and keeps its address until
 * the lease ends; where its address is in a pool that is for a class without members, it is refused (NAK) and begins anew at once. A client of DHCPv6 is told
 * in either case that its address is valid no longer (lifetime 0), and its lease is gone.
 */
import { formatRange, hostsIn, prefixIn } from './address.ts';
import { canonicalSubnet } from './canonical.ts';
import { OPERATORS_OWN } from './classRules.ts';
import type { SubnetBody } from './state.ts';

/** Nobody defines it, so that no client is in it. */
const DRAINING = `${OPERATORS_OWN}draining`;
const NOBODY = [DRAINING];

/** Whether no client gets or renews an address or prefix of the subnet. */
export const isDraining = ({ pools = [] }: Pick<SubnetBody, 'pools'>): boolean =>
  pools.some(({ 'client-classes': classes = [] }) => classes.includes(DRAINING));

/**
 * A subnet that serves nobody, and refuses those whom it served: in place of its pools it has one of all its addresses, so that clients of reservations and of former
 * pools are refused too. No reservation of it is looked up, whoever wrote it: for its client it would be renewed for ever.
 */
export const drained = (body: SubnetBody): SubnetBody => {
  const prefix = prefixIn(body.subnet);
  const whole = prefix && [{ pool: formatRange(prefix.of, hostsIn(prefix)), 'client-classes': NOBODY }];
  const { 'reservations-out-of-pool': _, ...rest } = body;
  return canonicalSubnet({
    ...rest,
    pools: whole,
    'pd-pools': body['pd-pools']?.map((pool) => ({ ...pool, 'client-classes': NOBODY })),
    'reservations-in-subnet': false,
    // In a shared network Kea looks up global reservations by the subnet that it tries first: clients of the others would lose theirs.
    ...(body['shared-network-name'] === undefined ? { 'reservations-global': false } : {}),
    // A queue of the free addresses of so large a pool would be made in vain.
    allocator: 'iterative',
  });
};
