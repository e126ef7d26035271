import { cluster } from './context.ts';

/** A link of a node's own that leads back to the node, for one more pair on it: not every kernel has dummy interfaces. */
export const LINK = 'lan1';
const PEER = 'lan1-peer';

const ip = (node: string, words: string): Promise<string> => cluster.run(['exec', node, 'ip', ...words.split(' ')]);

export const makeLink = async (node: string): Promise<void> => {
  await ip(node, `link add ${LINK} type veth peer name ${PEER}`);
  await ip(node, `address add 192.0.2.1/24 dev ${LINK}`);
  await ip(node, `link set ${LINK} up`);
  await ip(node, `link set ${PEER} up`);
};

export const removeLink = async (node: string): Promise<void> => {
  await ip(node, `link delete ${LINK}`);
};
