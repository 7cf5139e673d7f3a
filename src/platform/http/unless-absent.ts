import { ValidateIf } from 'class-validator';

/**
 * A field that may be left out, and must be right when it is there. `IsOptional` also lets `null` through, unchecked:
 * one more way to say the same, and a typing error more often than a wish.
 */
export const UnlessAbsent = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);
