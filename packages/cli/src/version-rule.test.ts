import { expect, test } from 'vitest';
import { parseVersionRule } from './version-rule.ts';

test.each([
  ['all', {}],
  ['days=30', { days: 30 }],
  [' Days = 0.5 , count=3', { days: 0.5, count: 3 }],
  ['hourly=24,daily=7,weekly=5,monthly=12', { hourly: 24, daily: 7, weekly: 5, monthly: 12 }],
])('--versions %s', (text, rule) => expect(parseVersionRule(text)).toEqual(rule));

test.each([
  ['', '--versions takes all'],
  ['30', '--versions takes all'],
  ['days', '--versions takes all'],
  ['days=30,days=40', '--versions takes all'],
  ['days=-1', '--versions takes all'],
  ['days=0', 'more than 0'],
  ['count=1.5', 'whole number'],
  ['yearly=3', 'has no yearly'],
])('--versions %j is refused', (text, message) => expect(() => parseVersionRule(text)).toThrow(message));
