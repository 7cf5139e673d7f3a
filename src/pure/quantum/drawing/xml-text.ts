/** What XML 1.0 §2.2 has no way to write, not even escaped: most controls, lone surrogates and two non-characters. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text of anybody, for an element or for an attribute between quotes of either kind. */
export function xmlText(text: string): string {
  return text.replace(NOT_XML, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** A coordinate with at most two digits behind the point: the same bytes on every machine, and a tenth of the length. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

type Attributes = Readonly<Record<string, string | number>>;

/** One element, its attributes escaped. `content` is XML already. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? coordinate(value) : xmlText(value)}"`).join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

/** A line of text at a place; `className` says how large and where it is anchored. */
export function label(className: string, x: number, y: number, text: string, more: Attributes = {}): string {
  return element('text', { class: className, x, y, ...more }, xmlText(text));
}

/** Cut in the middle, where bit strings and long numbers differ least for who looks at their ends. */
export function elided(text: string, lengthMax: number): string {
  const characters = [...text];
  if (characters.length <= lengthMax) return text;
  const head = Math.ceil((lengthMax - 1) / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (lengthMax - 1 - head)).join('')}`;
}

/** 12,345: written out here, since locales differ from machine to machine. */
export function grouped(count: number): string {
  // eslint-disable-next-line regexp/no-super-linear-move -- a number has some twenty digits at most
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
