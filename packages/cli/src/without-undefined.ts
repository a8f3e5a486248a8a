type Defined<Fields> = { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** The fields that have a value: an option that was not given is left out, so that its default holds. */
export function withoutUndefined<Fields extends object>(fields: Fields): Defined<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // Sound: exactly the fields with a value are left, and each may be missing.
  return Object.fromEntries(entries) as Defined<Fields>;
}
