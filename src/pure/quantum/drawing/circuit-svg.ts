import type { Circuit } from '../circuit/circuit.js';
import { type CircuitLayout, type Column, DRAWING_LIMITS, type DrawingLimits, layOut } from './circuit-layout.js';
import { type Band, bandName, bandsOf, idleNameMax, type Row, rowsOf } from './circuit-rows.js';
import { drawMark, MARK_GAP, markWidth } from './mark-svg.js';
import { svgDocument } from './svg-document.js';
import { element, elided, grouped, label } from './xml-text.js';

const MARGIN = 20;
const PITCH = 44;
const ROW_GAP = 40;
const NAME_CHARACTERS_MAX = 24;
/** Of 13 px monospace. */
const NAME_CHARACTER_WIDTH = 7.9;
const CAPTION_CHARACTER_WIDTH = 6.7;
/** A caption and its frame's line, above the first wire or above the frame inside. */
const FRAME_HEADER = 24;
const FRAME_INSET = 4;
const TETHERED_QUBITS_MAX = 8;
/** The narrowest and the widest that rows are made for the sake of a picture's shape: a window, and six of them. */
const FITTED_WIDTHS = [1200, 7200] as const;
const NAMED_TWICE_WIDTH = 1800;
/** Above and below a line that stands for idle wires. */
const IDLE_PITCH = 32;

/** What a row is drawn with: everything that does not change from row to row. */
interface Scene {
  readonly layout: CircuitLayout;
  readonly names: readonly string[];
  readonly nameWidth: number;
  /** From a row's top to its first wire. */
  readonly head: number;
}

function columnWidth(column: Column): number {
  if (column.kind === 'marks') return Math.max(...column.marks.map(({ mark }) => markWidth(mark))) + MARK_GAP;
  return column.kind === 'close' ? 14 : 16;
}

/** Wide enough for the caption, which may hang over the columns inside but not over what follows the frame. */
function captionRoom(columns: readonly Column[]): Map<Column, number> {
  const [extra, open] = [new Map<Column, number>(), [] as { caption: string; width: number }[]];
  for (const column of columns) {
    const width = columnWidth(column);
    if (column.kind === 'close' || column.kind === 'else') {
      const ended = open.pop();
      if (ended !== undefined) extra.set(column, Math.max(0, ended.caption.length * CAPTION_CHARACTER_WIDTH + 12 - ended.width));
    }
    const grown = width + (extra.get(column) ?? 0);
    for (const around of open) around.width += grown;
    if (column.kind === 'open' || column.kind === 'else') open.push({ caption: column.caption, width });
  }
  return extra;
}

/** Rows of a large circuit are high: about as wide as high, it is one picture to zoom into and not a strip to scroll through. */
function fittingWidth(length: number, rowHeight: number): number {
  return Math.min(FITTED_WIDTHS[1], Math.max(FITTED_WIDTHS[0], Math.sqrt(length * rowHeight)));
}

/** Diagram of a circuit: rows of at most about `widthMax` pixels, one below the other; null: as many as suit the circuit. */
export function circuitSvg(circuit: Circuit, { widthMax = null, title = 'Quantum circuit', limits = DRAWING_LIMITS }: { widthMax?: number | null; title?: string; limits?: DrawingLimits } = {}): string {
  const layout = layOut(circuit, limits, TETHERED_QUBITS_MAX);
  const names = layout.lanes.map((lane) => elided(lane.name, NAME_CHARACTERS_MAX));
  const nameWidth = Math.max(0, ...[...names, idleNameMax(layout)].map((name) => [...name].length)) * NAME_CHARACTER_WIDTH + 12;
  const extra = captionRoom(layout.columns);
  const sizes = new Map(layout.columns.map((column) => [column, columnWidth(column) + (extra.get(column) ?? 0)]));
  const length = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const rows = rowsOf(layout, (column) => sizes.get(column) as number, (widthMax ?? fittingWidth(length, layout.lanes.length * PITCH)) - 2 * MARGIN - nameWidth);
  const scene: Scene = { layout, names, nameWidth, head: PITCH / 2 + layout.depthMax * FRAME_HEADER };

  let [y, width] = [MARGIN, 0];
  let content = '';
  for (const [i, row] of rows.entries()) {
    const drawn = drawRow(scene, row, y, i === rows.length - 1 ? null : `${i + 1}/${rows.length}`);
    content += drawn.content;
    width = Math.max(width, drawn.right + MARGIN + 8);
    y = drawn.bottom + layout.depthMax * FRAME_INSET + ROW_GAP;
  }
  y -= ROW_GAP - 8;
  for (const note of layout.notes) {
    content += label('it dim st', MARGIN, y + 8, note);
    y += 24;
  }
  const noteWidth = Math.max(0, ...layout.notes.map((note) => note.length * 7.5 + 2 * MARGIN));
  return svgDocument({ width: Math.max(width, noteWidth), height: y + MARGIN - 8, title, description: descriptionOf(circuit, layout), content });
}

function descriptionOf({ qubits, classicalBits }: Circuit, { notes }: CircuitLayout): string {
  const of = (count: number, one: string): string => `${grouped(count)} ${one}${count === 1 ? '' : 's'}`;
  return `A circuit of ${of(qubits, 'qubit')} and ${of(classicalBits, 'classical bit')}, from left to right.${notes.length > 0 ? ` Not drawn: ${notes.join('; ')}.` : ''}`;
}

