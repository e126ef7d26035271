/** The command line, and the only file that puts everything together. What a command does is loaded when it is called: lease commands are to be there at once. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { withLeaseCommands } from './cli/program.ts';
import { runProgram } from './cli/run.ts';
import type { LeaseApiSettings } from './commands/apiserver.ts';
import type { CheckSettings } from './commands/check.ts';
import type { OperatorSettings } from './commands/operator.ts';
import type { UninstallSettings } from './commands/uninstall.ts';
import { SSL_MODES, SSL_WORDS, type SslWord } from './database/tls.ts';
import { METRICS_DETAILS, type MetricsDetail } from './metrics/leases.ts';
import type { OperatorAddress } from './release/ask.ts';
import { VERSION } from './version.ts';
import { type Allowed, allowedSchema } from './workload/allowed.ts';
import type { DefaultDatabase } from './workload/database/resolve.ts';

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('a port is a number up to 65535');
  return value;
};
const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0 && value <= 3600)) throw new InvalidArgumentError('it is a number of seconds, up to 3600');
  return value;
};
const operatorAt = (text: string): OperatorAddress => {
  const [, host, port] = /^([a-z0-9.-]+):(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) throw new InvalidArgumentError('it is a name and a port, as name:9443');
  return { host, port: number(port) };
};
const urlOf = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('it is a URL, as https://name:8080/readyz');
  return url;
};
const allowed = (text: string): Allowed => {
  try {
    return allowedSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
};
const logLevel = (): Option =>
  new Option('--log-level <level>', 'least severity that is logged')
    .choices(['debug', 'info', 'warn', 'error'])
    .default('info');
const namespace = (): Option => new Option('--namespace <name>', "the operator's own namespace").makeOptionMandatory();

const metricsAuthentication = (): Option =>
  new Option(
    '--metrics-authentication',
    'serve /metrics by HTTPS, to those whom kube-apiserver knows and RBAC allows; the probes by HTTPS to everybody',
  ).default(false);

const metricsTlsDirectory = (): Option =>
  new Option(
    '--metrics-tls-directory <path>',
    'directory with tls.crt and tls.key for /metrics, which may come later; left out, or until then: a certificate of this process alone',
  );

/** Of the namespaces with HAPairs. */
const watchNamespace = (): Option =>
  new Option('--watch-namespace <name...>', 'namespace with HAPairs; left out: all').default([]);

interface OperatorFlags extends Omit<
  OperatorSettings,
  'watchNamespaces' | 'database' | 'leaseApi' | 'bundledDatabase' | 'metricsService' | 'podDefaults'
> {
  readonly keaImage: string;
  readonly keaImagePullPolicy?: string;
  readonly keaImagePullSecret: readonly string[];
  readonly databaseHost?: string;
  readonly databasePort: number;
  readonly databaseAdminSecret?: string;
  readonly databaseMaintenanceName: string;
  readonly databaseTlsMode: SslWord;
  readonly databaseCaSecret?: string;
  readonly databaseCaKey: string;
  readonly bundledDatabase?: string;
  readonly metricsService?: string;
  readonly metricsSecret?: string;
  readonly metricsCaSecret?: string;
  readonly leaseApiService?: string;
  readonly leaseApiSecret?: string;
  readonly leaseApiOwner?: string;
  readonly internalService?: string;
  readonly internalPort: number;
  readonly claimShortName: string;
  readonly watchNamespace: readonly string[];
}

interface LeaseApiFlags extends Omit<LeaseApiSettings, 'watchNamespaces'> {
  readonly watchNamespace: readonly string[];
}

interface UninstallFlags extends Omit<UninstallSettings, 'secrets' | 'watchNamespaces'> {
  readonly watchNamespace: readonly string[];
  readonly secret: readonly string[];
}

const program = new Command('kea-operator')
  .description('Runs ISC Kea DHCP as Kubernetes custom resources.')
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride();

