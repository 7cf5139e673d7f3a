import { svgDocument } from './svg-document.js';
import { element, elided, grouped, label, xmlText } from './xml-text.js';

const BARS_MAX = 32;
/** A bit string of fifty qubits is shown whole: what tells two of them apart may stand in the middle. */
const LABEL_CHARACTERS_MAX = 64;
const [LEFT, TOP, PLOT_HEIGHT, RIGHT] = [76, 64, 260, 28];
/** Of 11 px monospace. */
const CHARACTER_WIDTH = 6.7;

interface Bar {
  readonly name: string;
  readonly count: number;
  readonly isOther: boolean;
}

/** The outcomes that came most often, in the order of their bit strings; all others in one bar. There may be millions. */
function barsOf(counts: Readonly<Record<string, number>>): readonly Bar[] {
  const byName = (a: Bar, b: Bar): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const byRank = (a: Bar, b: Bar): number => b.count - a.count || byName(a, b);
  const names = Object.keys(counts);
  const ranked: Bar[] = [];
  let others = 0;
  for (const name of names) {
    const bar = { name, count: counts[name] as number, isOther: false };
    const last = ranked[BARS_MAX - 1];
    if (last !== undefined && byRank(bar, last) > 0) {
      others += bar.count;
      continue;
    }
    ranked.push(bar);
    ranked.sort(byRank);
    if (ranked.length > BARS_MAX) others += (ranked.pop() as Bar).count;
  }
  const shown = ranked.sort(byName);
  return names.length <= BARS_MAX ? shown : [...shown, { name: `${grouped(names.length - BARS_MAX)} others`, count: others, isOther: true }];
}

/** Steps of 1, 2 or 5 times a power of ten: at most six ticks above 0. */
function tickStep(max: number): number {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, max / 6))));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => max / step <= 6) as number;
}

/** Counts of outcomes as bars. */
export function histogramSvg(counts: Readonly<Record<string, number>>, { title = 'Measurement outcomes' }: { title?: string } = {}): string {
  const bars = barsOf(counts);
  const shots = Object.values(counts).reduce((sum, count) => sum + count, 0);
  // The one bar of all others may be a hundred times as high as any: it is cut off rather than flattening them.
  const max = Math.max(1, ...bars.map(({ count, isOther }) => (isOther ? 0 : count)));
  const step = tickStep(max);
  const ceiling = Math.ceil(max / step) * step;
  // Its height says nothing, so its count stands beside its name.
  const names = bars.map(({ name, count, isOther }) => (isOther ? `${name}: ${grouped(count)}` : elided(name, LABEL_CHARACTERS_MAX)));
  const longest = Math.max(0, ...names.map((name) => [...name].length)) * CHARACTER_WIDTH;
  // Short labels stand upright below wide bars; long ones are turned by a quarter, whose height they need.
  const isTurned = longest > 58;
  const pitch = isTurned ? (bars.length > 16 ? 26 : 40) : Math.max(bars.length > 16 ? 26 : 44, longest + 10);
  const plotWidth = Math.max(240, bars.length * pitch);
  const inset = (plotWidth - bars.length * pitch) / 2;
  const base = TOP + PLOT_HEIGHT;
  const y = (count: number): number => base - (Math.min(count, ceiling) / ceiling) * PLOT_HEIGHT;

  const ticks = Array.from({ length: Math.round(ceiling / step) + 1 }, (_, i) => i * step).map((value) =>
    element('path', { class: value === 0 ? 'ax' : 'grid', d: `M${LEFT} ${Math.round(y(value) * 100) / 100}h${plotWidth}` }) + label('t dim en', LEFT - 8, y(value), grouped(value)));
  const drawn = bars.map(({ name, count, isOther }, i) => {
    const x = LEFT + inset + (i + 0.5) * pitch;
    const width = Math.min(48, pitch - 8);
    const share = shots === 0 ? 0 : (100 * count) / shots;
    const whole = `<title>${xmlText(`${name}: ${grouped(count)} (${share.toFixed(share < 1 ? 2 : 1)} %)`)}</title>`;
    const text = names[i] as string;
    const below = isTurned ? label('t en', x, base + 10, text, { transform: `rotate(-90 ${Math.round(x * 100) / 100} ${base + 10})` }) : label('t', x, base + 16, text);
    const above = String(grouped(count)).length * 6.1 < pitch + 2 ? label('p', x, y(count) - 9, grouped(count)) : '';
    return `<g>${whole}${element('rect', { class: isOther ? 'other' : 'bar', x: x - width / 2, y: y(count), width, height: base - y(count), rx: 2 })}${count > ceiling ? element('path', { class: 'cut', d: `M${x - width / 2 - 4} ${TOP + 22}l${width + 8} -8v7l${-width - 8} 8z` }) : ''}${above}${below}</g>`;
  });
  const summary = `${grouped(shots)} shot${shots === 1 ? '' : 's'}, ${grouped(Object.keys(counts).length)} outcome${Object.keys(counts).length === 1 ? '' : 's'}${bars.length > BARS_MAX ? `, the ${BARS_MAX} most frequent drawn` : ''}`;
  const heading = label('h st', LEFT, 22, elided(title, 60)) + label('dim st', LEFT, 42, summary);
  const width = Math.max(LEFT + plotWidth + RIGHT, LEFT + Math.max([...elided(title, 60)].length * 9.5, summary.length * 7.6) + RIGHT);
  return svgDocument({
    width, height: base + (isTurned ? longest + 26 : 36), title,
    description: `Bars of how often each bit string was measured: ${summary}. The rightmost character is classical bit 0.`,
    content: heading + ticks.join('') + drawn.join(''),
  });
}
