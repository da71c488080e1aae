import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type TypeName = 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object';

/** A JSON Schema (2020-12) as far as the generated document uses it. */
export type Schema = {
  $ref?: string;
  type?: TypeName | TypeName[];
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
type Content = Record<string, { schema: Schema }>;
export type Parameter = { in: 'path' | 'query' | 'header'; name: string; required?: boolean; schema: Schema };
type Answers = Record<
  string,
  { $ref?: string; content?: Content; headers?: Record<string, { required?: boolean; schema: Schema }> }
>;
type OperationObject = {
  operationId: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Answers;
};
type Document = {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Schema>; responses: Answers };
};

/** One operation of the document: `get` of `/v1/agents/{id}`. */
export type Operation = OperationObject & { method: string; path: string; isPublic: boolean };

/** The document with the answers that operations share put where they are given. */
function withAnswers(made: Document): Document {
  for (const { responses } of Object.values(made.paths).flatMap((methods) => Object.values(methods))) {
    for (const [status, { $ref }] of Object.entries(responses)) {
      const shared = $ref && made.components.responses[$ref.slice('#/components/responses/'.length)];
      if ($ref && !shared) throw new Error(`the document has no ${$ref}`);
      if (shared) responses[status] = shared;
    }
  }
  return made;
}

const read = (): Document =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'openapi.json'), 'utf8')) as Document;

/** The generated OpenAPI document, as it is served. */
export const published = read();

/** The same with every answer in its place. */
export const document = withAnswers(read());

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...operation,
    method: method.toUpperCase(),
    path,
    isPublic: operation.security?.length === 0,
  })),
);

/** Follows `$ref` into the components. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const found = document.components.schemas[schema.$ref.slice('#/components/schemas/'.length)];
  if (!found) throw new Error(`the document has no ${schema.$ref}`);
  return resolved(found);
}

/** The operation that a request means; literal parts go before parameters. */
export function operationAt(method: string, pathname: string): Operation | undefined {
  const segments = pathname.split('/');
  const fits = (part: string, at: number): boolean =>
    part.startsWith('{') ? segments[at] !== '' : part === segments[at];
  return operations
    .filter((one) => one.method === method)
    .filter(({ path }) => path.split('/').length === segments.length && path.split('/').every(fits))
    .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  validateFormats: true,
});
addFormats.default(ajv);
// Members of an OpenAPI document, which say nothing about validity.
ajv.addVocabulary(['example', 'discriminator', ...Object.keys(document)]);
ajv.addSchema(document, 'openapi', false, false);

const pointer = (...parts: string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

const compiled = new Map<string, ValidateFunction>();

function validator(...at: string[]): ValidateFunction {
  const $ref = `openapi#${pointer(...at)}`;
  const known = compiled.get($ref) ?? ajv.compile({ $ref });
  compiled.set($ref, known);
  return known;
}

function faultsAt(value: unknown, where: string, ...at: string[]): string[] {
  const validate = validator(...at);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${where}${instancePath} ${message}`);
}

/** What the document has against a body that is sent to an operation. */
export const bodyFaults = (operation: Operation, mediaType: string, body: unknown): string[] =>
  faultsAt(
    body,
    'body',
    'paths',
    operation.path,
    operation.method.toLowerCase(),
    'requestBody',
    'content',
    mediaType,
    'schema',
  );

type Answer = { status: number; headers: Headers; text: string };

/** What the document has against an answer of an operation: its status, type, headers, body. */
export function answerFaults(operation: Operation, answer: Answer): string[] {
  const at = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(answer.status)];
  const expected = operation.responses[String(answer.status)];
  if (!expected) return [`status ${answer.status} is none of ${Object.keys(operation.responses).join(', ')}`];
  const mediaType = answer.headers.get('content-type')?.split(';')[0]?.trim() ?? 'none';
  if (!expected.content?.[mediaType])
    return [`content type ${mediaType} is none of ${Object.keys(expected.content ?? {}).join(', ')}`];
  const headers = Object.entries(expected.headers ?? {}).flatMap(([name, { required }]) => {
    const value = answer.headers.get(name);
    if (value === null) return required ? [`header ${name} is missing`] : [];
    return faultsAt(value, `header ${name}`, ...at, 'headers', name, 'schema');
  });
  const isJson = mediaType === 'application/json' || mediaType.endsWith('+json');
  const body: unknown = isJson ? JSON.parse(answer.text) : answer.text;
  return [...headers, ...faultsAt(body, 'body', ...at, 'content', mediaType, 'schema')];
}

/** Compiles every schema of every answer, so that none is passed over because nothing could be made of it. */
export function compileAll(): number {
  for (const operation of operations) {
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      for (const mediaType of Object.keys(content)) {
        validator(
          'paths',
          operation.path,
          operation.method.toLowerCase(),
          'responses',
          status,
          'content',
          mediaType,
          'schema',
        );
      }
    }
  }
  return compiled.size;
}
