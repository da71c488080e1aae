/** First parts of the keys of state. */
export const slices = [
  'directory',
  'authority',
  'approvals',
  'policies',
  'limits',
  'workload',
  'dependencies',
  'handoffs',
  'audit',
  'gateway',
  'subjects',
] as const;

type Functions = Readonly<Record<(typeof slices)[number], readonly string[]>>;

/** Functions that may put records of a slice, inside a transaction. */
export const writersOf: Functions = {
  directory: ['directory-api', 'platform-seed'],
  authority: ['authority-api', 'authority-sweeper', 'platform-seed'],
  approvals: ['approvals-api', 'approvals-consumer', 'approvals-steps', 'approvals-sweeper'],
  limits: ['limits-api', 'platform-seed'],
  workload: ['workload-api', 'workload-consumer', 'workload-sweeper'],
  dependencies: ['dependencies-api', 'dependencies-consumer', 'dependencies-sweeper'],
  handoffs: ['handoffs-api'],
  policies: ['platform-seed', 'policies-api', 'policies-steps', 'policies-sweeper'],
  audit: ['audit-api', 'audit-reconciler'],
  gateway: [],
  // Sealed by the one, erased by the other.
  subjects: ['audit-api', 'authority-api'],
};

const apis = [
  'approvals-api',
  'audit-api',
  'authority-api',
  'dependencies-api',
  'directory-api',
  'handoffs-api',
  'limits-api',
  'policies-api',
  'workload-api',
];

/** Functions that may read records of a slice by their keys. */
export const readersOf: Functions = {
  // Every API admits its callers by the directory.
  directory: [
    ...apis,
    'approvals-steps',
    'approvals-sweeper',
    'directory-sweeper',
    'handoffs-steps',
    'handoffs-sweeper',
    'platform-authorizer',
    'platform-seed',
  ].toSorted(),
  authority: ['authority-api', 'limits-api', 'platform-seed'],
  approvals: ['approvals-api', 'approvals-consumer', 'approvals-steps', 'approvals-sweeper'],
  limits: ['authority-api', 'authority-sweeper', 'limits-api', 'platform-seed', 'workload-api', 'workload-sweeper'],
  workload: ['workload-api', 'workload-consumer', 'workload-sweeper'],
  dependencies: ['dependencies-api', 'dependencies-consumer', 'dependencies-sweeper'],
  handoffs: ['handoffs-api', 'handoffs-consumer'],
  policies: ['authority-api', 'platform-seed', 'policies-api', 'policies-steps', 'policies-sweeper'],
  audit: ['audit-api', 'audit-reconciler'],
  gateway: [],
  subjects: ['audit-api', 'authority-api'],
};
