import { stringify } from 'yaml';

/**
 * A Kubernetes manifest. The readers of Kubernetes and helm know YAML 1.1, where `on`, `no`, `y` or `12:30` without
 * quotes are not text: strings like these, and keys, are quoted. One line a string, so that a changed rule is one changed line.
 */
export const toYaml = (manifest: unknown): string =>
  stringify(manifest, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
