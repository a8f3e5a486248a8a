import { usageError } from '../usage.ts';

const reference = /\$(\$\{|\{([^}]*)\})/g;

/**
 * A text with its `${NAME}` references replaced by what the environment says; `$${` stands for `${` itself.
 *
 * @throws SyncEngineError `invalid-options` for a name that is not set or impossible; the value is never shown
 */
export function withReferences(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(reference, (_, _reference: string, name: string | undefined) => {
    if (name === undefined) return `\${`;
    requireName(name);
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    throw usageError(`the environment variable ${name} is not set; set it, or change the reference \${${name}}.`);
  });
}

/** @throws SyncEngineError `invalid-options` for a reference that can never be right */
export function requireReferences(text: string): void {
  for (const [, , name] of text.matchAll(reference)) if (name !== undefined) requireName(name);
  if (/(?<!\$)\$\{[^}]*$/.test(text)) throw usageError(`a reference \${ is not closed with a }.`);
}

/** True for a text that is one reference and nothing else. */
export function isReference(text: string): boolean {
  return /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text);
}

function requireName(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return;
  throw usageError(`\${${name}} names no environment variable: letters, digits and _ only.`);
}
