/** Whether a change still gets through to every server: a status that nobody writes any more says Ready for ever. */
import { SUBNETS } from '../../src/api/resources.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { NAMESPACE } from '../support/install.ts';
import { sleep } from '../support/run.ts';
import type { Lab } from './lab.ts';
import { PULSE, pulseRouter } from './pair.ts';

/** Changes one subnet and waits for its way through database and servers; gives what is missing after so many seconds. */
export const takesChanges = async (lab: Lab, seconds: number): Promise<readonly string[]> => {
  const deadline = Date.now() + seconds * 1000;
  const at = { namespace: NAMESPACE, name: PULSE };
  const router = pulseRouter(++lab.present.beat);
  await lab.client.patch(SUBNETS, at, { spec: { optionData: [{ name: 'routers', data: router }] } });
  for (;;) {
    const subnet = await lab.client.get(SUBNETS, at);
    const programmed = conditionsOf(subnet.status).get('Programmed');
    if (subnet.status?.observedGeneration === subnet.metadata.generation && programmed?.status === 'True') return [];
    if (Date.now() > deadline)
      return [`a changed Subnet is not programmed: ${programmed?.reason ?? ''} ${programmed?.message ?? ''}`];
    await sleep(250);
  }
};
