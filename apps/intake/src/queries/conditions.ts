/** The WHERE of a list, put together from what was asked; values only ever go in as parameters. */
export class Conditions {
  readonly params: unknown[] = [];
  private readonly parts: string[] = [];

  /** `?` stands for the value. */
  and(sql: string, ...values: unknown[]): this {
    let index = this.params.length;
    this.params.push(...values);
    this.parts.push(`(${sql.replace(/\?/g, () => `$${++index}`)})`);
    return this;
  }
  /** Only when it was asked for. */
  when(value: unknown, sql: string): this {
    return value === undefined ? this : this.and(sql, value);
  }
  param(value: unknown): string {
    return `$${this.params.push(value)}`;
  }
  toString(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' and ');
  }
}

/** A prefix as a LIKE pattern: codes hold digits only, whatever was asked. */
export const prefixPattern = (prefix: string): string => `${prefix.replace(/[\\%_]/g, '\\$&')}%`;
export const containsPattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;
export const pageSize = (limit = LIMIT_DEFAULT): number => Math.min(Math.max(1, limit), LIMIT_MAX);
