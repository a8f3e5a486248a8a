// Adds up the test reports of all packages and the steps of .ci/run, and ends with one line that says the sum.
// Exit code 1 when anything failed, when a test was skipped, or when no test ran at all.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

// Enough to know what broke when only the end of the output was kept.
const firstLines = (text) => text.split('\n').slice(0, 25).join('\n');
const failures = [];
const sum = { passed: 0, failed: 0, skipped: 0 };

for (const name of readdirSync('packages').sort()) {
  const file = `packages/${name}/reports/vitest.json`;
  if (!existsSync(file)) {
    // The package's tests did not get as far as a report.
    console.log(`tests of ${name}: no report`);
    sum.failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const skipped = report.numPendingTests + report.numTodoTests;
  console.log(`tests of ${name}: ${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped`);
  for (const { name: test, message, assertionResults } of report.testResults) {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    // A file that could not even be loaded has a message of its own.
    if (failed.length === 0 && message) failures.push(`${test}\n${firstLines(message)}`);
    for (const { fullName, failureMessages } of failed) {
      failures.push(`${test}\n  ${fullName}\n${failureMessages.map(firstLines).join('\n')}`);
    }
  }
  sum.passed += report.numPassedTests;
  sum.failed += report.numFailedTests;
  sum.skipped += skipped;
}

const testsRan = sum.passed > 0;

for (const line of readFileSync(process.argv[2], 'utf8').trimEnd().split('\n')) {
  const [result, name] = line.split('\t');
  console.log(`${name}: ${result}`);
  sum[result] += 1;
}

for (const failure of failures) console.log(`\nFAILED ${failure}`);
if (sum.skipped > 0) console.log('A skipped test proves nothing: CI does not accept it.');
if (!testsRan) console.log('No test passed: CI does not accept it.');
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 && sum.skipped === 0 && testsRan ? 0 : 1;
