import { checkVersionRule, isSyncEngineError, type VersionRule } from '@syncengine/core';
import { usageError } from './usage.ts';

/**
 * `all`, or limits such as `days=30,daily=90`.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function parseVersionRule(text: string): VersionRule {
  const plain = text.trim().toLowerCase();
  if (plain === 'all') return {};
  const limits = plain.split(',').map((part): readonly [string, number] => {
    const [, name, value] = /^\s*([a-z]+)\s*=\s*(\d+(?:\.\d+)?)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined) throw noRule(text);
    return [name, Number(value)];
  });
  if (new Set(limits.map(([name]) => name)).size < limits.length) throw noRule(text);
  try {
    return checkVersionRule(Object.fromEntries(limits));
  } catch (error) {
    if (!isSyncEngineError(error, 'invalid-options')) throw error;
    throw usageError(`--versions ${text}: ${error.message}`, error);
  }
}

function noRule(text: string): Error {
  return usageError(
    `--versions takes all, or limits such as days=30,count=10,hourly=24,daily=7,weekly=5,monthly=12, not ${JSON.stringify(text)}.`,
  );
}
