import { changeTests } from './changes.ts';
import { contentTests } from './content.ts';
import { type SuiteSubject, suiteFor, type TestRunner } from './kit.ts';
import { lookingTests } from './looking.ts';

/**
 * The contract of a storage client as tests. Which of them make sense follows from what the client declares; what it
 * declares is tested to be true.
 */
export function storageSuite(runner: TestRunner, subject: SuiteSubject): void {
  runner.describe(`${subject.name} as a storage client`, () => {
    const suite = suiteFor(runner, subject);
    lookingTests(suite);
    contentTests(suite);
    changeTests(suite);
  });
}
