/** Personal data as anybody sees it who has no need for more. @rule Z13 X18 */
export const maskName = (name: string): string => {
  const [first = '', ...rest] = [...name.trim()];
  return rest.length === 0 ? '*' : first + '*'.repeat(rest.length);
};
/** `138****5678`; a shorter number shows its last two digits only. */
export const maskTelephone = (telephone: string): string =>
  telephone.length >= 11 ? `${telephone.slice(0, 3)}****${telephone.slice(-4)}` : `${'*'.repeat(Math.max(0, telephone.length - 2))}${telephone.slice(-2)}`;
export const maskAccount = (account: string): string => `${account.slice(0, 1)}***`;
