import { describe, expect, it } from 'vitest';
import { dataArn, functionNames, inTransaction, on, roleOf } from './roles.ts';
import { settled, synthesize } from './synthesis.ts';

const dev = synthesize('dev');
const state = dataArn(dev, 'AWS::DynamoDB::Table', 'State');
const ledger = dataArn(dev, 'AWS::DynamoDB::Table', 'Ledger');
const archive = dataArn(dev, 'AWS::S3::Bucket', 'ArchiveDA');
const keyOf = (name: string) => dataArn(dev, 'AWS::KMS::Key', name);
const names = functionNames(dev);
const apis = names.filter((name) => name.endsWith('-api'));

const entry = 'ledger#product#2026-11-22#3';

describe('ledger', () => {
  const verbs = ['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete', 'PartiQLInsert'];

  it.each(names)('[AUD-2] gives %s no way to change, delete or overwrite by batch', async (name) => {
    const { may } = roleOf(dev, name);
    for (const verb of verbs) {
      expect(await may(`dynamodb:${verb}`, ledger, inTransaction(entry)), verb).toBe(false);
      expect(await may(`dynamodb:${verb}`, ledger, on(entry)), verb).toBe(false);
    }
    expect(await may('dynamodb:DeleteTable', ledger)).toBe(false);
  });

  it.each(names)('[AUD-2] lets %s write inside a transaction or not at all', async (name) => {
    const { may } = roleOf(dev, name);
    expect(await may('dynamodb:PutItem', ledger, on(entry))).toBe(false);
    const silent = ['platform-authorizer', 'platform-relay', 'platform-documents', 'audit-sealer', 'handoffs-consumer'];
    const commits = !silent.includes(name);
    expect(await may('dynamodb:PutItem', ledger, inTransaction(entry))).toBe(commits);
  });

  it('[AUD-6] is read by the audit slice, by simulations, and by the archiver entry by entry', async () => {
    const readers = async (verb: string): Promise<string[]> => {
      const found: string[] = [];
      for (const name of names)
        if (await roleOf(dev, name).may(`dynamodb:${verb}`, ledger, on(entry))) found.push(name);
      return found.toSorted();
    };
    expect(await readers('Query')).toEqual(['audit-api', 'audit-reconciler', 'policies-steps']);
    expect(await readers('BatchGetItem')).toEqual(['audit-api', 'platform-archiver']);
    expect(await readers('GetItem')).toEqual([]);
  });
});

