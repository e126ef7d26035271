/** Options that several of the lease commands have. */
import { type Command, InvalidArgumentError, Option } from 'commander';

/** @throws InvalidArgumentError, which commander makes a sentence of. */
export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
    return value;
  };

export const scanCount = (text: string): number => (text === 'all' ? Infinity : whole(0, 1_000_000_000)(text));

export const intervalSeconds = (text: string): number => {
  const value = Number(text.replace(/s$/, ''));
  if (!/^\d+(\.\d+)?s?$/.test(text) || value < 1 || value > 86_400)
    throw new InvalidArgumentError('It is a number of seconds, 1 at least.');
  return value;
};

export const format = (formats: readonly string[], standard: string): Option =>
  new Option('-o, --output <format>', 'form of the output').choices(formats).default(standard);

/** Where the cluster is, and who asks. */
export const withConnection = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'kubeconfig; left out: KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'context of the kubeconfig; left out: the current one')
    .option('-n, --namespace <name>', "namespace; left out: the context's");

export const withEverywhere = (command: Command): Command =>
  command.option('-A, --all-namespaces', 'in all namespaces');

/** Which leases. */
export const withSelectors = (command: Command): Command =>
  command
    .option('--pair <names>', 'of these HAPairs (a,b)')
    .option('--subnet <names>', 'of these Subnets')
    .option('--shared-network <names>', 'of these SharedNetworks')
    .option('--family <family>', '4 or 6')
    .option('--state <states>', 'Active, Expired, Declined, Released, Reclaimed, Registered')
    .option('--type <type>', 'Address or Prefix')
    .option('--address <address>', 'this address, or all in a prefix (10.1.0.0/16)')
    .option('--hw-address <address>', 'of this hardware address')
    .option('--hostname <name>', 'of this host name, or all that begin so (printer*)')
    .option('-l, --selector <selector>', 'label selector, as kubectl has it')
    .option('--field-selector <selector>', 'field selector, as kubectl has it');
