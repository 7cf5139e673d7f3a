import 'reflect-metadata';
import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import { getMetadataStorage, type ValidationError, ValidationTypes } from 'class-validator';
import { Fault, type FaultPointer } from '#pure/fault/fault.js';
import { pointerPart } from '#pure/fault/json-pointer.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/** Where a field stands, for pointers: bodies by RFC 6901, the rest by name. */
type Place = 'body' | 'query' | 'path';
const PLACES: Readonly<Record<string, Place>> = { body: 'body', query: 'query', param: 'path' };

/** More than this and the client has to start over anyway. */
const POINTERS_MAX = 50;

/**
 * Nest's validation pipe, with what it lets through closed: names that every object has (`{"constructor":1}` passes
 * its whitelist), an array where an object is meant and the other way round (`inner: []` passes `@ValidateNested`),
 * a body that is an array, and its conversion of `"10"` to 10 and of `"x"` to false.
 */
@Injectable()
export class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      transformOptions: { enableImplicitConversion: false },
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      // The place of a value is known to the call and not to the factory: the errors go there as they are.
      exceptionFactory: (errors) => errors,
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const place = PLACES[metadata.type];
    if (place === undefined || metadata.metatype === undefined || !this.toValidate(metadata)) return value;
    if (value !== undefined && !isPlainObject(value)) throw invalid([{ pointer: pointerTo(place, []), code: 'wrong-type', detail: 'an object' }]);
    refuse(inheritedNames(value, place, []));
    let instance: unknown;
    try {
      instance = await super.transform(value, metadata);
    } catch (errors) {
      if (!Array.isArray(errors)) throw errors;
      throw invalid((errors as ValidationError[]).flatMap((error) => pointersOf(error, place, [])));
    }
    refuse(misplacedArrays(instance, place, []));
    return instance;
  }

  /** A query or path value stays the text that it is: what it means is said by the DTO or the pipe that asks for it. */
  protected override transformPrimitive(value: unknown): unknown {
    return value;
  }
}

function invalid(pointers: readonly FaultPointer[]): Fault {
  return new Fault(REQUEST_FAULTS['invalid-request'], { pointers: pointers.slice(0, POINTERS_MAX) });
}

function refuse(pointers: readonly FaultPointer[]): void {
  if (pointers.length > 0) throw invalid(pointers);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Depth is bounded by the parser, so the call stack is. */
function inheritedNames(value: unknown, place: Place, path: readonly string[]): FaultPointer[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name in Object.prototype ? [{ pointer: pointerTo(place, [...path, name]), code: 'unknown-field' }] : inheritedNames(member, place, [...path, name]),
  );
}

/**
 * Compares each member of a DTO with the type that its class declares: only arrays where arrays are declared, and in
 * an array of objects no arrays, which class-validator descends into as if they were more of the same list.
 */
function misplacedArrays(value: unknown, place: Place, path: readonly string[]): FaultPointer[] {
  if (Array.isArray(value)) return value.flatMap((member, index) => misplacedArrays(member, place, [...path, String(index)]));
  if (!isPlainObject(value) || Object.getPrototypeOf(value) === Object.prototype) return [];
  const nested = nestedNamesOf(value.constructor as NewableFunction);
  return Object.entries(value).flatMap(([name, member]) => {
    const declared: unknown = Reflect.getMetadata('design:type', value, name);
    const at = [...path, name];
    const known = declared !== undefined && declared !== Object && member !== undefined && member !== null;
    if (known && (declared === Array) !== Array.isArray(member)) {
      return [{ pointer: pointerTo(place, at), code: 'wrong-type', detail: declared === Array ? 'an array' : 'not an array' }];
    }
    if (nested.has(name) && Array.isArray(member)) {
      const index = member.findIndex((element) => !isPlainObject(element));
      if (index >= 0) return [{ pointer: pointerTo(place, [...at, String(index)]), code: 'wrong-type', detail: 'an object' }];
    }
    return misplacedArrays(member, place, at);
  });
}

const nestedNames = new WeakMap<object, ReadonlySet<string>>();

/** Members of a DTO class that are objects of another. */
function nestedNamesOf(dto: NewableFunction): ReadonlySet<string> {
  const known = nestedNames.get(dto);
  if (known !== undefined) return known;
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const names = new Set(metadata.filter(({ type }) => type === ValidationTypes.NESTED_VALIDATION).map(({ propertyName }) => propertyName));
  nestedNames.set(dto, names);
  return names;
}

/** Constraints of class-validator by what a client can do about them; others are told by their own name. */
const CODES: Readonly<Record<string, string>> = {
  whitelistValidation: 'unknown-field',
  unknownValue: 'wrong-type',
  nestedValidation: 'wrong-type',
  ...Object.fromEntries(['isString', 'isInt', 'isNumber', 'isBoolean', 'isArray', 'isObject'].map((name) => [name, 'wrong-type'])),
  ...Object.fromEntries(['min', 'max', 'minLength', 'maxLength', 'isLength', 'arrayMinSize', 'arrayMaxSize', 'isPositive'].map((name) => [name, 'out-of-range'])),
  ...Object.fromEntries(['isDefined', 'isNotEmpty'].map((name) => [name, 'required'])),
  ...Object.fromEntries(['isIn', 'isEnum', 'equals'].map((name) => [name, 'not-one-of'])),
  matches: 'wrong-format',
  isUuid: 'wrong-format',
  arrayUnique: 'duplicate',
};

/** Of several complaints about one field the one that explains the others: what is not a number is not too large. */
const TELLING_FIRST = ['unknown-field', 'required', 'wrong-type'];

function pointersOf(error: ValidationError, place: Place, path: readonly string[]): FaultPointer[] {
  const at = error.property === undefined ? path : [...path, error.property];
  const pointer = pointerTo(place, at);
  const complaints = Object.entries(error.constraints ?? {}).map(([constraint, message]): FaultPointer => {
    if (constraint === 'whitelistValidation') return { pointer, code: 'unknown-field' };
    return { pointer, code: error.value === undefined ? 'required' : (CODES[constraint] ?? kebab(constraint)), detail: message };
  });
  const telling = TELLING_FIRST.map((code) => complaints.find((complaint) => complaint.code === code)).find((complaint) => complaint !== undefined);
  return [...(telling === undefined ? complaints : [telling]), ...(error.children ?? []).flatMap((child) => pointersOf(child, place, at))];
}

function pointerTo(place: Place, path: readonly string[]): string {
  if (place === 'body') return path.map((name) => `/${pointerPart(name)}`).join('');
  return `${place}:${path.join('.')}`;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
