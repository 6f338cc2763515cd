/** Texts and HTTP status of a refusal; `{name}` is filled from its params. One file of codes per subject beside this one. */
export interface RejectionText { status: 400 | 403 | 404 | 409 | 412 | 413 | 415 | 422 | 429 | 503; rule?: string; zh: string; en: string }
export type RejectionTexts = Record<string, RejectionText>;
