/** Field names (in lower case, without `_` and `-`) whose values never reach a log. Services add their own. */
export const PERSONAL_FIELDS: readonly string[] = [
  'realname', 'reportername', 'fullname', 'contactname', 'phone', 'phonenumber', 'mobile', 'tel', 'telephone', 'email',
  'idnumber', 'idcard', 'wechatid', 'openid', 'unionid', 'homeaddress', 'reporter', 'exactwords', 'recording',
];
const SECRET_FIELDS: readonly string[] = ['authorization', 'cookie', 'setcookie', 'password', 'secret', 'token', 'accesstoken', 'refreshtoken', 'idtoken', 'privatekey', 'apikey'];
const REDACTED = '[redacted]';
const DEPTH_MAX = 8;

const normal = (name: string): string => name.replace(/[_-]/g, '').toLowerCase();

export type Redact = (value: Record<string, unknown>) => Record<string, unknown>;

/**
 * @rule Z13 N3 — builds a function that copies a log object with personal and secret fields replaced, at any depth. Only plain objects and
 * arrays are entered: errors, requests and other instances are left to their serializers.
 */
export function redactor(moreFields: readonly string[] = []): Redact {
  const hidden = new Set([...PERSONAL_FIELDS, ...SECRET_FIELDS, ...moreFields].map(normal));
  const visit = (value: unknown, depth: number): unknown => {
    if (value === null || typeof value !== 'object') return value;
    if (depth > DEPTH_MAX) return '[too deep]';
    if (Array.isArray(value)) return value.map((item) => visit(item, depth + 1));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, hidden.has(normal(name)) && inner != null ? REDACTED : visit(inner, depth + 1)]),
    );
  };
  return (value) => visit(value, 0) as Record<string, unknown>;
}
