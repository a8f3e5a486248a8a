import { conformanceOn } from './support/conformance.ts';

await conformanceOn('proftpd');
