const TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
/** The end of the year 9999: RFC 3339 counts years with four digits. */
const MILLIS_MAX = 253_402_300_799_999;

/**
 * Milliseconds since 1970 of a time of RFC 3339 §5.6; null for any other text, days that there are not (30 February),
 * and times before 1970. Finer fractions are cut off; a leap second is the first of the next minute.
 */
export function parseTime(text: string): number | null {
  const parts = TIME.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const [, , , , , , , fraction = '', sign, offsetHour = '00', offsetMinute = '00'] = parts;
  if (hour > 23 || minute > 59 || second > 60 || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1970 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const offsetMinutes = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -1 : 1);
  const millis = date.getTime() + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return millis >= 0 && millis <= MILLIS_MAX ? millis : null;
}
