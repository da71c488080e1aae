/** Permissions that no call of the test suite uses, and why the roles have them all the same. */
export type Unused = {
  /** `platform-relay`; any where absent. */
  function?: RegExp;
  action: RegExp;
  resource: RegExp;
  reason: string;
};

const dataKey = /:kms:.*:key\//;

export const unusedGrants: readonly Unused[] = [
  {
    action: /^kms:(DescribeKey|Encrypt|GenerateDataKey|ReEncryptFrom|ReEncryptTo)$/,
    resource: dataKey,
    reason:
      'DynamoDB asks KMS in the name of whoever uses a table under a customer-managed key; AWS names these as what it ' +
      'may ask for. The local cloud keeps its tables without a key.',
  },
  {
    function: /^platform-(relay|archiver)$/,
    action: /^dynamodb:ListStreams$/,
    resource: /\/stream\//,
    reason:
      'Lambda wants it beside the three others when it makes the mapping, and AWS documents it on the stream, where ' +
      'the simulator does not know it.',
  },
  {
    function: /^handoffs-sweeper$/,
    action: /^states:StartExecution$/,
    resource: /-handoff$/,
    reason:
      'A clock counts as stopped when it is five minutes late; the test of that moves the time, which it can in its own ' +
      'process only.',
  },
  {
    function: /^workload-sweeper$/,
    action: /^dynamodb:ConditionCheckItem$/,
    resource: /StateTable/,
    reason:
      'An agent counts as overloaded after five minutes; the test of that moves the time in its own process, too.',
  },
];
