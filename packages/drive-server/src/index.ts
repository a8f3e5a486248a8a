export { DriveServer, type DriveServerOptions, type LoggedRequest, startDriveServer } from './drive-server.ts';
export type { Fault, FaultEffect, Faults, SeenRequest } from './faults.ts';
export type { Person, PutOptions, SeenItem } from './person.ts';
export type { RateLimitOptions } from './rate-limit.ts';
