import { packageExtension } from '../package.ts';

await packageExtension();
