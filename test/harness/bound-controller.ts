import { Controller, type Type } from '@nestjs/common';

/** A controller with its collaborators in hand, as a class that Nest can make without asking for them. */
export function bound<T extends object>(path: string, parent: Type<T>, make: () => T): Type<T> {
  class Bound extends (parent as Type<object>) {
    constructor() {
      super();
      Object.assign(this, make());
    }
  }
  Reflect.defineMetadata('design:paramtypes', [], Bound);
  Controller(path)(Bound);
  return Bound as Type<T>;
}