describe('state', () => {
  it.each(apis)('[OPS-2] lets %s write the keys of its slice, inside a transaction', async (name) => {
    const { may } = roleOf(dev, name);
    const slice = name.slice(0, -'-api'.length);
    for (const owner of [
      'directory',
      'authority',
      'approvals',
      'policies',
      'limits',
      'handoffs',
      'conflicts',
      'audit',
      'gateway',
    ]) {
      const key = `${owner}#x#1`;
      expect(await may('dynamodb:PutItem', state, inTransaction(key)), owner).toBe(owner === slice);
      const removes = owner === slice && ['directory', 'audit'].includes(slice);
      expect(await may('dynamodb:DeleteItem', state, inTransaction(key)), owner).toBe(removes);
      expect(await may('dynamodb:PutItem', state, on(key)), owner).toBe(false);
      expect(await may('dynamodb:UpdateItem', state, on(key)), owner).toBe(false);
    }
    expect(await may('dynamodb:PutItem', state, inTransaction(`${slice}other#x`))).toBe(false);
  });

  it.each(apis)('[OPS-2] lets %s read its own slice and who may act, in one batch', async (name) => {
    const { may } = roleOf(dev, name);
    const own = `${name.slice(0, -'-api'.length)}#x#1`;
    const both = { 'dynamodb:LeadingKeys': [own, 'directory#principal#agt_1'] };
    expect(await may('dynamodb:BatchGetItem', state, both)).toBe(true);
    expect(await may('dynamodb:BatchGetItem', state, { 'dynamodb:LeadingKeys': [own, 'secrets#1'] })).toBe(false);
    expect(await may('dynamodb:GetItem', state, on(own))).toBe(false);
  });

  it('[LIM-2] lets those who reserve and settle change limits in place, inside a transaction, and read them whole', async () => {
    const key = 'limits#team#checkout#purse#1';
    const reading = { ...on(key), 'dynamodb:EnclosingOperation': 'TransactGetItems' };
    const able: Record<string, string[]> = { adjust: [], snapshot: [], check: [] };
    for (const name of names) {
      const { may } = roleOf(dev, name);
      if (await may('dynamodb:UpdateItem', state, inTransaction(key))) able.adjust?.push(name);
      if (await may('dynamodb:GetItem', state, reading)) able.snapshot?.push(name);
      if (await may('dynamodb:ConditionCheckItem', state, on('limits#team#checkout'))) able.check?.push(name);
      expect(await may('dynamodb:UpdateItem', state, on(key)), name).toBe(false);
      expect(await may('dynamodb:UpdateItem', state, inTransaction('authority#x#1')), name).toBe(false);
      expect(await may('dynamodb:GetItem', state, on(key)), name).toBe(false);
    }
    expect(able).toEqual({
      adjust: ['authority-api', 'authority-sweeper', 'limits-api', 'workload-api', 'workload-sweeper'],
      snapshot: ['authority-api', 'limits-api', 'workload-api'],
      // The sweeper only gives back, which is under whatever edition the vault has.
      check: ['authority-api', 'limits-api', 'workload-api'],
    });
  });

  it('[DIR-4] lets the sweeper of the directory write who is there and tell of it, and change no principal', async () => {
    const { may } = roleOf(dev, 'directory-sweeper');
    for (const key of ['directory#presence#agt_1', 'approvals#message#agt_1']) {
      expect(await may('dynamodb:PutItem', state, inTransaction(key)), key).toBe(true);
      expect(await may('dynamodb:PutItem', state, on(key)), key).toBe(false);
      expect(await may('dynamodb:DeleteItem', state, inTransaction(key)), key).toBe(false);
    }
    for (const key of ['directory#principal#agt_1', 'directory#team#checkout', 'approvals#escalation#esc_1']) {
      expect(await may('dynamodb:PutItem', state, inTransaction(key)), key).toBe(false);
    }
  });

  it('[WRK-6] lets the consumer of the workload count demand and supply, inside a transaction, and nobody else', async () => {
    for (const key of ['workload#demand#product#go', 'workload#supply#product']) {
      const able: string[] = [];
      for (const name of names) {
        const { may } = roleOf(dev, name);
        if (await may('dynamodb:UpdateItem', state, inTransaction(key))) able.push(name);
        expect(await may('dynamodb:UpdateItem', state, on(key)), name).toBe(false);
      }
      expect(able, key).toEqual(['workload-consumer']);
    }
  });

  it('[OPS-2] lets each function query those indexes that it has a list in, for its own keys', async () => {
    const lists: string[] = [];
    for (const name of names) {
      const own = on(`${name.split('-')[0]}#x`);
      for (const index of ['gsi1', 'gsi2']) {
        const { may } = roleOf(dev, name);
        if (await may('dynamodb:Query', `${state}/index/${index}`, own)) lists.push(`${name} ${index}`);
        expect(await may('dynamodb:Query', `${state}/index/${index}`, on('secrets#1')), name).toBe(false);
      }
    }
    expect(lists.toSorted()).toEqual([
      'approvals-api gsi1',
      'approvals-api gsi2',
      'approvals-consumer gsi1',
      'approvals-sweeper gsi1',
      'approvals-sweeper gsi2',
      'authority-sweeper gsi1',
      'conflicts-api gsi1',
      'conflicts-api gsi2',
      'conflicts-sweeper gsi1',
      'dependencies-api gsi1',
      'dependencies-api gsi2',
      'dependencies-consumer gsi1',
      'dependencies-consumer gsi2',
      'dependencies-sweeper gsi1',
      'directory-api gsi1',
      'directory-api gsi2',
      'directory-sweeper gsi1',
      'handoffs-api gsi1',
      'handoffs-api gsi2',
      'handoffs-sweeper gsi1',
      'limits-api gsi1',
      'policies-sweeper gsi1',
      'workload-api gsi1',
      'workload-api gsi2',
      'workload-consumer gsi1',
      'workload-sweeper gsi1',
    ]);
  });

  it('[DEP-2] [DEP-4] lets the dependencies rely on tasks, put them on, count resources, and nothing else of others', async () => {
    const able: Record<string, string[]> = { relies: [], moves: [], counts: [], removes: [] };
    for (const name of names.filter((one) => one.startsWith('dependencies-'))) {
      const { may } = roleOf(dev, name);
      const task = 'workload#task#tsk_1';
      if (await may('dynamodb:ConditionCheckItem', state, on(task))) able.relies?.push(name);
      if (await may('dynamodb:PutItem', state, inTransaction(task))) able.moves?.push(name);
      if (await may('dynamodb:UpdateItem', state, inTransaction('dependencies#resource#x'))) able.counts?.push(name);
      if (await may('dynamodb:DeleteItem', state, inTransaction('dependencies#dependency#x'))) able.removes?.push(name);
      for (const key of [task, 'dependencies#reservation#x', 'dependencies#calendar#x', 'approvals#message#x'])
        expect(await may('dynamodb:DeleteItem', state, inTransaction(key)), `${name} ${key}`).toBe(false);
      for (const key of ['workload#agent#x', 'limits#x', 'approvals#escalation#x', 'directory#domain#x'])
        expect(await may('dynamodb:PutItem', state, inTransaction(key)), `${name} ${key}`).toBe(false);
    }
    const all = ['dependencies-api', 'dependencies-consumer', 'dependencies-sweeper'];
    expect(Object.values(able).map((found) => found.toSorted())).toEqual([
      ['dependencies-api'],
      all,
      ['dependencies-api'],
      all,
    ]);
  });

  it.each(names)('[OPS-2] gives %s no scan, which would name no key', async (name) => {
    const { may } = roleOf(dev, name);
    expect(await may('dynamodb:Scan', state)).toBe(false);
    expect(await may('dynamodb:Query', state)).toBe(false);
    expect(await may('dynamodb:BatchGetItem', state)).toBe(false);
  });

  it.each(apis)('[GWY-1] lets %s count the requests of a principal, and touch nothing else that way', async (name) => {
    const { may } = roleOf(dev, name);
    expect(await may('dynamodb:UpdateItem', state, on('gateway#rate#agt_1'))).toBe(true);
    expect(await may('dynamodb:UpdateItem', state, on('directory#principal#agt_1'))).toBe(false);
  });
});

