export {
  diagnosticsChannels,
  type OperationMessage,
  publish,
  type RetryMessage,
  type RunIdentity,
  type RunMessage,
  type ScanMessage,
} from './channels.ts';
export { PublishedRun } from './published-run.ts';
