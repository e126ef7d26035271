/** How full pools are, in the statuses of Subnets, SharedNetworks and HAPairs. */
import { z } from 'zod';

export const count = (description: string) => z.int().min(0).meta({ description, format: 'int64' });
const percent = (description: string) => z.int().min(0).max(100).meta({ description, format: 'int32' });

const MANY = 'of more than 9007199254740991 that many';

/** What a Subnet has, and what is summed up of several. */
const figures = {
  total: count(`Addresses in all pools; ${MANY}.`),
  assigned: count('Addresses of the pools that are leased, declined ones among them.'),
  declined: count('Addresses of the pools that clients found in use by somebody else.'),
  free: count('Addresses of the pools that are left to give: total less assigned.').optional(),
  percent: percent(
    'Part of total that is not left to give, in percent, rounded down. Declined addresses count as given: nobody gets them until their probation is over.',
  ),
  outsidePools: count('Addresses leased that are in no pool: reserved ones, and those of pools that were.').optional(),
  prefixes: count(`Prefixes that the pdPools have for clients; ${MANY}.`).optional(),
  delegated: count('Prefixes of the pdPools that clients have.').optional(),
  prefixPercent: percent('Part of prefixes that is not left to give, in percent, rounded down.').optional(),
  delegatedOutsidePools: count(
    'Prefixes that clients have and that are of no pdPool: reserved ones, and those of pools that were.',
  ).optional(),
} as const;

const pool = z
  .object({
    pool: z.string().max(128).meta({ description: 'The pool, as in the specification.' }),
    total: count(`Its addresses; ${MANY}.`),
    assigned: count('Those that are leased, declined ones among them.'),
    declined: count('Those that clients found in use by somebody else.'),
    percent: percent('Part of total that is not left to give, in percent, rounded down.'),
  })
  .meta({ title: 'PoolUtilization', description: 'How full one pool is.' });

const pdPool = z
  .object({
    prefix: z.string().max(64).meta({ description: 'The prefix that is cut up, in its one spelling.' }),
    delegatedLen: z.int().min(1).max(128).meta({ description: 'Length of what clients get.', format: 'int32' }),
    total: count(`Prefixes that it has for clients; ${MANY}.`),
    delegated: count('Those that clients have.'),
    percent: percent('Part of total that is not left to give, in percent, rounded down.'),
  })
  .meta({ title: 'PdPoolUtilization', description: 'How full one pdPool is.' });

const HOW_OFTEN = 'refreshed at most every 30 s';

export const subnetUtilization = z
  .object({
    ...figures,
    pools: z
      .array(pool)
      .max(128)
      .meta({
        description:
          'Of each pool, in the order of the specification. In mode LoadBalancing the halves of both servers together.',
        'x-kubernetes-list-type': 'atomic',
      })
      .optional(),
    pdPools: z
      .array(pdPool)
      .max(64)
      .meta({
        description: 'Of each pdPool, in the order of the specification.',
        'x-kubernetes-list-type': 'atomic',
      })
      .optional(),
  })
  .meta({ description: `How full the pools are; ${HOW_OFTEN}.` });

/** @param whose Of what all Subnets are summed up. */
export const summedUtilization = (whose: string) =>
  z.object(figures).meta({ description: `How full the pools of all Subnets of ${whose} are; ${HOW_OFTEN}.` });
