import type { RejectionTexts } from './rejection-text';

export const registryRejections = {} as const satisfies RejectionTexts;
