import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Config } from '../config.ts';

/** What every hosted resource needs to know: the configuration, and the key that encrypts it at rest. */
export type Hosting = { config: Config; key: IKey };

/** Name of a physical resource, `orchestra-dev-product`. */
export const nameOf = (config: Config, ...parts: string[]): string => ['orchestra', config.env, ...parts].join('-');

/** Part of an output's name, `DirectoryApi` of `directory-api`. */
export const pascal = (name: string): string =>
  name.replace(/(^|-)([a-z0-9])/g, (_, _dash, letter: string) => letter.toUpperCase());
