/**
 * How old something is by the database's clock, in milliseconds. What is of the future was written before the clock was set
 * back: nobody knows how old that is, and whoever waits until it is old enough must not wait for the hour that was taken back.
 */
export function ageMillisOf(millis: string): number {
  const age = Number(millis);
  return age < 0 ? Infinity : age;
}
