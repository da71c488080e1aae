import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AwsCall,
  type Deployed,
  deployedFunctions,
  type Grant,
  grantsOf,
  isUsedBy,
  simulator,
} from '../support/iam.ts';
import { impliedCalls, recordedCalls } from '../support/iam-calls.ts';
import { world } from '../support/world.ts';
import { apis, readersOf, slices, writersOf } from './reach.ts';
import { unusedGrants } from './unused-grants.ts';

const prefix = 'orchestra-local-';
const label = ({ name }: Pick<Deployed, 'name'>): string => name.slice(prefix.length);
const conflictFunctions = ['conflicts-api', 'conflicts-consumer', 'conflicts-steps', 'conflicts-sweeper'];

let functions: Deployed[];
let ask: ReturnType<typeof simulator>;
let recorded: AwsCall[];
let implied: AwsCall[];

/** Functions to which IAM says yes. */
async function allowed(action: string, resource: string, context: AwsCall['context'] = {}): Promise<string[]> {
  const answers = await Promise.all(
    functions.map(async (one) => ({ one, answer: await ask({ function: one.name, action, resource, context }) })),
  );
  return answers
    .filter(({ answer }) => answer.allowed)
    .map(({ one }) => label(one))
    .toSorted();
}

beforeAll(async () => {
  world();
  functions = await deployedFunctions();
  ask = simulator(functions);
  recorded = await recordedCalls(functions);
  implied = await impliedCalls(functions, recorded);
});

describe('what the functions do', () => {
  it('[OPS-2] was recorded of every function that has rights of its own', () => {
    const active = new Set(recorded.map((call) => call.function));
    const silent = functions.filter(({ name }) => !active.has(name));
    expect(functions.length).toBeGreaterThan(10);
    // Nothing has been proven about a function that never ran: run the whole suite, not this file alone.
    expect(silent.map(label)).toEqual(['platform-documents']);
    const rights = silent.flatMap(grantsOf).map(({ action }) => action.split(':')[0]);
    expect(new Set(rights)).toEqual(new Set(['logs', 'sqs', 'kms', 'xray']));
  });

  it(
    '[OPS-2] is allowed to their roles, each call that was recorded and each that AWS makes for it',
    { timeout: 240_000 },
    async () => {
      const refused: AwsCall[] = [];
      const used = new Set<Grant>();
      const grants = functions.flatMap(grantsOf);
      for (const call of [...recorded, ...implied]) {
        const answer = await ask(call);
        if (!answer.allowed) refused.push(call);
        for (const grant of grants) if (!used.has(grant) && isUsedBy(grant, call, answer)) used.add(grant);
      }
      const unused = grants.filter((grant) => !used.has(grant));
      console.log(
        `least privilege: ${recorded.length} recorded and ${implied.length} implied calls replayed, of every kind one`,
      );
      console.log(
        `least privilege: ${grants.length} grants, ${unused.length} never used`,
        unused.map(shown).toSorted(),
      );
      expect(refused).toEqual([]);
      expect(unused.filter((grant) => !unusedGrants.some((one) => explains(one, grant))).map(shown)).toEqual([]);
      expect(
        unusedGrants.filter((one) => !unused.some((grant) => explains(one, grant))),
        'reasons without a grant',
      ).toEqual([]);
    },
  );

  const shown = ({ function: name, action, resource }: Grant): string => `${label({ name })}: ${action} on ${resource}`;

  const explains = (one: (typeof unusedGrants)[number], { function: name, action, resource }: Grant): boolean =>
    (one.function?.test(label({ name })) ?? true) && one.action.test(action) && one.resource.test(resource);
});