describe('keys and archive', () => {
  it('[AUT-5] lets the authority alone make and unwrap signing keys, and for receipts only', () => {
    // Read off the policy: the simulator does not know the keys of an encryption context.
    const onKey = names.flatMap((name) =>
      roleOf(dev, name)
        .statements.filter(({ Resource }) => [Resource].flat().includes(keyOf('ReceiptsKey')))
        .map((statement) => ({ name, ...statement })),
    );
    expect(onKey).toEqual([
      {
        name: 'authority-api',
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKeyPairWithoutPlaintext'],
        Resource: keyOf('ReceiptsKey'),
        Condition: { StringEquals: { 'kms:EncryptionContext:purpose': 'receipts' } },
      },
    ]);
  });

  it('[AUD-5] lets those who seal sign checkpoints, and nobody else', async () => {
    for (const name of names) {
      const { may } = roleOf(dev, name);
      const signs = ['platform-archiver', 'audit-sealer'].includes(name);
      expect(await may('kms:Sign', keyOf('CheckpointKey')), name).toBe(signs);
      expect(await may('kms:GetPublicKey', keyOf('CheckpointKey')), name).toBe(signs);
      for (const other of ['Key', 'ReceiptsKey', 'CursorKey'])
        expect(await may('kms:Sign', keyOf(other)), name).toBe(false);
    }
  });

  it('[AUD-5] lets the tree grow in transactions only, and lets nobody but its own slice and the archiver write it', async () => {
    const writers: string[] = [];
    for (const name of names) {
      const { may } = roleOf(dev, name);
      const key = 'audit#tree#head';
      expect(await may('dynamodb:PutItem', state, on(key)), name).toBe(false);
      expect(await may('dynamodb:UpdateItem', state, inTransaction(key)), name).toBe(false);
      if (await may('dynamodb:PutItem', state, inTransaction(key))) writers.push(name);
    }
    expect(writers.toSorted()).toEqual(['audit-api', 'audit-reconciler', 'audit-sealer', 'platform-archiver']);
    const { may } = roleOf(dev, 'platform-archiver');
    expect(await may('dynamodb:PutItem', state, inTransaction('audit#holds'))).toBe(false);
  });

  it('[AUD-7] lets two functions open what is sealed, one of them make keys, each for the subject that it names', () => {
    const onKeys = (key: string) =>
      names.flatMap((name) =>
        roleOf(dev, name)
          .statements.filter(({ Resource }) => [Resource].flat().includes(keyOf(key)))
          .map(({ Action, Condition }) => ({ name, Action, Condition })),
      );
    const Condition = {
      StringEquals: { 'kms:EncryptionContext:purpose': 'subjects' },
      StringLike: { 'kms:EncryptionContext:subject': 'sub_*' },
    };
    expect(onKeys('SubjectsKey')).toEqual(
      expect.arrayContaining([
        { name: 'audit-api', Action: 'kms:Decrypt', Condition },
        { name: 'authority-api', Action: ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext'], Condition },
      ]),
    );
    expect(onKeys('SubjectsKey')).toHaveLength(2);
    const callers = onKeys('PseudonymKey').map(({ name, Action }) => `${name} ${String(Action)}`);
    expect(callers.toSorted()).toEqual(['audit-api kms:GenerateMac', 'authority-api kms:GenerateMac']);
  });

  it('[AUD-7] lets the same two reach the keys of data subjects, inside a transaction, and nobody delete one', async () => {
    const key = 'subjects#sub_1';
    for (const name of names) {
      const { may } = roleOf(dev, name);
      const knows = ['audit-api', 'authority-api'].includes(name);
      expect(await may('dynamodb:BatchGetItem', state, on(key)), name).toBe(knows);
      expect(await may('dynamodb:PutItem', state, inTransaction(key)), name).toBe(knows);
      expect(await may('dynamodb:ConditionCheckItem', state, on(key)), name).toBe(name === 'authority-api');
      expect(await may('dynamodb:PutItem', state, on(key)), name).toBe(false);
      expect(await may('dynamodb:DeleteItem', state, inTransaction(key)), name).toBe(false);
    }
  });

  it('[GWY-4] lets those with lists seal their cursors', async () => {
    for (const name of names) {
      const lists = apis.includes(name) && name !== 'authority-api';
      expect(await roleOf(dev, name).may('kms:GenerateMac', keyOf('CursorKey')), name).toBe(lists);
    }
  });

  it('[GWY-3] lets the key of the tables be used through DynamoDB only', async () => {
    const { may } = roleOf(dev, 'authority-api');
    const via = (service: string) => ({ 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` });
    expect(await may('kms:Decrypt', keyOf('Key'), via('dynamodb'))).toBe(true);
    expect(await may('kms:Decrypt', keyOf('Key'), via('s3'))).toBe(false);
    expect(await may('kms:Decrypt', keyOf('Key'))).toBe(false);
  });

  it('[AUD-4] lets two functions add to the archive, and nobody delete or unlock', async () => {
    const object = `${archive}/ledger/product/2026/11/22/1.json`;
    for (const name of names) {
      const { may } = roleOf(dev, name);
      const expected = ['platform-archiver', 'audit-reconciler'].includes(name);
      expect(await may('s3:PutObject', object), name).toBe(expected);
      expect(await may('s3:PutObjectRetention', object), name).toBe(expected);
      for (const verb of ['DeleteObject', 'DeleteObjectVersion', 'BypassGovernanceRetention', 'PutObjectLegalHold']) {
        expect(await may(`s3:${verb}`, object), `${name} ${verb}`).toBe(false);
      }
    }
  });

  it('[AUD-5] lets the sealer add checkpoints to the archive, and no entries', async () => {
    const { may } = roleOf(dev, 'audit-sealer');
    expect(await may('s3:PutObject', `${archive}/checkpoints/000000000001.json`)).toBe(true);
    expect(await may('s3:PutObject', `${archive}/ledger/product/2026/11/22/1.json`)).toBe(false);
  });

  it('[AUD-5] lets what signs read the checkpoints that are locked, and no entries', async () => {
    for (const name of ['audit-sealer', 'platform-archiver']) {
      const { may } = roleOf(dev, name);
      expect(await may('s3:GetObject', `${archive}/checkpoints/000000000001.json`), name).toBe(true);
      expect(await may('s3:GetObject', `${archive}/ledger/product/2026/11/22/1.json`), name).toBe(false);
      expect(await may('s3:ListBucket', archive), name).toBe(false);
      const viaS3 = { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' };
      expect(await may('kms:Decrypt', keyOf('Key'), viaS3), name).toBe(true);
    }
  });
});

it('[OPS-2] keeps each policy well below the limit of a role', () => {
  for (const name of names) {
    const size = roleOf(dev, name).identityPolicies.reduce((sum, { policy }) => sum + JSON.stringify(policy).length, 0);
    expect(size, name).toBeLessThan(8_000);
  }
});

it('[OPS-2] gives each function a role of its own, without managed policies', () => {
  const roles = [...dev.of('AWS::Lambda::Function').values()].map(({ Properties }) =>
    settled('ControlPlane', Properties.Role),
  );
  expect(new Set(roles).size).toBe(roles.length);
  for (const [id, { Properties }] of dev.of('AWS::IAM::Role', 'ControlPlane')) {
    expect(Properties.ManagedPolicyArns, id).toBeUndefined();
  }
});
