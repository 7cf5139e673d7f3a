import { type Cluster, isServer, ofKind, podsSelectedBy } from './cluster.js';
import type { Place } from './place.js';
import type { Rules } from './pod-security.js';

/** Who may speak to whom: nobody to anybody, and then what there has to be. */
const DIRECTIONS = { Ingress: ['ingress', 'from'], Egress: ['egress', 'to'] } as const;
type Direction = keyof typeof DIRECTIONS;
/** At which clouds give a machine its credentials. */
const METADATA = '169.254.0.0/16';

const policies = (cluster: Cluster): readonly Place[] => ofKind(cluster, 'NetworkPolicy').map((policy) => policy.get('spec'));
const rulesOf = (cluster: Cluster, direction: Direction): readonly Place[] => policies(cluster).flatMap((spec) => spec.get(DIRECTIONS[direction][0]).items);
const peersOf = (cluster: Cluster, direction: Direction): readonly Place[] => rulesOf(cluster, direction).flatMap((rule) => rule.get(DIRECTIONS[direction][1]).items);
const everyRule = (cluster: Cluster): readonly (readonly [Place, Direction])[] => (Object.keys(DIRECTIONS) as Direction[]).flatMap((direction) => rulesOf(cluster, direction).map((rule) => [rule, direction] as const));
const isEmpty = ({ isGiven, names, items }: Place): boolean => !isGiven || (names.length === 0 && items.length === 0);

export const NETWORK: Rules = {
  'default-deny': (cluster) => {
    const denies = (direction: string) => (spec: Place): boolean => spec.get('podSelector').isGiven && isEmpty(spec.get('podSelector')) && spec.get('policyTypes').texts.includes(direction) && !spec.get('ingress').isGiven && !spec.get('egress').isGiven;
    return Object.keys(DIRECTIONS).some((direction) => !policies(cluster).some(denies(direction))) ? ofKind(cluster, 'Namespace') : [];
  },
  // Without peers a rule is for everybody, and without ports for every port; a peer of two empty selectors likewise.
  'rules-name-peers': (cluster) => [
    ...everyRule(cluster).map(([rule, direction]) => rule.get(DIRECTIONS[direction][1])).filter(isEmpty),
    ...(Object.keys(DIRECTIONS) as Direction[]).flatMap((direction) => peersOf(cluster, direction)).filter((peer) => peer.names.every((name) => isEmpty(peer.get(name)))),
  ],
  'rules-name-ports': (cluster) => everyRule(cluster).flatMap(([rule]) => (isEmpty(rule.get('ports')) ? [rule.get('ports')] : rule.get('ports').items.map((port) => port.get('port')).filter(({ isGiven }) => !isGiven))),
  // A type that is left out is guessed from what is there, and an egress rule beside it would not hold.
  'policy-types': (cluster) => policies(cluster).flatMap((spec) => (Object.entries(DIRECTIONS).every(([type, [name]]) => !spec.get(name).isGiven || spec.get('policyTypes').texts.includes(type)) && spec.get('policyTypes').items.length > 0 ? [] : [spec.get('policyTypes')])),
  'no-machine-credentials': (cluster) => peersOf(cluster, 'Egress').map((peer) => peer.get('ipBlock')).filter((block) => block.isGiven && /^(0\.0\.0\.0|::)\/0$/.test(block.get('cidr').text) && !block.get('except').texts.includes(METADATA)),
  'nobody-from-everywhere': (cluster) => peersOf(cluster, 'Ingress').map((peer) => peer.get('ipBlock', 'cidr')).filter(({ text }) => text.endsWith('/0')),
  'admitted-ports-are-there': (cluster) =>
    policies(cluster).flatMap((spec) => {
      const servers = podsSelectedBy(cluster, spec.get('podSelector', 'matchLabels')).filter(isServer);
      const hasPort = ({ value }: Place): boolean => servers.every(({ containers }) => containers.some((container) => container.get('ports').items.some((port) => [port.get('name').value, port.get('containerPort').value].includes(value as string))));
      return spec.get('ingress').items.flatMap((rule) => rule.get('ports').items.map((port) => port.get('port')).filter((port) => !hasPort(port)));
    }),
  'names-are-resolved': (cluster) => {
    const resolves = (spec: Place): boolean => spec.get('egress').items.some((rule) => ['UDP', 'TCP'].every((protocol) => rule.get('ports').items.some((port) => port.get('port').value === 53 && port.get('protocol').value === protocol)));
    return cluster.pods.filter((pod) => !policies(cluster).some((spec) => resolves(spec) && podsSelectedBy(cluster, spec.get('podSelector', 'matchLabels')).includes(pod))).map(({ owner }) => owner);
  },
};
