/** PURE: a PostgreSQL server beside the bundled one, for the case in which the database moves. */
import { SYSTEM } from '../support/install.ts';
import { type Manifest, SERVICES } from './pair.ts';

/** Component label of its pods. */
export const SECOND = 'postgresql-second';

export const secondDatabase = (image: string, directory: string): readonly Manifest[] => {
  const labels = { 'app.kubernetes.io/component': SECOND };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: `kea-operator-${SECOND}`, namespace: SYSTEM },
      spec: {
        serviceName: SECOND,
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: { 'kubernetes.io/hostname': SERVICES },
            securityContext: { runAsNonRoot: true, runAsUser: 10_069, runAsGroup: 10_069 },
            containers: [
              {
                name: 'postgresql',
                image,
                imagePullPolicy: 'IfNotPresent',
                env: [{ name: 'POSTGRES_PASSWORD', value: 'of-the-second' }],
                readinessProbe: { exec: { command: ['pg_isready', '-h', '/tmp', '-U', 'postgres'] }, periodSeconds: 1 },
                volumeMounts: [
                  { name: 'data', mountPath: '/var/lib/postgresql/data' },
                  { name: 'tmp', mountPath: '/tmp' },
                ],
              },
            ],
            volumes: [
              { name: 'data', hostPath: { path: directory, type: 'Directory' } },
              { name: 'tmp', emptyDir: {} },
            ],
          },
        },
      },
    },
  ];
};
