import { describe, expect, test } from 'vitest';
import { type OperationSummary, type ProgressEvent, ProgressTracker, SpeedMeter } from './index.ts';

const upload: OperationSummary = { id: 1, kind: 'create', side: 'destination', path: 'a', bytes: 1_000, reason: 'new' };
const removal: OperationSummary = { id: 2, kind: 'delete', side: 'source', path: 'b', bytes: 0, reason: 'gone' };

describe('a tracker', () => {
  const track = () => {
    let now = 0;
    const events: string[] = [];
    const tracker = new ProgressTracker(
      (event) => events.push(event.type),
      () => now,
    );
    return { tracker, events, pass: (milliseconds: number) => (now += milliseconds) };
  };

  test('tells files, bytes, speed and time left for each side', () => {
    const { tracker, pass } = track();
    tracker.expect([upload, removal]);
    tracker.emit({ type: 'operation-start', operation: upload });
    pass(1_000);
    tracker.emit({ type: 'operation-progress', operation: upload, transferred: 250 });
    const half = tracker.snapshot();
    expect(half.to.destination).toEqual({
      operations: { done: 0, failed: 0, total: 1 },
      files: { done: 0, total: 1 },
      bytes: { done: 250, total: 1_000 },
    });
    expect(half).toMatchObject({ bytesPerSecond: 250, remainingMs: 3_000, elapsedMs: 1_000 });
    expect(half.active).toEqual([{ operation: upload, transferred: 250 }]);
    tracker.emit({ type: 'operation-done', operation: upload });
    tracker.emit({ type: 'operation-start', operation: removal });
    tracker.emit({ type: 'operation-done', operation: removal });
    const { to, active } = tracker.snapshot();
    expect(to.destination.bytes.done).toBe(1_000);
    expect(to.source.operations).toEqual({ done: 1, failed: 0, total: 1 });
    expect(active).toEqual([]);
  });

  test('a retry that starts over takes its bytes back', () => {
    const { tracker } = track();
    tracker.expect([upload]);
    tracker.emit({ type: 'operation-start', operation: upload });
    tracker.emit({ type: 'operation-progress', operation: upload, transferred: 900 });
    tracker.emit({ type: 'operation-progress', operation: upload, transferred: 0 });
    expect(tracker.snapshot().to.destination.bytes.done).toBe(0);
  });

  test('hands every event on, in order', () => {
    const { tracker, events } = track();
    const scan: ProgressEvent = { type: 'scan', side: 'source', files: 3, directories: 1, path: 'd' };
    tracker.emit(scan);
    tracker.emit({ type: 'notice', path: 'a', message: 'm' });
    expect(events).toEqual(['scan', 'notice']);
    expect(tracker.snapshot().scanned.source).toEqual({ files: 3, directories: 1 });
  });

  test('a listener that throws is not swallowed', () => {
    const cause = new Error('mine');
    const tracker = new ProgressTracker(
      () => {
        throw cause;
      },
      () => 0,
    );
    expect(() => tracker.emit({ type: 'notice', path: '', message: '' })).toThrow(
      expect.objectContaining({ code: 'listener-failed', cause }),
    );
  });
});

test('speed is that of the last seconds, not of the whole run', () => {
  const meter = new SpeedMeter(5_000);
  meter.add(1_000_000, 0);
  for (let second = 6; second <= 10; second += 1) meter.add(1_000, second * 1_000);
  expect(meter.rate(10_000, 0)).toBe(1_000);
  expect(meter.rate(60_000, 0)).toBe(0);
});