/** Where the wires of a row are, from its first one downwards. */
function placeBands(bands: readonly Band[], first: number): { readonly laneY: readonly number[]; readonly last: number } {
  const laneY: number[] = [];
  let y = first;
  bands.forEach(({ from, to }, i) => {
    // A line that stands for idle wires has no boxes, and needs half the room.
    if (i > 0) y += from < to || isIdle(bands[i - 1]) ? IDLE_PITCH : PITCH;
    for (let lane = from; lane <= to; lane++) laneY[lane] = y;
  });
  return { laneY, last: y };
}

const isIdle = (band: Band | undefined): boolean => band !== undefined && band.from < band.to;

function drawWire({ layout, names, nameWidth }: Scene, band: Band, y: number, right: number): string {
  const left = MARGIN + nameWidth;
  const name = isIdle(band) ? label('n dim', left - 8, y, bandName(band, names)) : label('n', left - 8, y, bandName(band, names));
  const { bits } = layout.lanes[band.from] as CircuitLayout['lanes'][number];
  if (isIdle(band)) return name + element('path', { class: 'w dash', d: `M${left} ${y}H${right}` });
  // Whoever reads the right end of a wide row has its left end beyond the screen.
  const again = right - left > NAMED_TWICE_WIDTH ? label('n st', right + 8, y, bandName(band, names)) : '';
  if (bits === null) return name + element('path', { class: 'w', d: `M${left} ${y}H${right}` }) + again;
  // A double line, and how many bits it stands for: the slash of an electric bus.
  return name + element('path', { class: 'cw', d: `M${left} ${y - 1.5}H${right}M${left} ${y + 1.5}H${right}M${left + 4} ${y + 6}l6 -12` }) + label('p dim', left + 14, y - 9, String(bits)) + again;
}

function drawRow(scene: Scene, row: Row<number>, top: number, continued: string | null): { readonly content: string; readonly right: number; readonly bottom: number } {
  const { layout, nameWidth, head } = scene;
  const bands = bandsOf(row, layout);
  const { laneY, last } = placeBands(bands, top + head);
  const left = MARGIN + nameWidth;
  const right = left + Math.max(60, row.columns.reduce((sum, { size }) => sum + size, 0));
  const bottom = last + PITCH / 2;
  const wires = bands.map((band) => drawWire(scene, band, laneY[band.from] as number, right)).join('');
  const marks: string[] = [];
  const frames = new Frames(top, bottom, layout.depthMax, left, row.depth);
  let x = left;
  for (const column of row.columns) {
    if (column.kind === 'marks') marks.push(...column.marks.map((placed) => drawMark(placed, x + column.size / 2, (lane) => laneY[lane] as number)));
    else frames.meet(column, x, x + column.size);
    x += column.size;
  }
  const content = wires + frames.end(right) + marks.join('') + (continued === null ? '' : label('p dim en', right, bottom + 12, `${continued} ↵`));
  return { content, right: right + (right - left > NAMED_TWICE_WIDTH ? nameWidth : 0), bottom };
}

/** Frames of one row. Those that a row's edge cuts are open on that side. */
class Frames {
  private readonly open: { from: number; isCut: boolean }[];
  private drawn = '';

  constructor(private readonly top: number, private readonly bottom: number, private readonly depthMax: number, left: number, depth: number) {
    this.open = Array.from({ length: depth }, () => ({ from: left, isCut: true }));
  }

  meet(column: Exclude<Column, { kind: 'marks' }>, from: number, to: number): void {
    const [top, bottom] = this.edges(column.depth);
    if (column.kind === 'close') {
      this.draw(column.depth, to - 7, false);
      return;
    }
    // What the caption before it needs stands in front of an `else`.
    const at = column.kind === 'open' ? from + 5 : to - 11;
    if (column.kind === 'open') this.open.push({ from: at, isCut: false });
    else this.drawn += element('path', { class: 'f', d: `M${at} ${top}V${bottom}` });
    this.drawn += label('t ft st', at + 6, top + 12, column.caption);
  }

  /** What is still open goes on in the next row. */
  end(right: number): string {
    while (this.open.length > 0) this.draw(this.open.length - 1, right, true);
    return this.drawn;
  }

  /** The outermost is highest; each one inside begins below the caption around it. */
  private edges(depth: number): readonly [top: number, bottom: number] {
    return [this.top + depth * FRAME_HEADER, this.bottom + (this.depthMax - depth) * FRAME_INSET];
  }

  private draw(depth: number, to: number, isCutAtEnd: boolean): void {
    const frame = this.open.pop();
    if (frame === undefined) return;
    const [top, bottom] = this.edges(depth);
    const start = frame.isCut ? `M${frame.from} ${top}H${to}` : `M${frame.from} ${bottom}V${top}H${to}`;
    const end = isCutAtEnd ? `M${to} ${bottom}H${frame.from}` : `V${bottom}H${frame.from}`;
    this.drawn = element('path', { class: 'f', d: start + end }) + this.drawn;
  }
}
