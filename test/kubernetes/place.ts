/** A value somewhere in a manifest, and where: `Deployment/quantonium-api/spec/replicas`. What is not there is a place too. */
export class Place {
  constructor(
    readonly path: string,
    readonly value: unknown,
  ) {}

  get(...names: readonly (string | number)[]): Place {
    let place: Place = this;
    for (const name of names) place = new Place(`${place.path}/${name}`, isRecord(place.value) || Array.isArray(place.value) ? (place.value as Record<string, unknown>)[name] : undefined);
    return place;
  }

  get isGiven(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get text(): string {
    return typeof this.value === 'string' ? this.value : '';
  }

  /** NaN where there is none: no comparison holds of it. */
  get number(): number {
    return typeof this.value === 'number' ? this.value : NaN;
  }

  get items(): readonly Place[] {
    return Array.isArray(this.value) ? this.value.map((_, index) => this.get(index)) : [];
  }

  get names(): readonly string[] {
    return isRecord(this.value) ? Object.keys(this.value) : [];
  }

  get members(): readonly Place[] {
    return this.names.map((name) => this.get(name));
  }

  get texts(): readonly string[] {
    return this.items.map(({ text }) => text);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the labels at the first place are all among those at the second, which is how selectors match. */
export function selects(selector: Place, labels: Place): boolean {
  return selector.names.length > 0 && selector.members.every(({ value }, at) => labels.get(selector.names[at]!).value === value);
}
