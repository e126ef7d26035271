/** Parts of a HAPair's spec: what its pods are given beside what makes them servers. */
import { z } from 'zod';
import { cel, type CelRule } from './cel.ts';
import { text } from './text.ts';

const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?';
const DOMAIN = '[a-z0-9]([-a-z0-9.]*[a-z0-9])?';
/** Kubernetes' qualified name: `name`, `example.org/name`. */
const KEY = new RegExp(`^(${DOMAIN}/)?${NAME}$`);
const isKey = (key: string): boolean => {
  const [name = '', domain = ''] = key.split('/').toReversed();
  return KEY.test(key) && name.length <= 63 && domain.length <= 253;
};

const KEY_MESSAGE = 'must be a key of Kubernetes, such as team or example.org/team';

const toleration = z
  .object({
    key: text({
      description: 'Key of the taint. Left out: of any.',
      max: 316,
      pattern: KEY,
      message: KEY_MESSAGE,
    }).optional(),
    operator: z
      .enum(['Equal', 'Exists'])
      .meta({ description: 'Equal: the taint has this value. Exists: whatever its value. Left out: Equal.' })
      .optional(),
    value: z.string().max(63).meta({ description: 'Value of the taint.' }).optional(),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .meta({ description: 'Effect of the taint. Left out: all.' })
      .optional(),
    tolerationSeconds: z
      .int()
      .min(0)
      .meta({ description: 'How long NoExecute is borne. Left out: for ever.', format: 'int64' })
      .optional(),
  })
  .meta({
    title: 'Toleration',
    description: 'A taint that is borne, as in a pod.',
    ...cel(
      {
        rule: "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
        message: 'without a key the operator must be Exists: name the key of the taint, or bear all',
        fieldPath: '.operator',
      },
      {
        rule: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
        message: 'operator Exists takes no value: leave one of them out',
        fieldPath: '.value',
      },
      {
        rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        message: 'tolerationSeconds is of effect NoExecute only: leave it out, or name the effect',
        fieldPath: '.tolerationSeconds',
      },
    ),
  });

/** Refuses keys that begin so. CEL is cheap on the beginning of a key alone, as nothing bounds its length. */
const keptFor = (reserved: readonly string[], message: string): CelRule => ({
  rule: `self.all(key, !${JSON.stringify(reserved).replaceAll('"', "'")}.exists(own, key.startsWith(own)))`,
  message,
});

const metadataOfPods = ({
  description,
  longest,
  reserved,
  message,
}: {
  readonly description: string;
  readonly longest: number;
  readonly reserved: readonly string[];
  readonly message: string;
}) =>
  z
    .record(z.string(), z.string().max(longest).meta({ description: 'The value.' }))
    .refine((entries) => Object.keys(entries).length <= MOST, `must have at most ${MOST} entries`)
    .refine((entries) => Object.keys(entries).every(isKey), KEY_MESSAGE)
    .refine((entries) => !Object.keys(entries).some((key) => reserved.some((own) => key.startsWith(own))), message)
    .meta({ description, maxProperties: MOST, ...cel(keptFor(reserved, message)) })
    .optional();

const MOST = 32;

export const podFields = {
  tolerations: z
    .array(toleration)
    .max(16)
    .meta({
      description:
        'Taints of nodes that the servers bear, as in a pod, beside those of nodes in trouble and of the control plane: a node that is for DHCP alone has one. Whoever bears node.kubernetes.io/unschedulable comes back to a node that is drained.',
      'x-kubernetes-list-type': 'atomic',
    })
    .optional(),
  priorityClassName: text({
    description:
      'PriorityClass of the pods: which of them go first where a node is full. The installation says which may be named.',
    max: 253,
    pattern: new RegExp(`^${DOMAIN}$`),
    message: 'must be the name of a PriorityClass, such as dhcp or system-node-critical',
  }).optional(),
  podLabels: metadataOfPods({
    description:
      'Labels of the pods, beside those by which the operator knows them. A change replaces the pods, one server after the other.',
    longest: 63,
    reserved: [
      'kea-operator.io/',
      'app.kubernetes.io/',
      'apps.kubernetes.io/',
      'batch.kubernetes.io/',
      'statefulset.kubernetes.io/',
      'controller-revision-hash',
      'controller-uid',
      'job-name',
    ],
    message:
      'labels of kea-operator.io, app.kubernetes.io and of what makes the pods are not to be given: choose another key',
  }),
  podAnnotations: metadataOfPods({
    description: 'Annotations of the pods. A change replaces the pods, one server after the other.',
    longest: 4096,
    reserved: [
      'kea-operator.io/',
      'kubectl.kubernetes.io/',
      'container.apparmor.security.beta.kubernetes.io/',
      'container.seccomp.security.alpha.kubernetes.io/',
      'seccomp.security.alpha.kubernetes.io/',
    ],
    message:
      'annotations of kea-operator.io, of kubectl, and those that take a container’s bounds away are not to be given: choose another key',
  }),
} as const;

/** Of a system class a pod may push others off the node that the node itself needs. */
export const priorityRule: CelRule = {
  rule: "!has(self.priorityClassName) || !self.priorityClassName.startsWith('system-') || !has(self.image)",
  message: 'classes of the system are for the operator’s own image: leave image out, or choose another class',
  fieldPath: '.priorityClassName',
};
