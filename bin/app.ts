import { App } from 'aws-cdk-lib';
import { readConfig } from '../lib/config.ts';
import { composeOrchestra } from '../lib/orchestra.ts';

const app = new App();
composeOrchestra(
  app,
  readConfig((key) => app.node.tryGetContext(key)),
);
app.synth();
