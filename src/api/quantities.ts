/** Ports and Kubernetes quantities, as fields of the custom resources. */
import { z } from 'zod';
import { cel } from './cel.ts';

export const port = (description: string, value: number) =>
  z.int().min(1).max(65_535).default(value).meta({ description, format: 'int32' });

const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;
const message = 'must be a quantity, such as 500m, 2, 256Mi or 1Gi';

/** A Kubernetes quantity as text. */
export const quantity = (description: string) =>
  z
    .string()
    .max(32)
    .refine((value) => QUANTITY.test(value), message)
    .meta({ description, ...cel({ rule: 'isQuantity(self)', message }) });

/** A quantity as pods have it: `cpu: 2` is as good as `cpu: "2"`. */
const podQuantity = (description: string) =>
  z.union([z.int(), z.string().max(32)]).meta({
    description,
    'x-kubernetes-int-or-string': true,
    ...cel({ rule: 'type(self) == string ? isQuantity(self) : self >= 0', message }),
  });

export const cpuAndMemory = (description: string) =>
  z
    .object({
      cpu: podQuantity('Processor time: 1 is one core, 500m half of one.').optional(),
      memory: podQuantity('Memory in bytes, e.g. 256Mi.').optional(),
    })
    .meta({ description })
    .optional();
