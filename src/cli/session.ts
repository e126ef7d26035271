/** Who asks, and where: the kubeconfig of the user, as kubectl reads it. */
import { accessSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { createKubeClient, type KubeClient } from '../runtime/client.ts';
import { createConnection } from '../runtime/connection.ts';
import { asError } from '../runtime/errors.ts';
import { Complaint, usageError } from './exit.ts';
import type { Terminal } from './terminal.ts';

export interface ConnectFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
}

export interface CliSession {
  readonly client: KubeClient;
  /** The one that was named, else that of the context. */
  readonly namespace: string;
  readonly terminal: Terminal;
  /** Whether the namespace was named, and none other is meant. */
  readonly isNamespaceGiven: boolean;
}

/** As long as kube-apiserver itself waits for an aggregated API. */
const ANSWER_MS = 60_000;

/** What client-node makes up where there is no kubeconfig at all. */
const MADE_UP = 'http://localhost:8080';

const load = (file: string | undefined): KubeConfig => {
  const config = new KubeConfig();
  const environment = process.env.KUBECONFIG;
  // Of the files that KUBECONFIG names some may be missing, as for kubectl.
  const files = file === undefined ? (environment?.split(':').filter((name) => name !== '') ?? []) : [file];
  const present = file === undefined ? files.filter(isThere) : files;
  if (files.length > 0 && present.length === 0)
    throw new Complaint(`None of the files that KUBECONFIG names is there: ${files.join(', ')}.`);
  const [first, ...others] = present;
  if (first === undefined) {
    config.loadFromDefault();
    return config;
  }
  config.loadFromFile(first);
  for (const other of others) {
    const next = new KubeConfig();
    next.loadFromFile(other);
    config.mergeConfig(next);
  }
  return config;
};

const isThere = (file: string): boolean => {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
};

/** @throws Complaint where there is no kubeconfig, or not what is named in it. */
export const loadKubeConfig = ({ kubeconfig, context }: ConnectFlags): KubeConfig => {
  let config: KubeConfig;
  try {
    config = load(kubeconfig);
  } catch (error) {
    if (error instanceof Complaint) throw error;
    throw new Complaint(
      `The kubeconfig${kubeconfig === undefined ? '' : ` ${kubeconfig}`} cannot be read: ${asError(error).message}.`,
    );
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) {
      const known = config.getContexts().map(({ name }) => name);
      throw usageError(
        `The kubeconfig has no context "${context}"; it has ${known.length === 0 ? 'none' : known.join(', ')}.`,
      );
    }
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster?.server === MADE_UP && config.getCurrentContext() === 'loaded-context') {
    throw new Complaint(
      'There is no kubeconfig: neither ~/.kube/config nor the variable KUBECONFIG says where the cluster is. Get one from whoever runs the cluster, or name its file with --kubeconfig.',
    );
  }
  if (cluster === null)
    throw new Complaint(
      'The kubeconfig has no current context: choose one with "kubectl config use-context NAME", or with --context.',
    );
  return config;
};

/** The client must be closed in the end. @throws Complaint */
export const openSession = (
  flags: ConnectFlags,
  terminal: Terminal,
  config: () => KubeConfig = () => loadKubeConfig(flags),
  timeoutMs = ANSWER_MS,
): CliSession => {
  if (flags.namespace !== undefined && flags.allNamespaces === true)
    throw usageError('-n and -A contradict each other: give one of them.');
  const connection = createConnection({ load: config });
  const { kubeConfig } = connection;
  const inContext = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  return {
    client: createKubeClient({ connection, timeoutMs, userAgent: 'kubectl-kea' }),
    namespace: flags.namespace ?? inContext ?? 'default',
    isNamespaceGiven: flags.namespace !== undefined,
    terminal,
  };
};
