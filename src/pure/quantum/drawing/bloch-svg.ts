import { svgDocument } from './svg-document.js';
import { coordinate, element, elided, label } from './xml-text.js';

export type BlochVector = readonly [x: number, y: number, z: number];

export interface NamedVector {
  readonly name: string;
  readonly vector: BlochVector;
}

const SPHERES_MAX = 64;
/** Side by side: four in a window, and more where a strip of fours would be long. */
const columnsOf = (spheres: number): number => Math.max(1, Math.min(spheres, Math.max(4, Math.ceil(Math.sqrt(spheres)))));
const [CELL_WIDTH, CELL_HEIGHT, RADIUS, MARGIN] = [220, 284, 78, 12];
/** How the axes are seen: z upwards, y to the right, x towards who looks, and from a little above. */
const [TURN, TILT] = [0.4363, 0.3491];
const X_AXIS = [-Math.sin(TURN), Math.cos(TURN) * Math.sin(TILT)] as const;
const Y_AXIS = [Math.cos(TURN), Math.sin(TURN) * Math.sin(TILT)] as const;

/** Of a qubit's density matrix, rows of [real, imaginary] entries. */
export function blochVector(matrix: readonly (readonly (readonly [number, number])[])[]): BlochVector {
  const at = (row: number, column: number): readonly [number, number] => matrix[row]?.[column] ?? [0, 0];
  return [2 * at(0, 1)[0], -2 * at(0, 1)[1], at(0, 0)[0] - at(1, 1)[0]];
}

const project = (cx: number, cy: number, [x, y, z]: BlochVector): readonly [number, number] => [
  cx + RADIUS * (x * X_AXIS[0] + y * Y_AXIS[0]),
  cy + RADIUS * (x * X_AXIS[1] + y * Y_AXIS[1] - z * Math.cos(TILT)),
];

const to = ([x, y]: readonly [number, number]): string => `${coordinate(x)} ${coordinate(y)}`;

/** A circle of the sphere, as a line through points: half of it in front, and half behind. */
function arc(cx: number, cy: number, fromTurn: number, className: string): string {
  const points = Array.from({ length: 25 }, (_, i) => {
    const angle = fromTurn + (i / 24) * Math.PI;
    return to(project(cx, cy, [Math.cos(angle), Math.sin(angle), 0]));
  });
  return element('path', { class: className, d: `M${points.join('L')}` });
}

function sphere({ name, vector }: NamedVector, left: number, top: number): string {
  const [cx, cy] = [left + CELL_WIDTH / 2, top + 134];
  const axis = (end: BlochVector): string => element('path', { class: 'ax', d: `M${to([cx, cy])}L${to(project(cx, cy, end))}` });
  const mark = (end: BlochVector, text: string, className: string): string => {
    const [x, y] = project(cx, cy, end);
    return label(className, x, y, text);
  };
  const [tip, foot] = [project(cx, cy, vector), project(cx, cy, [vector[0], vector[1], 0])];
  const length = Math.hypot(...vector);
  const shown = (value: number): string => (Math.abs(value) < 0.0005 ? '0' : String(Number(value.toFixed(3))));
  return `<g>${[
    label('h', cx, top + 16, elided(name, 20)),
    element('circle', { class: 'm', cx, cy, r: RADIUS, 'fill-opacity': '0.45' }),
    arc(cx, cy, TURN - Math.PI / 2, 'ax'), arc(cx, cy, TURN + Math.PI / 2, 'ax dash'),
    ...([[1, 0, 0], [0, 1, 0], [0, 0, 1]] as const).map(axis),
    element('path', { class: 'ax dash', d: `M${to([cx, cy])}L${to(project(cx, cy, [0, 0, -1]))}` }),
    mark([0, 0, 1.25], '|0⟩', 'dim'), mark([0, 0, -1.25], '|1⟩', 'dim'), mark([1.32, 0, 0], 'x', 'dim'), mark([0, 1.24, 0], 'y', 'dim'),
    // The foot of the vector on the equator's plane tells front from behind.
    element('path', { class: 'v dash', 'stroke-opacity': '0.6', d: `M${to([cx, cy])}L${to(foot)}L${to(tip)}` }),
    element('path', { class: 'v', d: `M${to([cx, cy])}L${to(tip)}` }), element('circle', { class: 'vd', cx: tip[0], cy: tip[1], r: 5 }),
    label('t', cx, top + 250, `(${vector.map(shown).join(', ')})`),
    label('p dim', cx, top + 267, `length ${shown(length)}${length < 0.9995 ? ', mixed' : ''}`),
  ].join('')}</g>`;
}

/** A sphere for each qubit, with its vector and the vector's coordinates. */
export function blochSvg(vectors: readonly NamedVector[], { title = 'Bloch vectors' }: { title?: string } = {}): string {
  const shown = vectors.slice(0, SPHERES_MAX);
  const columns = columnsOf(shown.length);
  const rows = Math.ceil(shown.length / columns);
  const spheres = shown.map((named, i) => sphere(named, MARGIN + (i % columns) * CELL_WIDTH, MARGIN + Math.floor(i / columns) * CELL_HEIGHT));
  const left = vectors.length - shown.length;
  const note = left > 0 ? label('it dim st', MARGIN + 8, MARGIN + rows * CELL_HEIGHT + 10, `… ${left} more qubit${left === 1 ? '' : 's'}`) : '';
  return svgDocument({
    width: 2 * MARGIN + columns * CELL_WIDTH,
    height: 2 * MARGIN + rows * CELL_HEIGHT + (left > 0 ? 20 : 0),
    title,
    description: `The states of ${shown.length} single qubit${shown.length === 1 ? '' : 's'} as vectors in the Bloch sphere; |0⟩ is above, |1⟩ below.`,
    content: spheres.join('') + note,
  });
}
