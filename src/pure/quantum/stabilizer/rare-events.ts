import { uniformWords } from '../random/philox.js';

/** Events that are kept at once: beyond it they are drawn window by window. */
const WINDOW_EVENTS = 2 ** 18;
/** A place that no plan has. */
const NEVER = 2 ** 31 - 1;

/** Places of one probability, in ascending order: the next one at which something happens is so many further on. */
interface Group {
  readonly places: Int32Array;
  readonly logarithm: number;
}

function fraction(high: number, low: number): number {
  return (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
}

/**
 * What happens with small probabilities at places of a plan, to each shot by its own stream: from one event to the next
 * by the geometric distribution, so that the work is that of the events and not that of the places. Each event also has
 * a number in [0, 1) of its own. Places are asked in ascending order.
 */
export class RareEvents {
  private readonly groups: readonly Group[];
  private readonly random = new Uint32Array(4);
  private first = 0;
  private count = 0;
  /** By group and shot: the index in the group's places of its next event, the event's own number, and numbers drawn so far. */
  private next = new Int32Array(0);
  private own = new Float64Array(0);
  private drawn = new Int32Array(0);
  private windowEnd = 0;
  private windowStart = 0;
  /** Of the window, by place: where its events begin. */
  private starts = new Int32Array(1);
  /** The shots of the window's events, counted from the first of the batch, and their own numbers. */
  private slots = new Int32Array(0);
  private values = new Float64Array(0);

  /** `chances` by place, each above 0; `draws` is where the stream has room for them. */
  constructor(private readonly chances: readonly number[], private readonly seed: number, private readonly draws: number) {
    const places = Map.groupBy(chances.keys(), (place) => chances[place] as number);
    this.groups = [...places].map(([chance, list]) => ({ places: Int32Array.from(list), logarithm: Math.log1p(-chance) }));
  }

  /** For the shots `first` to `first + count - 1`. */
  begin(first: number, count: number): void {
    [this.first, this.count, this.windowStart, this.windowEnd] = [first, count, 0, 0];
    const size = this.groups.length * count;
    [this.next, this.own, this.drawn] = [new Int32Array(size).fill(-1), new Float64Array(size), new Int32Array(size)];
    this.groups.forEach((_, group) => {
      for (let slot = 0; slot < count; slot++) this.advance(group, slot);
    });
  }

  /** Calls back for every shot to which something happens at the place. */
  at(place: number, deed: (slot: number, own: number) => void): void {
    while (place >= this.windowEnd) this.openWindow();
    const index = place - this.windowStart;
    for (let i = this.starts[index] as number; i < (this.starts[index + 1] as number); i++) deed(this.slots[i] as number, this.values[i] as number);
  }

  private advance(group: number, slot: number): void {
    const at = group * this.count + slot;
    const { logarithm } = this.groups[group] as Group;
    const { random } = this;
    uniformWords(this.seed, this.first + slot, this.draws + (this.drawn[at] as number) * this.groups.length + group, random);
    (this.drawn[at] as number)++;
    const skipped = Math.floor(Math.log1p(-fraction(random[0] as number, random[1] as number)) / logarithm);
    this.next[at] = Math.min(NEVER, (this.next[at] as number) + 1 + skipped);
    this.own[at] = fraction(random[2] as number, random[3] as number);
  }

  private openWindow(): void {
    const { chances, count } = this;
    this.windowStart = this.windowEnd;
    for (let expected = 0; this.windowEnd < chances.length && (expected < WINDOW_EVENTS || this.windowEnd === this.windowStart); this.windowEnd++) {
      expected += (chances[this.windowEnd] as number) * count;
    }
    const [places, slots, values] = this.drawWindow();
    // Sorted by place, by counting.
    const starts = new Int32Array(this.windowEnd - this.windowStart + 2);
    for (const place of places) (starts[place + 2] as number)++;
    for (let i = 2; i < starts.length; i++) (starts[i] as number) += starts[i - 1] as number;
    [this.slots, this.values] = [new Int32Array(slots.length), new Float64Array(slots.length)];
    places.forEach((place, event) => {
      const to = (starts[place + 1] as number)++;
      this.slots[to] = slots[event] as number;
      this.values[to] = values[event] as number;
    });
    this.starts = starts;
  }

  private drawWindow(): readonly [places: number[], slots: number[], values: number[]] {
    const [found, slots, values]: [number[], number[], number[]] = [[], [], []];
    this.groups.forEach(({ places }, group) => {
      for (let slot = 0, at = group * this.count; slot < this.count; slot++, at++) {
        for (let place = places[this.next[at] as number]; place !== undefined && place < this.windowEnd; place = places[this.next[at] as number]) {
          found.push(place - this.windowStart);
          slots.push(slot);
          values.push(this.own[at] as number);
          this.advance(group, slot);
        }
      }
    });
    return [found, slots, values];
  }
}
