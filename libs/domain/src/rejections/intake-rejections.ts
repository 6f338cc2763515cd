import type { RejectionTexts } from './rejection-text';

export const intakeRejections = {} as const satisfies RejectionTexts;
