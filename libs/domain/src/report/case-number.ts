const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's: no I, L, O, U to misread on the telephone

/**
 * `610524-20251009-7K3M9Q2X`: district, local day of filing, 40 bits of the case id (itself a hash). No counter, so no two filings wait for
 * each other; at 1,000 cases a day two of them meet once in some 2 million days.
 */
export function caseNumber(district: string, date: string, caseId: string): string {
  const digits = caseId.replaceAll('-', '').slice(0, 10);
  if (!/^[0-9a-f]{10}$/.test(digits)) throw new RangeError(`not a case id: ${caseId}`);
  let bits = BigInt(`0x${digits}`);
  let text = '';
  for (let n = 0; n < 8; n++, bits >>= 5n) text = ALPHABET[Number(bits & 31n)]! + text;
  return `${district}-${date.replaceAll('-', '')}-${text}`;
}