program
  .command('operator')
  .description('reconcile HAPairs and their objects')
  .addOption(namespace())
  .addOption(watchNamespace())
  .requiredOption('--identity <name>', 'unique name of this process, for leader election: the pod')
  .option('--leader-lease <name>', 'Lease that the leader holds', 'kea-operator')
  .requiredOption('--kea-image <image>', 'image of the Kea servers, for HAPairs that name none')
  .addOption(
    new Option('--kea-image-pull-policy <policy>', 'when nodes fetch it, unless the HAPair says so').choices([
      'Always',
      'IfNotPresent',
      'Never',
    ]),
  )
  .option(
    '--kea-image-pull-secret <name...>',
    'pull Secret of the servers, in the namespace of their HAPair, unless that names its own',
    [],
  )
  .option(
    '--allowed <json>',
    "what HAPairs may ask of the nodes, as the chart's values say; left out: anything",
    allowed,
  )
  .option('--metrics-port <port>', 'port of /metrics, /healthz and /readyz', number, 8080)
  .addOption(metricsAuthentication())
  .addOption(metricsTlsDirectory())
  .addOption(
    new Option(
      '--metrics-detail <detail>',
      'how much is told of leases: of servers and SharedNetworks, each Subnet too, each pool too',
    )
      .choices(METRICS_DETAILS)
      .default('pools' satisfies MetricsDetail),
  )
  .addOption(logLevel())
  .option('--database-host <host>', 'PostgreSQL server for HAPairs without spec.database')
  .option('--database-port <port>', 'its port', number, 5432)
  .option('--database-admin-secret <name>', 'Secret with username and password of a role with CREATEROLE and CREATEDB')
  .option('--database-maintenance-name <name>', 'a database that this role may connect to', 'postgres')
  .addOption(new Option('--database-tls-mode <mode>', "as libpq's sslmode").choices(SSL_WORDS).default('VerifyFull'))
  .option('--database-ca-secret <name>', "Secret with the server's CA certificate")
  .option('--database-ca-key <key>', 'key in that Secret', 'ca.crt')
  .option('--bundled-database <name>', "Service and Secret of the chart's PostgreSQL: the operator makes the Secret")
  .option('--metrics-service <name>', 'Service of the metrics; given, the operator makes a certificate for it')
  .option('--metrics-secret <name>', 'Secret that the operator makes for that')
  .option('--metrics-ca-secret <name>', 'Secret that the operator makes with the CA, by which scrapers check it')
  .option('--lease-sources <namespace>', 'namespace for what the lease API is told of HAPairs, and for nothing else')
  .option('--lease-api-service <name>', 'Service of the lease API; left out, there is none')
  .option('--lease-api-secret <name>', 'Secret that the operator makes for its serving certificate')
  .option('--lease-api-owner <name>', 'ClusterRole that owns the APIService, so that it goes with the release')
  .option(
    '--internal-service <name>',
    'headless Service of the operator, where the lease API asks for releases of leases; left out, it cannot',
  )
  .option('--internal-port <port>', 'port of that', number, 9443)
  .addOption(
    new Option('--claim-short-name <boolean>', 'whether "kubectl get leases" means DHCP leases')
      .choices(['true', 'false'])
      .default('true'),
  )
  .action(async (flags: OperatorFlags) => {
    const database = databaseOf(flags);
    const leaseApi = leaseApiOf(flags);
    const metricsService = metricsServiceOf(flags);
    const { runOperator } = await import('./commands/operator.ts');
    process.exitCode = await runOperator({
      namespace: flags.namespace,
      watchNamespaces: flags.watchNamespace,
      identity: flags.identity,
      leaderLease: flags.leaderLease,
      podDefaults: {
        image: flags.keaImage,
        ...(flags.keaImagePullPolicy === undefined ? {} : { imagePullPolicy: flags.keaImagePullPolicy }),
        imagePullSecrets: flags.keaImagePullSecret,
      },
      ...(flags.allowed === undefined ? {} : { allowed: flags.allowed }),
      metricsPort: flags.metricsPort,
      metricsAuthentication: flags.metricsAuthentication,
      metricsDetail: flags.metricsDetail,
      ...(flags.metricsTlsDirectory === undefined ? {} : { metricsTlsDirectory: flags.metricsTlsDirectory }),
      ...(metricsService === undefined ? {} : { metricsService }),
      logLevel: flags.logLevel,
      ...(database === undefined ? {} : { database }),
      ...(flags.bundledDatabase === undefined ? {} : { bundledDatabase: flags.bundledDatabase }),
      ...(flags.leaseSources === undefined ? {} : { leaseSources: flags.leaseSources }),
      ...(leaseApi === undefined ? {} : { leaseApi }),
    });
  });