describe('what the functions cannot do', () => {
  const table = (name: 'state' | 'ledger'): string =>
    `arn:aws:dynamodb:us-east-1:000000000000:table/${world()[name].name}`;
  const on = (...keys: string[]): AwsCall['context'] => ({ 'dynamodb:LeadingKeys': keys });
  const inTransaction = { 'dynamodb:EnclosingOperation': 'TransactWriteItems' };
  const entry = 'ledger#product#2026-11-22#3';

  it('[OPS-2] [AUD-2] is to change, delete or overwrite anything in the ledger, in any way', async () => {
    const verbs = [
      'UpdateItem',
      'DeleteItem',
      'BatchWriteItem',
      'PartiQLInsert',
      'PartiQLUpdate',
      'PartiQLDelete',
      'DeleteTable',
      'UpdateTable',
    ];
    const more = ['UpdateTimeToLive', 'UpdateContinuousBackups', 'PutResourcePolicy', 'Scan'];
    for (const verb of [...verbs, ...more]) {
      for (const context of [{}, on(entry), { ...on(entry), ...inTransaction }]) {
        expect(await allowed(`dynamodb:${verb}`, table('ledger'), context), verb).toEqual([]);
      }
    }
  });

  it('[OPS-2] [AUD-2] is to write an entry outside a transaction, or in a partition that is none of the ledger', async () => {
    expect(await allowed('dynamodb:PutItem', table('ledger'), on(entry))).toEqual([]);
    expect(
      await allowed('dynamodb:PutItem', table('ledger'), {
        ...on(entry),
        'dynamodb:EnclosingOperation': 'ExecuteTransaction',
      }),
    ).toEqual([]);
    expect(await allowed('dynamodb:PutItem', table('ledger'), { ...on('other#1'), ...inTransaction })).toEqual([]);
    const writers = await allowed('dynamodb:PutItem', table('ledger'), { ...on(entry), ...inTransaction });
    expect(writers).toEqual(
      functions
        .map(label)
        .filter((name) => !/-(authorizer|relay|documents|sealer)$|^handoffs-consumer$/.test(name))
        .toSorted(),
    );
  });

  it('[OPS-2] is to write the keys of another slice', async () => {
    const writers: Record<string, string[]> = {};
    for (const slice of slices) {
      writers[slice] = await allowed('dynamodb:PutItem', table('state'), { ...on(`${slice}#x`), ...inTransaction });
      const others = slices.filter((one) => one !== slice).map((one) => `${one}#x`);
      for (const verb of ['PutItem', 'DeleteItem']) {
        for (const other of others) {
          const both = await allowed(`dynamodb:${verb}`, table('state'), {
            ...on(`${slice}#x`, other),
            ...inTransaction,
          });
          expect(
            both.filter((name) => name !== 'platform-seed'),
            `${verb} ${slice} and ${other}`,
          ).toEqual([]);
        }
        expect(
          await allowed(`dynamodb:${verb}`, table('state'), on(`${slice}#x`)),
          `${verb} outside a transaction`,
        ).toEqual([]);
      }
    }
    expect(writers).toEqual(writersOf);
  });

  it('[OPS-2] [LIM-2] is to change in place, in a transaction, anything but limits, and those by whom they are used', async () => {
    const spenders = ['authority-api', 'authority-sweeper', 'limits-api', 'workload-api', 'workload-sweeper'];
    for (const slice of slices) {
      const able = await allowed('dynamodb:UpdateItem', table('state'), { ...on(`${slice}#x`), ...inTransaction });
      expect(able, slice).toEqual(slice === 'limits' ? spenders : []);
    }
    const together = { ...on('limits#x'), 'dynamodb:EnclosingOperation': 'TransactGetItems' };
    expect(await allowed('dynamodb:GetItem', table('state'), together)).toEqual([
      'authority-api',
      'limits-api',
      'workload-api',
    ]);
    expect(await allowed('dynamodb:GetItem', table('state'), on('limits#x'))).toEqual([]);
    const check = 'dynamodb:ConditionCheckItem';
    expect(await allowed(check, table('state'), on('limits#x'))).toEqual([
      'authority-api',
      'limits-api',
      'workload-api',
    ]);
    const mandated = ['limits-api', 'policies-api', 'workload-api'];
    expect(await allowed(check, table('state'), on('authority#decision#x'))).toEqual(mandated);
    // The load of an agent moves with its tasks.
    const loads = { ...on('workload#agent#x'), ...inTransaction };
    const movers = ['handoffs-api', 'workload-api', 'workload-consumer', 'workload-sweeper'];
    expect(await allowed('dynamodb:UpdateItem', table('state'), loads)).toEqual(movers);
    expect(await allowed(check, table('state'), on('authority#matrix'))).toEqual([]);
  });

  it('[OPS-2] is to write an escalation, but for its slice and the decision that opens it', async () => {
    const writers = await allowed('dynamodb:PutItem', table('state'), {
      ...on('approvals#escalation#x'),
      ...inTransaction,
    });
    expect(writers).toEqual([
      'approvals-api',
      'approvals-consumer',
      'approvals-steps',
      'approvals-sweeper',
      'authority-api',
    ]);
    const removers = await allowed('dynamodb:DeleteItem', table('state'), {
      ...on('approvals#escalation#x'),
      ...inTransaction,
    });
    expect(removers).toEqual(['approvals-api', 'approvals-consumer', 'approvals-steps', 'approvals-sweeper']);
  });

  it('[OPS-2] is to put a message into an inbox, but for those who tell of something', async () => {
    const message = { ...on('approvals#message#agt_1'), ...inTransaction };
    expect(await allowed('dynamodb:PutItem', table('state'), message)).toEqual([
      'approvals-api',
      'approvals-consumer',
      'approvals-steps',
      'approvals-sweeper',
      ...conflictFunctions,
      'dependencies-api',
      'dependencies-consumer',
      'dependencies-sweeper',
      'directory-sweeper',
      'handoffs-api',
      'handoffs-steps',
      'handoffs-sweeper',
      'workload-api',
      'workload-sweeper',
    ]);
    expect(await allowed('dynamodb:DeleteItem', table('state'), message)).toEqual([]);
  });

  it('[OPS-2] [CNF-3] is to change a conflict, or to end one, but for its slice and its API', async () => {
    const conflict = { ...on('conflicts#conflict#x'), ...inTransaction };
    expect(await allowed('dynamodb:PutItem', table('state'), conflict)).toEqual(conflictFunctions);
    expect(await allowed('dynamodb:DeleteItem', table('state'), conflict)).toEqual(['conflicts-api']);
    const knowledge = { ...on('conflicts#knowledge#x'), ...inTransaction };
    expect(await allowed('dynamodb:DeleteItem', table('state'), knowledge)).toEqual([]);
  });

  it('[OPS-2] is to read what is not theirs, or all of it', async () => {
    const readers: Record<string, string[]> = {};
    for (const slice of slices)
      readers[slice] = await allowed('dynamodb:BatchGetItem', table('state'), on(`${slice}#x`));
    expect(readers).toEqual(readersOf);
    expect(await allowed('dynamodb:BatchGetItem', table('state'), on('authority#decision#dec_1'))).toEqual([
      'authority-api',
      'conflicts-consumer',
      'handoffs-api',
      'limits-api',
      'platform-seed',
      'policies-api',
      'policies-steps',
      'workload-api',
    ]);
    for (const name of ['state', 'ledger'] as const) {
      for (const verb of ['Scan', 'Query', 'BatchGetItem', 'PartiQLSelect', 'ExportTableToPointInTime']) {
        expect(await allowed(`dynamodb:${verb}`, table(name)), verb).toEqual([]);
      }
    }
  });

  it('[OPS-2] is to make a change depend on what is not theirs, but for the mandates of the policies', async () => {
    const check = (key: string) => allowed('dynamodb:ConditionCheckItem', table('state'), on(key));
    expect(await check('authority#decision#dec_1')).toEqual(['limits-api', 'policies-api', 'workload-api']);
    expect(await check('directory#principal#agt_1')).toEqual([
      'directory-api',
      'handoffs-api',
      'workload-api',
      'workload-sweeper',
    ]);
    expect(await check('authority#matrix')).toEqual([]);
    expect(await check('approvals#delegation#dlg_1')).toEqual(['approvals-api']);
    expect(await check('approvals#escalation#esc_1')).toEqual([]);
    // What waits for what, as it was when no cycle was found.
    expect(await check('workload#task#tsk_1')).toEqual(['dependencies-api']);
  });

  it('[OPS-2] [AUD-5] is to write the tree over the ledger, or read it, but for the audit slice and the archiver', async () => {
    const sealing = ['audit-api', 'audit-reconciler', 'audit-sealer', 'platform-archiver'];
    const tree = on('audit#tree#head', 'audit#tree#leaf#1');
    expect(await allowed('dynamodb:PutItem', table('state'), { ...tree, ...inTransaction })).toEqual(sealing);
    expect(await allowed('dynamodb:BatchGetItem', table('state'), tree)).toEqual(sealing);
    expect(await allowed('dynamodb:PutItem', table('state'), tree)).toEqual([]);
    expect(await allowed('dynamodb:UpdateItem', table('state'), { ...tree, ...inTransaction })).toEqual([]);
  });

  it('[OPS-2] is to count anything but the requests of a principal', async () => {
    expect(await allowed('dynamodb:UpdateItem', table('state'), on('gateway#rate#agt_1'))).toEqual(apis);
    for (const key of [...slices.map((slice) => `${slice}#x`), 'gateway#other']) {
      expect(await allowed('dynamodb:UpdateItem', table('state'), on(key)), key).toEqual([]);
    }
  });

  it('[OPS-2] [AUD-4] is to delete from the archive, unlock it, or write to another bucket', async () => {
    const bucket = `arn:aws:s3:::${world().output('ArchiveBucket')}`;
    const object = `${bucket}/ledger/product/2026/11/22/x.json`;
    for (const verb of [
      'DeleteObject',
      'DeleteObjectVersion',
      'BypassGovernanceRetention',
      'PutObjectLegalHold',
      'PutObjectAcl',
    ]) {
      expect(await allowed(`s3:${verb}`, object), verb).toEqual([]);
    }
    for (const verb of [
      'PutBucketObjectLockConfiguration',
      'PutBucketPolicy',
      'DeleteBucket',
      'PutLifecycleConfiguration',
      'PutBucketVersioning',
    ]) {
      expect(await allowed(`s3:${verb}`, bucket), verb).toEqual([]);
    }
    expect(await allowed('s3:PutObject', object)).toEqual(['audit-reconciler', 'platform-archiver']);
    expect(await allowed('s3:GetObject', object)).toEqual(['audit-reconciler']);
    const checkpoint = `${bucket}/checkpoints/000000000001.json`;
    for (const verb of ['PutObject', 'GetObject']) {
      const able = ['audit-reconciler', 'audit-sealer', 'platform-archiver'];
      expect(await allowed(`s3:${verb}`, checkpoint), verb).toEqual(able);
    }
    expect(await allowed('s3:ListBucket', bucket)).toEqual(['audit-reconciler']);
    expect(await allowed('s3:PutObject', 'arn:aws:s3:::somebody-elses/x.json')).toEqual([]);
    expect(await allowed('s3:PutObject', object, { 'aws:SecureTransport': 'false' })).toEqual([]);
  });

  it('[OPS-2] is to use a key for what it is not for, or to change one', async () => {
    const arnOf = async (alias: string): Promise<string> => {
      const { KeyMetadata } = await new KMSClient({}).send(
        new DescribeKeyCommand({ KeyId: `alias/${prefix}${alias}` }),
      );
      return KeyMetadata?.Arn ?? '';
    };
    const [data, receipts, cursors] = [await arnOf('data'), await arnOf('receipts'), await arnOf('cursors')];
    const receipt = { 'kms:EncryptionContext:purpose': 'receipts' };
    expect(await allowed('kms:Decrypt', receipts, receipt)).toEqual(['authority-api']);
    expect(await allowed('kms:Decrypt', receipts, { 'kms:EncryptionContext:purpose': 'other' })).toEqual([]);
    expect(await allowed('kms:Decrypt', receipts)).toEqual([]);
    expect(await allowed('kms:Decrypt', data)).toEqual([]);
    expect(await allowed('kms:Decrypt', data, { 'kms:ViaService': 'ec2.us-east-1.amazonaws.com' })).toEqual([]);
    expect(await allowed('kms:GenerateMac', cursors)).toEqual(apis.filter((name) => name !== 'authority-api'));
    const checkpoints = await arnOf('checkpoints');
    expect(await allowed('kms:Sign', checkpoints)).toEqual(['audit-sealer', 'platform-archiver']);
    for (const verb of ['ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy', 'CreateGrant']) {
      expect(await allowed(`kms:${verb}`, checkpoints), verb).toEqual([]);
    }
    const [subjects, pseudonyms] = [await arnOf('subjects'), await arnOf('pseudonyms')];
    const subject = {
      'kms:EncryptionContext:purpose': 'subjects',
      'kms:EncryptionContext:subject': `sub_${'0'.repeat(32)}`,
    };
    expect(await allowed('kms:Decrypt', subjects, subject)).toEqual(['audit-api', 'authority-api']);
    expect(await allowed('kms:Decrypt', subjects, receipt)).toEqual([]);
    expect(await allowed('kms:Decrypt', subjects)).toEqual([]);
    expect(await allowed('kms:GenerateDataKeyWithoutPlaintext', subjects, subject)).toEqual(['authority-api']);
    expect(await allowed('kms:GenerateDataKey', subjects, subject)).toEqual([]);
    expect(await allowed('kms:GenerateMac', pseudonyms)).toEqual(['audit-api', 'authority-api']);
    for (const verb of ['ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy', 'CreateGrant', 'Sign']) {
      for (const key of [data, receipts, subjects, pseudonyms])
        expect(await allowed(`kms:${verb}`, key), verb).toEqual([]);
    }
  });

  it('[OPS-2] [EVT-1] is to publish, but for the relay on the buses of the deployment', async () => {
    const bus = (name: string): string => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`;
    for (const name of ['Product', 'Platform', 'Operations', 'Enterprise']) {
      expect(await allowed('events:PutEvents', bus(world().output(`Bus${name}`))), name).toEqual(['platform-relay']);
    }
    expect(await allowed('events:PutEvents', bus('default'))).toEqual([]);
    expect(await allowed('events:PutEvents', bus('orchestra-prod-product'))).toEqual([]);
    expect(await allowed('events:DeleteRule', 'arn:aws:events:us-east-1:000000000000:rule/x/y')).toEqual([]);
  });

  it('[OPS-2] is to start a workflow, but for the simulation by the API of the policies', async () => {
    const machine = (name: string): string => `arn:aws:states:us-east-1:000000000000:stateMachine:${prefix}${name}`;
    expect(await allowed('states:StartExecution', machine('simulation'))).toEqual(['policies-api']);
    expect(await allowed('states:StartExecution', machine('another'))).toEqual([]);
    for (const verb of ['UpdateStateMachine', 'DeleteStateMachine']) {
      expect(await allowed(`states:${verb}`, machine('simulation')), verb).toEqual([]);
    }
    const execution = machine('simulation:x').replace(':stateMachine:', ':execution:');
    expect(await allowed('states:StopExecution', execution)).toEqual([]);
  });

  it('[OPS-2] is to reach beyond: other roles, functions, secrets, their own permissions', async () => {
    const here = 'us-east-1:000000000000';
    const beyond: [action: string, resource: string][] = [
      ['sts:AssumeRole', 'arn:aws:iam::000000000000:role/x'],
      ['iam:PassRole', 'arn:aws:iam::000000000000:role/x'],
      ['iam:PutRolePolicy', 'arn:aws:iam::000000000000:role/x'],
      ['lambda:InvokeFunction', `arn:aws:lambda:${here}:function:${prefix}platform-seed`],
      ['lambda:UpdateFunctionCode', `arn:aws:lambda:${here}:function:${prefix}platform-seed`],
      ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:${here}:secret:x-abcdef`],
      ['ssm:GetParameter', `arn:aws:ssm:${here}:parameter/x`],
      ['logs:DeleteLogGroup', `arn:aws:logs:${here}:log-group:/orchestra/local/authority/api`],
      ['states:StartExecution', `arn:aws:states:${here}:stateMachine:${prefix}other`],
      ['sns:Publish', `arn:aws:sns:${here}:${prefix}page`],
      ['cognito-idp:AdminCreateUser', `arn:aws:cognito-idp:${here}:userpool/us-east-1_x`],
      ['dynamodb:PutItem', `arn:aws:dynamodb:${here}:table/another`],
    ];
    for (const [action, resource] of beyond) expect(await allowed(action, resource), action).toEqual([]);
  });
});
