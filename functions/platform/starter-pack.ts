import accessControl from '../../policies/access-control.cedar';
import baseline from '../../policies/baseline.cedar';
import communicationRules from '../../policies/communication-rules.cedar';
import qualityStandards from '../../policies/quality-standards.cedar';
import resourceLimits from '../../policies/resource-limits.cedar';

/** The policy files that a deployment brings, as they stand in `policies/`. */
export const starterPack: readonly string[] = [
  baseline,
  accessControl,
  qualityStandards,
  communicationRules,
  resourceLimits,
];
