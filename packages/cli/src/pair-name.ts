/** A pair may be typed wherever a location may: its name looks like none. */
const pattern = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;

/** True for what a pair, or one of its destinations, may be called. */
export function isPairName(text: string): boolean {
  return pattern.test(text);
}

/** True for what may name a pair, or one of its destinations: `photos/usb`. */
export function canBeName(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every(isPairName);
}
