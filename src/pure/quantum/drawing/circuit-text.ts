import type { Circuit } from '../circuit/circuit.js';
import { type Column, DRAWING_LIMITS, type DrawingLimits, layOut, type PlacedMark } from './circuit-layout.js';
import { bandName, bandsOf, idleNameMax, rowsOf } from './circuit-rows.js';
import type { Mark } from './marks.js';
import { elided } from './xml-text.js';

const NAME_CHARACTERS_MAX = 24;
/** Controls of the terminal's would be obeyed and not shown: names come from anybody. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const printable = (text: string): string => text.replace(UNPRINTABLE, '\ufffd');
const lengthOf = (text: string): number => [...text].length;

function centred(text: string, width: number, filler: string): string {
  const room = Math.max(0, width - lengthOf(text));
  return filler.repeat(Math.floor(room / 2)) + text + filler.repeat(Math.ceil(room / 2));
}

/** What stands on the wire of the mark's qubit number `i`. */
function symbolAt(mark: Mark, i: number): string {
  if (i < mark.controls) return '●';
  switch (mark.shape) {
    case 'box': {
      const port = mark.qubits.length - mark.controls > 1 ? `:${i - mark.controls}` : '';
      return printable(`[${mark.label}${mark.angles === '' ? '' : `(${mark.angles})`}${port}]`);
    }
    case 'plus': return '⊕';
    case 'cross': return '×';
    case 'dot': return '●';
    case 'measure': return printable(`[M→${mark.bit}]`);
    case 'reset': return mark.label;
    case 'barrier': return '░';
    case 'assign': return printable(`[${mark.label}]`);
  }
}

/** All that a mark writes on wires, by lane. */
function symbolsOf({ mark }: PlacedMark): readonly (readonly [lane: number, text: string])[] {
  if (mark.shape === 'assign') return mark.classicalLane === null ? [] : [[mark.classicalLane, symbolAt(mark, 0)]];
  const onQubits = mark.qubits.map((qubit, i) => [qubit, symbolAt(mark, i)] as const);
  return mark.condition === null || mark.classicalLane === null ? onQubits : [...onQubits, [mark.classicalLane, `[${printable(mark.condition)}]`]];
}

function columnWidth(column: Column): number {
  if (column.kind !== 'marks') return column.kind === 'close' ? 2 : lengthOf(column.caption) + 3;
  return Math.max(...column.marks.flatMap((placed) => symbolsOf(placed).map(([, text]) => lengthOf(text)))) + 2;
}

const FRAME_EDGES = { open: ['┏', '┃', '┗'], else: ['┣', '┃', '┻'], close: ['┓', '┃', '┛'] } as const;

/** One column of a row: a line above, then for each lane its wire and the line below it. */
function drawColumn(column: Column, width: number, lanes: readonly { readonly bits: number | null }[]): readonly string[] {
  if (column.kind !== 'marks') {
    const [first, middle, last] = FRAME_EDGES[column.kind];
    const caption = column.kind === 'close' ? '' : ` ${printable(column.caption)}`;
    const line = (edge: string, filler: string): string => (column.kind === 'close' ? `${filler}${edge}` : `${edge}${filler.repeat(width - 1)}`);
    return [
      column.kind === 'close' ? ` ${first}` : `${first}${caption} `.padEnd(width),
      ...lanes.flatMap(({ bits }, lane) => [line(middle, bits === null ? '─' : '═'), lane === lanes.length - 1 ? line(last, ' ') : line(middle, ' ')]),
    ];
  }
  const wires = lanes.map(({ bits }) => (bits === null ? '─' : '═'));
  const cells = wires.map((wire) => wire.repeat(width));
  const below = lanes.map(() => ' '.repeat(width));
  for (const placed of column.marks) {
    const symbols = new Map(symbolsOf(placed));
    const { mark } = placed;
    const tied = mark.condition !== null && mark.classicalLane !== null;
    const low = tied ? Math.max(...mark.qubits) : placed.bottom;
    for (let lane = placed.top; lane <= placed.bottom; lane++) {
      const text = symbols.get(lane);
      const wire = wires[lane] as string;
      const linked = mark.shape === 'barrier' ? wire : lane > low ? '╫' : '┼';
      cells[lane] = centred(text ?? linked, width, wire);
      const next = mark.shape === 'barrier' ? (symbols.has(lane) && symbols.has(lane + 1) ? '░' : ' ') : lane >= low ? '║' : '│';
      if (lane < placed.bottom) below[lane] = centred(next, width, ' ');
    }
  }
  return [' '.repeat(width), ...cells.flatMap((cell, lane) => [cell, below[lane] as string])];
}

/** Diagram of a circuit in Unicode, for a terminal: rows of at most about `widthMax` characters. */
export function circuitText(circuit: Circuit, { widthMax = 120, limits = DRAWING_LIMITS }: { widthMax?: number; limits?: DrawingLimits } = {}): string {
  const layout = layOut(circuit, limits, 0);
  const { lanes } = layout;
  const names = lanes.map(({ name, bits }) => `${printable(elided(name, NAME_CHARACTERS_MAX))}${bits === null ? '' : `/${bits}`}: `);
  const nameWidth = Math.max(0, ...names.map(lengthOf), lengthOf(idleNameMax(layout)) + 2);
  const rows = rowsOf(layout, columnWidth, widthMax - nameWidth - 1).map((row) => {
    const columns = row.columns.map((column) => drawColumn(column, column.size, lanes));
    const lineOf = (i: number, end: string): string => end + columns.map((column) => column[i] as string).join('') + end;
    const lines = bandsOf(row, layout).flatMap((band) => {
      const wire = lineOf(1 + 2 * band.from, lanes[band.from]?.bits === null ? '─' : '═');
      const isIdle = band.from < band.to;
      const name = isIdle ? `${bandName(band, names)}: ` : bandName(band, names);
      return [' '.repeat(nameWidth - lengthOf(name)) + name + (isIdle ? wire.replaceAll('─', '╌') : wire), ' '.repeat(nameWidth) + lineOf(2 + 2 * band.to, ' ')];
    });
    // Captions of frames are all that stands above the first wire.
    const above = ' '.repeat(nameWidth) + lineOf(0, ' ');
    return [...(above.trim() === '' ? [] : [above]), ...lines].map((line) => line.trimEnd()).join('\n').trimEnd();
  });
  return `${[...rows, ...layout.notes].join('\n\n')}\n`;
}
