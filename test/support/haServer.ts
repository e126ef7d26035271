import type { KeaStatus } from '../../src/kea/commands.ts';
import type { ServerCondition } from '../../src/workload/rollout.ts';

interface Given {
  readonly disabled?: boolean;
  readonly cutOff?: boolean;
  /** Seconds since its partner was last heard of. */
  readonly age?: number;
  readonly scopes?: readonly string[];
  readonly uptime?: number;
}

/** A server with this HA state, which is well as far as a decision on HA cares. */
export const haServer = (
  name: string,
  role: ServerCondition['role'],
  state: string,
  { disabled = false, cutOff = false, age = 0, scopes = [], uptime = 10_000 }: Given = {},
): ServerCondition => {
  const status: KeaStatus = {
    pid: 1,
    uptime,
    reload: 10,
    'dhcp-state': { 'globally-disabled': disabled },
    'high-availability': [
      {
        'ha-mode': 'any',
        'ha-servers': {
          local: { role, scopes: [...scopes], state },
          remote: { age, 'communication-interrupted': cutOff },
        },
      },
    ],
  };
  return {
    name,
    role,
    status,
    podExists: true,
    podReady: true,
    down: false,
    stuck: false,
    empty: false,
    leaseless: false,
    jointly: false,
    templateCurrent: true,
    configCurrent: true,
    waitedMs: 0,
  };
};
