import { assessmentRejections } from './assessment-rejections';
import { caseRejections } from './case-rejections';
import { commonRejections } from './common-rejections';
import { intakeRejections } from './intake-rejections';
import { registryRejections } from './registry-rejections';
import type { RejectionText } from './rejection-text';

export * from './rejection-text';
/** Every refusal there is: code → status, rule, texts. Codes are stable. */
export const rejectionTexts: Readonly<Record<string, RejectionText>> = { ...commonRejections, ...caseRejections, ...intakeRejections, ...registryRejections, ...assessmentRejections };
