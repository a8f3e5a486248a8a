export { createStorageClient, type SftpEnvironment } from './address.ts';
export type { AnswerQuestions, LoginQuestion } from './login-question.ts';
export type { SftpStorageOptions } from './options.ts';
export { SftpStorageClient } from './sftp-storage-client.ts';
