import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cedarWasm = join(root, 'node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm_bg.wasm');
const sizeLimit = 1_000_000;

// CommonJS dependencies call `require` and read files beside `__dirname`, which ES modules lack. On `globalThis`, a module's
// own declaration of either still wins; as top-level constants they would clash with it.
const banner = [
  "import{createRequire}from'node:module';",
  'globalThis.require??=createRequire(import.meta.url);',
  'globalThis.__dirname??=import.meta.dirname;',
].join('');

/**
 * Code of `functions/<entry>.ts` as one ES module.
 * @param cedar ships Cedar's WebAssembly beside it
 * @throws Error when the entry does not exist, does not build, or is larger than a quick start allows
 */
export function bundleOf(entry: string, cedar: boolean): AssetCode {
  const file = join(root, 'functions', `${entry}.ts`);
  if (!existsSync(file)) throw new Error(`functions/${entry}.ts does not exist, but the infrastructure deploys it`);
  const tryBundle = (outputDir: string): boolean => {
    build(file, join(outputDir, 'index.mjs'));
    if (cedar) copyFileSync(cedarWasm, join(outputDir, 'cedar_wasm_bg.wasm'));
    return true;
  };
  return Code.fromAsset(root, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('bundled-on-this-host'),
      // Never run: it tells the CDK's asset cache one entry from another.
      command: ['esbuild', entry, String(cedar)],
      local: { tryBundle },
    },
  });
}

/** The SDK goes in: the pinned version runs, and the tree-shaken part of it loads faster than the runtime's own copy. */
export function build(entry: string, outfile: string): void {
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
    loader: { '.cedar': 'text', '.cedarschema': 'text' },
    banner: { js: banner },
    absWorkingDir: root,
    logLevel: 'error',
  });
  const { size } = statSync(outfile);
  if (size > sizeLimit)
    throw new Error(`${entry} bundles to ${size} bytes, more than ${sizeLimit}: see what it imports`);
}
