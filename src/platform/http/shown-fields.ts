/** For the description of a route whose answers leave out what rules about fields keep back. */
export const LEFT_OUT = "Members that the caller's roles keep back (`fields` of a rule) are left out; the id never is.";

/** The answer with its id and those of its members that may be shown. */
export function shown<T extends { readonly id: string }>(answer: T, fields: 'all' | ReadonlySet<string>): Pick<T, 'id'> & Partial<T> {
  if (fields === 'all') return answer;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name === 'id' || fields.has(name))) as Pick<T, 'id'> & Partial<T>;
}
