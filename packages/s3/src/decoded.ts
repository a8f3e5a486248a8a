/** `undefined` for a key that is no valid UTF-8. Some services write a space as a plus sign; a plus sign is always `%2B`. */
export function decoded(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw.replaceAll('+', '%20'));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
