/** Listening at every address of a machine, be that of IPv6 or not. */

/** @param listen Is given the address to listen at. */
export const listenEverywhere = async (listen: (host: string) => Promise<unknown>): Promise<void> => {
  try {
    await listen('::');
  } catch (error) {
    // A node without IPv6: then "every address" means every IPv4 address.
    if (!(error instanceof Error && 'code' in error && error.code === 'EAFNOSUPPORT')) throw error;
    await listen('0.0.0.0');
  }
};
