// What stands under .github is read as GitHub reads it: files are valid, and what they run is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

const ownCommands = new Set(['install', 'publish', 'pack', 'exec']);

/** @returns what is wrong, a line each */
export function brokenWorkflows(root) {
  const wrong = [];
  const folder = join(root, '.github');
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.ya?ml$/.test(path)) continue;
    const document = parseDocument(readFileSync(join(folder, path), 'utf8'));
    const problems = [...document.errors, ...document.warnings].map(({ message }) => message);
    const content = problems.length > 0 ? undefined : document.toJS();
    if (content !== undefined && path.startsWith('workflows')) problems.push(...inWorkflow(content, root));
    if (content !== undefined && /^ISSUE_TEMPLATE.(?!config)/.test(path)) problems.push(...inForm(content));
    wrong.push(...problems.map((problem) => `.github/${path}: ${problem}`));
  }
  return wrong;
}

function inWorkflow({ name, on, jobs }, root) {
  const problems = [];
  if (typeof name !== 'string' || on === undefined) problems.push('a workflow has a name, and says on what it runs');
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const [job, { 'runs-on': runsOn, steps }] of Object.entries(jobs ?? {})) {
    if (runsOn === undefined) problems.push(`${job}: nothing says where it runs`);
    if (!Array.isArray(steps) || steps.length === 0) problems.push(`${job}: there are no steps`);
    for (const step of steps ?? []) {
      if ((step.run === undefined) === (step.uses === undefined)) problems.push(`${job}: a step either runs or uses`);
      if (step.uses !== undefined && !/^[\w./-]+@[\w.]+$/.test(step.uses)) problems.push(`${job}: ${step.uses}`);
      for (const text of [step.run, ...Object.values(step.with ?? {})]) {
        problems.push(...missingIn(String(text ?? ''), scripts, root).map((each) => `${job}: ${each}`));
      }
    }
  }
  return problems;
}

/** Scripts of the workspace, tools of it, projects of the tests, and files that a line of shell names. */
function missingIn(text, scripts, root) {
  const missing = [];
  for (const [, word] of text.matchAll(/\bpnpm@\S+ ([\w:]+)/g)) {
    const isKnown =
      Object.hasOwn(scripts, word) || ownCommands.has(word) || existsSync(join(root, 'node_modules/.bin', word));
    if (!isKnown) missing.push(`there is no script ${word}`);
  }
  for (const [, project] of text.matchAll(/--project ([\w-]+)/g)) {
    if (!existsSync(join(root, 'packages', project, 'vitest.config.ts')))
      missing.push(`there is no project ${project}`);
  }
  for (const [, file] of text.matchAll(/\b(?:bash|sh|node) ([\w./-]+\/[\w.-]+)/g)) {
    if (!existsSync(join(root, file))) missing.push(`there is no file ${file}`);
  }
  return missing;
}

function inForm({ name, description, body }) {
  const problems = [];
  if (typeof name !== 'string' || typeof description !== 'string') problems.push('a form has a name and a description');
  if (!Array.isArray(body) || body.length === 0) return [...problems, 'a form asks for something'];
  const ids = body.flatMap(({ id }) => id ?? []);
  if (new Set(ids).size !== ids.length) problems.push('two questions have one id');
  for (const { type, attributes } of body) {
    const isKnown = ['markdown', 'input', 'textarea', 'dropdown', 'checkboxes'].includes(type);
    const isAsked = type === 'markdown' ? attributes?.value : attributes?.label;
    if (!isKnown || typeof isAsked !== 'string') problems.push(`a question of type ${type} is not complete`);
  }
  return problems;
}
