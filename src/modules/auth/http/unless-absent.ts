import { ValidateIf } from 'class-validator';

/** A field that may be left out, and must be right when it is there: `IsOptional` also lets `null` through, unchecked. */
export const unlessAbsent = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);
