/** Names of objects, as Kubernetes takes them: DNS subdomains (RFC 1123). */

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const LONGEST = 253;

export const isObjectName = (text: string): boolean => OBJECT_NAME.test(text);

/** A name made of any text; undefined where nothing of it is left. */
export const nameFrom = (text: string): string | undefined =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replaceAll(/\.{2,}|-?\.-?/g, '.')
    .slice(0, LONGEST)
    .replace(/^[-.]+/, '')
    .replace(/[-.]+$/, '') || undefined;
