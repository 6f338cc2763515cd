/**
 * Fields that hold sealed personal data of people who report: ciphertext under the person's own key, so that destroying the key
 * erases the person and leaves hashes, figures and proofs intact. `person` names the field that says whose key it is.
 * @rule Z13 X18 N3
 */
export interface PersonalField { sealed: string; person: string }

export const personalFields: Readonly<Record<string, readonly PersonalField[]>> = {
  ReportReceived: [{ sealed: 'reporter.sealed', person: 'reporter.personId' }],
};

/** Names under which plain personal data would stand. People in office (`staff` events) are named openly: Z21 asks for it. */
export const personalNames = /^(real|full|reporter|caller|citizen)?_?(name|phone|tel|telephone|mobile|wechat|wechatid|openid|unionid|idcard|idnumber|identity|email|mail)(no|number|id)?$/i;
