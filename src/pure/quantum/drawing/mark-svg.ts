import type { PlacedMark } from './circuit-layout.js';
import type { Mark } from './marks.js';
import { element, label } from './xml-text.js';

/** Between the marks of neighbouring columns. */
export const MARK_GAP = 12;
const BOX = 34;
const TAG_HEIGHT = 22;
/** Of 13 px semibold letters, 10 px and 11 px monospace: widths of the widest that are common. */
const WIDTHS = { label: 9.4, angles: 6.1, tag: 6.7 };

const lengthOf = (text: string): number => [...text].length;
const tagWidth = (text: string): number => lengthOf(text) * WIDTHS.tag + 12;
/** A box over several qubits has room for their numbers at its left edge. */
const portRoom = (mark: Mark): number => (mark.qubits.length - mark.controls > 1 ? 14 : 0);

function boxWidth(mark: Mark): number {
  return Math.max(BOX, lengthOf(mark.label) * WIDTHS.label + 12, lengthOf(mark.angles) * WIDTHS.angles + 8) + portRoom(mark);
}

/** Of a measurement whose bit stands in its box, for want of a line to the register. */
const isTold = (mark: Mark): boolean => mark.shape === 'measure' && (mark.classicalLane === null || mark.condition !== null);

function shapeWidth(mark: Mark): number {
  if (mark.shape === 'assign') return tagWidth(mark.label);
  if (mark.shape === 'measure') return isTold(mark) ? Math.max(BOX, lengthOf(mark.bit) * WIDTHS.angles + 8) : BOX;
  if (mark.shape === 'barrier') return 4;
  return mark.shape === 'box' || mark.shape === 'reset' ? boxWidth(mark) : 24;
}

/** Pixels that the mark takes of its column. */
export function markWidth(mark: Mark): number {
  return Math.max(shapeWidth(mark), mark.condition === null ? 0 : tagWidth(mark.condition));
}

type Painter = (mark: Mark, x: number, y: readonly number[]) => string;

const rectangle = (className: string, x: number, top: number, width: number, height: number): string =>
  element('rect', { class: className, x: x - width / 2, y: top, width, height, rx: 4 });
const circle = (className: string, x: number, y: number, r: number): string => element('circle', { class: className, cx: x, cy: y, r });
const line = (className: string, d: string): string => element('path', { class: className, d });

/** From the topmost qubit to the lowest: the wire between controls and target. */
const link = (x: number, y: readonly number[]): string => (y.length > 1 ? line('l', `M${x} ${Math.min(...y)}V${Math.max(...y)}`) : '');
const dots = (mark: Mark, x: number, y: readonly number[]): string => y.slice(0, mark.controls).map((at) => circle('d', x, at, 5)).join('');

/** Targets whose wires are neighbours stand in one box; what lies between two boxes is not of the gate. */
function runsOf(mark: Mark, y: readonly number[]): readonly (readonly { readonly port: number; readonly at: number }[])[] {
  const sorted = mark.qubits.map((qubit, i) => ({ qubit, port: i - mark.controls, at: y[i] as number })).slice(mark.controls).sort((one, other) => one.qubit - other.qubit);
  const runs: (typeof sorted)[] = [];
  sorted.forEach((target, i) => {
    if (i > 0 && target.qubit === (sorted[i - 1] as typeof target).qubit + 1) (runs[runs.length - 1] as typeof sorted).push(target);
    else runs.push([target]);
  });
  return runs;
}

function box(mark: Mark, x: number, y: readonly number[], className: string): string {
  const width = boxWidth(mark);
  // Beside the ports, so that the label does not stand on a wire's number.
  const centre = x + portRoom(mark) / 2;
  const boxes = runsOf(mark, y).map((run) => {
    const [top, bottom] = [(run[0] as (typeof run)[number]).at, (run[run.length - 1] as (typeof run)[number]).at];
    const middle = (top + bottom) / 2;
    const ports = portRoom(mark) === 0 ? '' : run.map(({ port, at }) => label('p dim', x - width / 2 + 9, at, String(port))).join('');
    const written = mark.angles === '' ? label('g', centre, middle, mark.label) : label('g', centre, middle - 6, mark.label) + label('p', centre, middle + 9, mark.angles);
    return rectangle(className, x, top - BOX / 2, width, bottom - top + BOX) + ports + written;
  });
  return link(x, y) + boxes.join('') + dots(mark, x, y);
}

function meter(mark: Mark, x: number, [y = 0]: readonly number[]): string {
  const told = isTold(mark);
  const base = told ? y + 1 : y + 7;
  const dial = line('s', `M${x - 10} ${base}a10 10 0 0 1 20 0M${x} ${base}l7 -11`);
  return rectangle('m', x, y - BOX / 2, shapeWidth(mark), BOX) + dial + (told ? label('p', x, y + 10, mark.bit) : '');
}

/** One entry for each shape: a shape without a painter does not compile. */
const PAINTERS: Readonly<Record<Mark['shape'], Painter>> = {
  box: (mark, x, y) => box(mark, x, y, mark.isTurn ? 'r' : 'u'),
  plus: (mark, x, y) => {
    const at = y[mark.controls] as number;
    return link(x, y) + dots(mark, x, y) + circle('ring l', x, at, 11) + line('l', `M${x - 11} ${at}h22M${x} ${at - 11}v22`);
  },
  cross: (mark, x, y) => link(x, y) + dots(mark, x, y) + y.slice(mark.controls).map((at) => line('l', `M${x - 6} ${at - 6}l12 12M${x - 6} ${at + 6}l12 -12`)).join(''),
  dot: (_mark, x, y) => link(x, y) + y.map((at) => circle('d', x, at, 5)).join(''),
  measure: meter,
  reset: (mark, x, y) => box(mark, x, y, 'm'),
  // Idle wires may share a line.
  barrier: (_mark, x, y) => [...new Set(y)].map((at) => line('b', `M${x} ${at - 22}v44`)).join(''),
  assign: (mark, x, y) => rectangle('c', x, (y[0] as number) - TAG_HEIGHT / 2, tagWidth(mark.label), TAG_HEIGHT) + label('t', x, y[0] as number, mark.label),
};

/** Down to the classical wire: a condition comes from there, an outcome goes there. */
function tether(mark: Mark, x: number, from: number, to: number): string {
  const double = line('cw', `M${x - 1.5} ${from}V${to - 1.5}M${x + 1.5} ${from}V${to - 1.5}`);
  if (mark.condition !== null) return double + rectangle('c', x, to - TAG_HEIGHT / 2, tagWidth(mark.condition), TAG_HEIGHT) + label('t', x, to, mark.condition);
  return double + line('cw', `M${x - 5} ${to - 8}l5 6l5 -6`) + label('p', x, to + 11, mark.bitIndex);
}

/** `x` is the middle of the column. */
export function drawMark({ mark, top, bottom }: PlacedMark, x: number, laneY: (lane: number) => number): string {
  const lanes = mark.shape === 'assign' ? [mark.classicalLane ?? bottom] : mark.qubits;
  const y = lanes.map(laneY);
  const low = Math.max(...y, laneY(top));
  const isTied = mark.classicalLane !== null && mark.shape !== 'assign';
  return (isTied ? tether(mark, x, low, laneY(mark.classicalLane as number)) : '') + PAINTERS[mark.shape](mark, x, y);
}
