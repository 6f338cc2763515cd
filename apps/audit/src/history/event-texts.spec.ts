import { catalogue } from '@gridcase/events';
import { eventTexts, textOf } from './event-texts';

it('has a sentence in both languages for every event of cases and reports', () => {
  const types = Object.values(catalogue).filter(({ category }) => category === 'case' || category === 'report').map(({ type }) => type).sort();
  expect(Object.keys(eventTexts).sort()).toEqual(types);
});

it('says choices in words, and no colon before nothing', () => {
  expect(textOf('ReboundRuled', { unit: 'u-1', decision: 'overruled', reason: '清单第3项' })).toEqual({ zh: '经认定,u-1 的回弹不成立:清单第3项', en: 'rebound of u-1 overruled: 清单第3项' });
  expect(textOf('CallBackRecorded', { reached: true, truthful: true, satisfied: false, note: '' })).toEqual({ zh: '回访:已接通,结果属实,不满意。', en: 'call-back: reached, result true, not satisfied' });
  expect(textOf('CaseClosed', { summary: '' })).toEqual({ zh: '结案', en: 'closed' });
});
