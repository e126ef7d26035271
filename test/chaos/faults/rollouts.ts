/** Changes of the pair itself: what is rolled out server by server, and who the servers are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../../support/cluster.ts';
import type { Injection } from '../faults.ts';
import { CLOCK_IMAGE, OTHER_IMAGES } from '../images.ts';
import type { Lab } from '../lab.ts';
import { LIFETIME, PAIR, type PairSpec, PARTNER, PRIMARY, type Server, SERVICES } from '../pair.ts';
import { TIMERS } from '../shapes.ts';

/** The one that is not there now. */
const other = <T>(pair: readonly [T, T], now: unknown): T => (now === pair[0] ? pair[1] : pair[0]);

const dhcp4Of = (spec: PairSpec) => spec.dhcp4 as Readonly<Record<string, unknown>>;
const memoryOf = (spec: PairSpec): string | undefined =>
  (spec.resources as { readonly requests: { readonly memory: string } } | undefined)?.requests.memory;

/** The files of a server without the word which of them are the newest: new ones are made, as when their time is over. */
const renewCertificates = async (lab: Lab): Promise<void> => {
  for (const { name } of lab.present.spec.servers)
    await lab.kubectl('annotate', 'secret', `${PAIR}-${name}-bootstrap`, 'kea-operator.io/files-');
  await lab.kubectl('annotate', 'hapair', PAIR, `chaos/renewed=${Date.now()}`, '--overwrite');
};

/** What is rolled out stays: the next rollout goes back. */
const rollout: Injection = async (lab, on) => {
  const { spec } = lab.present;
  switch (on) {
    case 'image':
      await lab.respec({ ...spec, image: other(OTHER_IMAGES, spec.image) });
      break;
    case 'resources':
      await lab.respec({
        ...spec,
        resources: { requests: { cpu: '50m', memory: other(['80Mi', '96Mi'], memoryOf(spec)) } },
      });
      break;
    case 'globals': {
      const validLifetime = other([LIFETIME, LIFETIME + 60], dhcp4Of(spec).validLifetime);
      await lab.respec({ ...spec, dhcp4: { ...dhcp4Of(spec), validLifetime } });
      break;
    }
    case 'certificate':
      await renewCertificates(lab);
      break;
    default:
      throw new Error(`there is no rollout of ${on}`);
  }
  return undefined;
};

const THIRD: Server = { name: 'c', node: SERVICES };
const PORTS = { control: 8010, ha: 8011 } as const;

const sampleTimers = (): unknown => {
  const [sample] = parseAllDocuments(readFileSync(join(ROOT, 'manifests', 'samples', 'hapair.yaml'), 'utf8'));
  return (sample?.toJS() as { readonly spec: { readonly ha: unknown } }).spec.ha;
};

const partnerRole = ({ mode }: PairSpec): string => (mode === 'LoadBalancing' ? 'Secondary' : 'Standby');

const CHANGES: Readonly<Record<string, (spec: PairSpec) => Partial<PairSpec>>> = {
  'mode LoadBalancing': () => ({ mode: 'LoadBalancing' }),
  'mode HotStandby': () => ({ mode: 'HotStandby' }),
  'mode Standalone': () => ({ mode: 'Standalone', servers: [PRIMARY] }),
  'mode HotStandby with a second server': () => ({ mode: 'HotStandby', servers: [PRIMARY, PARTNER] }),
  'a backup more': ({ servers }) => ({ servers: [...servers, THIRD] }),
  'another partner on another node': () => ({ servers: [PRIMARY, THIRD] }),
  'partner on another node': () => ({ servers: [PRIMARY, { ...PARTNER, node: SERVICES }] }),
  'another primary on another node': () => ({ servers: [THIRD, PARTNER] }),
  'primary on another node': () => ({ servers: [{ ...PRIMARY, node: SERVICES }, PARTNER] }),
  'roles swapped': (spec) => ({
    servers: [
      { ...PRIMARY, role: partnerRole(spec) },
      { ...PARTNER, role: 'Primary' },
    ],
  }),
  'backup and partner swapped': () => ({ servers: [PRIMARY, THIRD, PARTNER] }),
  paused: () => ({ paused: true }),
  'another control port': () => ({ controlPort: PORTS.control }),
  'another HA port': () => ({ haPort: PORTS.ha }),
  'HA timers of the sample': () => ({ ha: sampleTimers() }),
  'maxUnackedClients 0': () => ({ ha: { ...TIMERS, maxUnackedClients: 0 } }),
};

const change: Injection = async (lab, on) => {
  const before = lab.present.spec;
  const changed = CHANGES[on]?.(before);
  if (changed === undefined) throw new Error(`there is no change "${on}"`);
  await lab.respec({ ...before, ...changed });
  return () => lab.respec(before);
};

const imageWithClock: Injection = async (lab) => {
  const { image, ...before } = lab.present.spec;
  await lab.respec({ ...before, image: CLOCK_IMAGE });
  return () => lab.respec({ ...before, ...(image === undefined ? {} : { image }) });
};

export const rolloutFaults = { rollout, change, 'image-with-clock': imageWithClock } as const satisfies Record<
  string,
  Injection
>;
