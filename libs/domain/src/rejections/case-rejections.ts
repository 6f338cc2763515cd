import type { RejectionTexts } from './rejection-text';

export const caseRejections = {} as const satisfies RejectionTexts;
