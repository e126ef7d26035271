import { z } from 'zod';
import { UNOBSERVED } from './kind.ts';

/** metav1.Condition as a schema. */
const condition = z
  .object({
    type: z.string().max(316).meta({ description: 'What the condition speaks of, e.g. Ready.' }),
    status: z
      .enum(['True', 'False', 'Unknown'])
      .meta({ description: 'Unknown while work is under way; False for an error only.' }),
    reason: z.string().max(1024).meta({ description: 'One word for programs; docs/reference/reasons.md lists all.' }),
    message: z.string().max(32_768).meta({ description: 'The same for people, with the remedy.' }),
    lastTransitionTime: z.string().meta({ description: 'When status last changed.', format: 'date-time' }),
    observedGeneration: z
      .int()
      .min(0)
      .meta({ description: 'The generation that the condition speaks of.', format: 'int64' })
      .optional(),
  })
  .meta({ title: 'Condition', description: 'One condition of the object.' });

const warning = z
  .object({
    reason: z.string().max(1024).meta({ description: 'One word for programs; docs/reference/reasons.md lists all.' }),
    field: z
      .string()
      .max(1024)
      .meta({ description: 'What it is about, such as spec.pools; of several with commas between.' })
      .optional(),
    message: z.string().max(32_768).meta({ description: 'The same for people, with the remedy.' }),
  })
  .meta({ title: 'Warning', description: 'Something that is not wrong, and may surprise.' });

/** Status fields of every kind. */
export const statusFields = {
  observedGeneration: z
    .int()
    .min(UNOBSERVED.observedGeneration)
    .meta({
      description: 'The generation of the object that this status speaks of; -1: nobody has looked at it yet.',
      format: 'int64',
      default: UNOBSERVED.observedGeneration,
    })
    .optional(),
  conditions: z
    .array(condition)
    .max(32)
    .meta({
      description:
        'Accepted, Programmed and Ready; while the object is not Ready Reconciling or, where it needs a change by somebody, Stalled; of a HAPair also its workload, database and servers, of a Subnet or SharedNetwork with pools also PoolPressure.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    })
    .optional(),
  warnings: z
    .array(warning)
    .max(64)
    .meta({
      description:
        'What is not wrong, and may surprise. Warnings change no condition; the annotation kea-operator.io/silence names those that are not to be told.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['reason'],
    })
    .optional(),
  warningCount: z
    .int()
    .min(0)
    .meta({ description: 'Number of warnings; none is left out.', format: 'int32' })
    .optional(),
} as const;
