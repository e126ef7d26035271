/** Parts of a HAPair's spec: where rows and leases are kept. */
import { z } from 'zod';
import { cel, type CelRule } from './cel.ts';
import { port, quantity } from './quantities.ts';
import { localRef, objectName, text } from './text.ts';

export const database = z
  .object({
    host: text({
      description: 'Host name or address of the PostgreSQL server.',
      max: 253,
      pattern: /^[A-Za-z0-9]([-A-Za-z0-9_.:]*[A-Za-z0-9])?$/,
      message: 'must be a host name or an address, such as postgresql.database.svc',
      rules: [
        {
          rule: "!self.contains(':') || isIP(self)",
          message: 'must not contain the port: give that in the field port',
        },
      ],
    }),
    port: port('Port of the PostgreSQL server.', 5432),
    name: text({
      description: 'Name of the database. One database serves one pair.',
      max: 63,
      pattern: /^[A-Za-z_][A-Za-z0-9_-]*$/,
      message:
        'must be the name of a database, such as kea_office: letters, digits, _ and -, not beginning with a digit',
    }),
    credentialsSecretRef: localRef(
      'Secret',
      'Secret of the same namespace with the keys username and password: the role that Kea and the operator use.',
    ),
    adminSecretRef: localRef(
      'Secret',
      'Secret of the same namespace with the keys username and password: a role that may create roles and databases. Given, the operator creates role and database where they are missing.',
    ).optional(),
    tls: z
      .object({
        mode: z.enum(['Disable', 'Require', 'VerifyCA', 'VerifyFull']).default('VerifyFull').meta({
          description:
            "As libpq's sslmode. Disable: no encryption. Require: encryption, whoever the server is. VerifyCA: its certificate must come from caSecretRef. VerifyFull: it must also name the host.",
        }),
        caSecretRef: z
          .object({
            name: objectName('Name of the Secret.'),
            key: z.string().min(1).max(253).default('ca.crt').meta({ description: 'Key in the Secret.' }),
          })
          .meta({ description: 'Secret of the same namespace with the CA certificate of the database server, as PEM.' })
          .optional(),
      })
      .meta({
        description: 'TLS towards the database. Left out: no encryption.',
        ...cel({
          rule: "!(self.mode in ['VerifyCA', 'VerifyFull']) || has(self.caSecretRef)",
          message: 'caSecretRef is required where mode is VerifyCA or VerifyFull: give it, or choose mode Require',
        }),
      })
      .optional(),
  })
  .meta({
    description:
      "The pair's PostgreSQL database. Left out, the operator makes a role and a database of their own on its default server. Host and name are immutable.",
  });

export const databaseDeletionPolicy = z.enum(['Retain', 'Delete']).default('Retain').meta({
  description:
    'What becomes of a database that the operator made when the HAPair is deleted. Retain: it stays, with the ids of the subnets, and a HAPair of the same name goes on with it. Delete: database and role are removed, with leases that are in it and what Subnets left there (deletionPolicy Orphan).',
});

export const databaseRule: CelRule = {
  rule: "self.databaseDeletionPolicy == 'Retain' || !has(self.database) || has(self.database.adminSecretRef)",
  message:
    'the operator removes only a database that it makes: give database.adminSecretRef, leave database out, or choose Retain',
  fieldPath: '.databaseDeletionPolicy',
};

export const storage = z
  .object({
    type: z.enum(['HostPath', 'PersistentVolumeClaim']).default('HostPath').meta({
      description:
        'HostPath: a directory on the node, which the server is pinned to anyway. PersistentVolumeClaim: one claim a server.',
    }),
    hostPath: text({
      description:
        'Directory on the node, for type HostPath. Each server writes into one of its own below it, <namespace>/<pair>/<server>.',
      max: 256,
      pattern: /^(\/[A-Za-z0-9_][-A-Za-z0-9_.]*)+$/,
      message: 'must be an absolute path such as /var/lib/kea-operator: letters, digits, -, _ and ., no ..',
    }).default('/var/lib/kea-operator'),
    storageClassName: objectName(
      "Storage class of the claims, for type PersistentVolumeClaim. Left out: the cluster's default.",
    ).optional(),
    size: quantity('Size of each claim, for type PersistentVolumeClaim.').default('1Gi'),
  })
  .meta({
    description: 'Where a server keeps its memfile leases. Immutable.',
    ...cel(
      {
        rule: 'self == oldSelf',
        message: 'storage is immutable: leases are not moved from one volume to another',
      },
      {
        rule: "!has(self.storageClassName) || self.type == 'PersistentVolumeClaim'",
        message: 'storageClassName goes with type PersistentVolumeClaim only: leave it out or set type',
        fieldPath: '.storageClassName',
      },
    ),
  });
