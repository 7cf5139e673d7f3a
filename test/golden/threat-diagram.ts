import { BOUNDARIES, type Element, ELEMENTS } from '../../src/app/commands/self-audit/threats/elements.js';

const WIDTH = 1100;
const HEIGHT = 760;
const BOX = { width: 170, height: 60 };

/** Left upper corners. People and services stand outside, processes in the middle, stores around them. */
const PLACES: Readonly<Record<string, readonly [number, number]>> = {
  E1: [30, 60], E2: [30, 160], E6: [30, 270], E3: [30, 540], E7: [30, 660],
  P1: [400, 130], P3: [650, 300], P2: [650, 420], P4: [650, 540],
  D2: [900, 40], D3: [900, 130], D1: [900, 260], E4: [900, 380], E5: [900, 480],
  D5: [330, 660], D4: [600, 660],
};

/** `docs/threat-model.svg`: the elements, what flows between them, and on each flow the boundary that it crosses. */
export function renderThreatDiagram(): string {
  const flows = BOUNDARIES.flatMap(({ id, flows: lines }) => lines.map(([from, to]) => ({ id, from, to })));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="14" role="img" aria-labelledby="title description">`,
    '<title id="title">Data flows and trust boundaries of Quantonium</title>',
    `<desc id="description">${BOUNDARIES.map(({ id, name, flows: lines }) => `${id}, ${name}: ${lines.map((line) => line.join(' to ')).join(', ')}.`).join(' ')}</desc>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    '<rect x="380" y="70" width="460" height="550" rx="12" fill="#f6f8fa" stroke="#8c959f" stroke-dasharray="6 4"/>',
    '<text x="396" y="92" fill="#57606a">processes of the installation</text>',
    ...flows.map(({ from, to }) => (from === to ? '' : line(from, to))).filter((text) => text !== ''),
    ...ELEMENTS.map(shape),
    ...flows.map(({ id, from, to }) => badge(id, from, to)),
    '</svg>',
    '',
  ].join('\n');
}

function middle(id: string): readonly [number, number] {
  const [x, y] = PLACES[id]!;
  return [x + BOX.width / 2, y + BOX.height / 2];
}

/** Where a line from the middle of a box to a point leaves it. */
function edge(id: string, toward: readonly [number, number]): readonly [number, number] {
  const [x, y] = middle(id);
  const [dx, dy] = [toward[0] - x, toward[1] - y];
  const share = Math.min(BOX.width / 2 / Math.abs(dx || 1e-9), BOX.height / 2 / Math.abs(dy || 1e-9));
  return [x + dx * share, y + dy * share];
}

const ends = (from: string, to: string): readonly [readonly [number, number], readonly [number, number]] => [edge(from, middle(to)), edge(to, middle(from))];

function line(from: string, to: string): string {
  const [[x1, y1], [x2, y2]] = ends(from, to);
  return `<line x1="${x1.toFixed(0)}" y1="${y1.toFixed(0)}" x2="${x2.toFixed(0)}" y2="${y2.toFixed(0)}" stroke="#57606a" stroke-width="1.5"/>`;
}

/** A person is a box, a process is round, a store has two lines, as in every data-flow diagram. */
function shape({ id, kind, name }: Element): string {
  const [x, y] = PLACES[id]!;
  const { width, height } = BOX;
  const outline = {
    person: `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#fff" stroke="#24292f" stroke-width="1.5"/>`,
    process: `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${height / 2}" fill="#ddf4ff" stroke="#0969da" stroke-width="1.5"/>`,
    store: `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#fff8c5"/><path d="M${x} ${y}h${width}M${x} ${y + height}h${width}" stroke="#9a6700" stroke-width="1.5"/>`,
  }[kind];
  return `${outline}<text x="${x + width / 2}" y="${y + 25}" text-anchor="middle" font-weight="bold">${id}</text><text x="${x + width / 2}" y="${y + 45}" text-anchor="middle">${name}</text>`;
}

/** On the line, a little beyond its middle, where lines have parted; of what stays within a process on the process itself. */
function badge(id: string, from: string, to: string): string {
  const [[x1, y1], [x2, y2]] = ends(from, to);
  const [x, y] = from === to ? [middle(from)[0], middle(from)[1] - BOX.height / 2 - 6] : [x1 + (x2 - x1) * 0.55, y1 + (y2 - y1) * 0.55];
  return `<rect x="${(x - 19).toFixed(0)}" y="${(y - 11).toFixed(0)}" width="38" height="22" rx="11" fill="#cf222e"/><text x="${x.toFixed(0)}" y="${(y + 5).toFixed(0)}" text-anchor="middle" fill="#fff">${id}</text>`;
}
