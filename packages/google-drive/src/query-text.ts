/** A text as a query takes it: quotes and backslashes are escaped. */
export function quotedText(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