program
  .command('apiserver')
  .description('serve the lease API, state.kea-operator.io')
  .requiredOption('--lease-sources <namespace>', 'namespace where the operator says where leases are read')
  .addOption(watchNamespace())
  .option('--port <port>', 'HTTPS port', number, 8443)
  .requiredOption('--tls-directory <path>', 'directory with tls.crt and tls.key; with --operator also ca.crt')
  .option(
    '--operator <host:port>',
    'where the operator carries out releases of leases; left out, there are none',
    operatorAt,
  )
  .option('--metrics-port <port>', 'port of /metrics', number, 8080)
  .addOption(metricsAuthentication())
  .addOption(metricsTlsDirectory())
  .addOption(logLevel())
  .action(async ({ watchNamespace: watchNamespaces, ...flags }: LeaseApiFlags) => {
    const { runLeaseApi } = await import('./commands/apiserver.ts');
    process.exitCode = await runLeaseApi({ ...flags, watchNamespaces });
  });

program
  .command('uninstall')
  .description(
    "before the release goes: stop the operator, withdraw the lease API, take the operator's finalizers off, delete its own Secrets; the servers go on",
  )
  .addOption(namespace())
  .addOption(watchNamespace())
  .requiredOption('--deployment <name>', "the operator's Deployment")
  .option('--leader-lease <name>', 'Lease that the leader held', 'kea-operator')
  .option('--secret <name...>', 'Secret that the operator made for its release, to be deleted', [])
  .addOption(logLevel())
  .action(async ({ secret: secrets, watchNamespace: watchNamespaces, ...flags }: UninstallFlags) => {
    const { runUninstall } = await import('./commands/uninstall.ts');
    process.exitCode = await runUninstall({ ...flags, secrets, watchNamespaces });
  });

program
  .command('check')
  .description('ask whether an installation works, as helm test does; it needs no right')
  .option('--lease-api', 'there is to be a lease API', false)
  .option('--operator <url>', 'where an operator says whether it is ready, as https://name:8080/readyz', urlOf)
  .option(
    '--patience <seconds>',
    'how long it is waited for: the lease API is registered some seconds after its pods are ready',
    seconds,
    60,
  )
  .addOption(logLevel())
  .action(async (flags: CheckSettings) => {
    const { runCheck } = await import('./commands/check.ts');
    process.exitCode = await runCheck(flags);
  });

const databaseOf = (flags: OperatorFlags): DefaultDatabase | undefined => {
  if (flags.bundledDatabase !== undefined) {
    return {
      host: `${flags.bundledDatabase}.${flags.namespace}.svc`,
      port: 5432,
      sslMode: 'verify-full',
      adminSecret: flags.bundledDatabase,
      ca: { secret: flags.bundledDatabase, key: 'ca.crt' },
      maintenanceDatabase: 'postgres',
    };
  }
  if (flags.databaseHost === undefined) return undefined;
  return {
    host: flags.databaseHost,
    port: flags.databasePort,
    sslMode: SSL_MODES[flags.databaseTlsMode],
    adminSecret: flags.databaseAdminSecret ?? program.error('--database-host needs --database-admin-secret'),
    ...(flags.databaseCaSecret === undefined
      ? {}
      : { ca: { secret: flags.databaseCaSecret, key: flags.databaseCaKey } }),
    maintenanceDatabase: flags.databaseMaintenanceName,
  };
};

const metricsServiceOf = (flags: OperatorFlags): OperatorSettings['metricsService'] => {
  const { metricsService: service, metricsSecret: secret, metricsCaSecret: caSecret } = flags;
  if (service === undefined) return undefined;
  if (secret === undefined || caSecret === undefined)
    return program.error('--metrics-service needs --metrics-secret and --metrics-ca-secret');
  return { service, secret, caSecret };
};

const leaseApiOf = (flags: OperatorFlags): OperatorSettings['leaseApi'] => {
  const { leaseApiService: service, leaseApiSecret: secret, leaseApiOwner: owner, internalService } = flags;
  if (service === undefined) return undefined;
  return {
    service,
    secret: secret ?? program.error('--lease-api-service needs --lease-api-secret'),
    claimShortName: flags.claimShortName === 'true',
    ...(owner === undefined ? {} : { owner }),
    ...(internalService === undefined ? {} : { internalService, releases: { port: flags.internalPort } }),
  };
};

// Not awaited: the single file for Linux is made of CommonJS, which cannot wait at its top.
void runProgram(withLeaseCommands(program, process.argv0), process.argv.slice(2));
