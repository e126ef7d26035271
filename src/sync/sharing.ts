import { keaModeOf, type KeaRole } from '../api/roles.ts';
import type { Sharing } from '../compile/types.ts';
import type { KeaStatus } from '../kea/commands.ts';
import { haModeOf, localNameOf, localRoleOf, partnerOf } from '../kea/ha.ts';

/**
 * Which servers share the work now, by what they say of themselves and of each other. Undefined: none is heard of, and those of the specification
 * are taken to do so.
 */
export const sharingOf = (statuses: readonly KeaStatus[]): Sharing | undefined => {
  if (statuses.length === 0) return undefined;
  if (statuses.some((status) => haModeOf(status) !== keaModeOf('LoadBalancing'))) return 'nobody';
  const by = (role: KeaRole): readonly string[] =>
    [
      ...new Set(
        statuses.flatMap((status) => [
          ...(localRoleOf(status) === role ? [localNameOf(status)] : []),
          ...(partnerOf(status)?.role === role ? [partnerOf(status)?.['server-name']] : []),
        ]),
      ),
    ].filter((name) => name !== undefined);
  return { primary: by('primary'), secondary: by('secondary') };
};
