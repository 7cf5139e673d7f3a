import { coordinate, element, xmlText } from './xml-text.js';

export interface SvgDocument {
  readonly width: number;
  readonly height: number;
  /** Read out by who cannot see the picture, and shown where a pointer rests. */
  readonly title: string;
  readonly description: string;
  readonly content: string;
}

const SANS = "system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif";
const MONO = "ui-monospace,Consolas,'DejaVu Sans Mono',monospace";

/**
 * Colours by name, light and dark. Written as rules and not as variables, which many viewers of SVG do not know. Text on
 * any of the fills has a contrast of at least 4.5 in both.
 */
const LIGHT = { paper: '#ffffff', ink: '#1f2933', faint: '#66727f', wire: '#9aa5b1', line: '#d5dbe1', unitary: '#dbe8fd', unitaryEdge: '#3b6fd4', turn: '#d9f2e6', turnEdge: '#1d8a5f', gauge: '#eceff3', gaugeEdge: '#52606d', classic: '#fdf0d2', classicEdge: '#a86a00', frame: '#8250df', accent: '#3b6fd4' };
const DARK: typeof LIGHT = { paper: '#10151c', ink: '#e6ebf1', faint: '#98a4b1', wire: '#5b6775', line: '#2c3641', unitary: '#1c2f52', unitaryEdge: '#6b9cf5', turn: '#143b2e', turnEdge: '#45c492', gauge: '#232b35', gaugeEdge: '#9aa7b5', classic: '#3d2f10', classicEdge: '#e0a83a', frame: '#b794f6', accent: '#6b9cf5' };

function colours(c: typeof LIGHT): string {
  return [
    `.qd .bg,.qd .cut{fill:${c.paper}}`,
    `.qd text{fill:${c.ink}}.qd .dim{fill:${c.faint}}`,
    `.qd .w{stroke:${c.wire}}.qd .grid{stroke:${c.line}}.qd .ax{stroke:${c.faint}}.qd .cw{stroke:${c.classicEdge}}`,
    `.qd .u{fill:${c.unitary};stroke:${c.unitaryEdge}}.qd .r{fill:${c.turn};stroke:${c.turnEdge}}.qd .m{fill:${c.gauge};stroke:${c.gaugeEdge}}.qd .c{fill:${c.classic};stroke:${c.classicEdge}}`,
    `.qd .l{stroke:${c.unitaryEdge}}.qd .d{fill:${c.unitaryEdge}}.qd .ring{fill:${c.paper};stroke:${c.unitaryEdge}}.qd .s{stroke:${c.gaugeEdge}}`,
    `.qd .b{stroke:${c.faint}}.qd .f{stroke:${c.frame}}.qd .ft{fill:${c.frame}}.qd .bar{fill:${c.accent}}.qd .other{fill:${c.wire}}.qd .v{stroke:${c.accent}}.qd .vd{fill:${c.accent}}`,
  ].join('');
}

const STYLE = [
  `.qd text{font:13px ${SANS};text-anchor:middle;dominant-baseline:central}`,
  `.qd .n,.qd .p,.qd .t{font-family:${MONO}}.qd .n{font-size:13px;text-anchor:end}.qd .p{font-size:10px}.qd .t{font-size:11px}.qd .g{font-weight:600}`,
  '.qd .st{text-anchor:start}.qd .en{text-anchor:end}.qd .h{font-size:15px;font-weight:600}.qd .it{font-style:italic}',
  '.qd .w,.qd .l,.qd .b,.qd .f,.qd .cw,.qd .s,.qd .grid,.qd .ax,.qd .v{fill:none}.qd .l,.qd .s{stroke-width:1.6}.qd .v{stroke-width:2.4}.qd .b{stroke-dasharray:4 4}.qd .f{stroke-dasharray:7 3}.qd .dash{stroke-dasharray:3 4}',
  colours(LIGHT),
  `@media(prefers-color-scheme:dark){${colours(DARK)}}`,
].join('');

/** A whole file: no script, no reference to anything outside, the same bytes for the same content. */
export function svgDocument({ width, height, title, description, content }: SvgDocument): string {
  const [w, h] = [coordinate(Math.ceil(width)), coordinate(Math.ceil(height))];
  return `${element('svg', {
    xmlns: 'http://www.w3.org/2000/svg', class: 'qd', role: 'img', 'aria-labelledby': 'qd-title qd-desc', width: w, height: h, viewBox: `0 0 ${w} ${h}`,
  }, `<title id="qd-title">${xmlText(title)}</title><desc id="qd-desc">${xmlText(description)}</desc><style>${STYLE}</style>${element('rect', { class: 'bg', width: w, height: h })}${content}`)}\n`;
}
