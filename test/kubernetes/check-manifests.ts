import { AVAILABILITY } from './availability.js';
import { SHAPE_RULES } from './check-shape.js';
import type { Cluster } from './cluster.js';
import { NETWORK } from './network.js';
import { POD_PRACTICES } from './pod-practices.js';
import { POD_SECURITY, type Rules } from './pod-security.js';
import { REFERENCES } from './references.js';
import { SETTINGS } from './settings.js';

export const RULES: Rules = { ...SHAPE_RULES, ...POD_SECURITY, ...POD_PRACTICES, ...SETTINGS, ...REFERENCES, ...NETWORK, ...AVAILABILITY };

/** What is wrong with an overlay, each as the rule and the place: `pss/privileged Deployment/quantonium-api/spec/…`. */
export function findingsIn(cluster: Cluster): readonly string[] {
  return Object.entries(RULES).flatMap(([name, find]) => find(cluster).map(({ path }) => `${name} ${path}`));
}
