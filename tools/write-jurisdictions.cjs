#!/usr/bin/env node
/**
 * Writes the two jurisdictions of the demo to policies/data: grid trees (CSV), units, people and item lists (YAML). Same seed, same files:
 *   node tools/write-jurisdictions.cjs
 * The structure is real (Heyang: 14 first-level grids, 215 villages and communities, 121 grids in the town; Xinglongtai: its streets);
 * people are ids and posts, names of villages, sizes and coordinates are made up. Nobody real is in these files.
 */
const { writeFileSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { stringify } = require('yaml');

const OUT = join(__dirname, '..', 'policies', 'data');
const SEED = 610524;

/** mulberry32: the same numbers on every machine. */
function numbers(seed) {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { between: (from, to) => from + Math.floor(next() * (to - from + 1)), degree: (centre, spread) => Number((centre + (next() * 2 - 1) * spread).toFixed(5)), pick: (list) => list[Math.floor(next() * list.length)] };
}

const DEPARTMENTS = [
  ['housing', '住房和城乡建设局', 'Housing and construction'], ['municipal', '市政设施管理处', 'Municipal works'], ['enforcement', '综合行政执法局', 'Urban enforcement'],
  ['sanitation', '环境卫生管理处', 'Sanitation'], ['market-supervision', '市场监督管理局', 'Market supervision'], ['landscape', '园林绿化管理处', 'Parks and greening'],
  ['environment', '生态环境局', 'Environment'], ['public-security', '公安局', 'Public security'], ['fire', '消防救援大队', 'Fire and rescue'],
  ['water', '水务局', 'Water'], ['power', '供电公司', 'Power supply'], ['transport', '交通运输局', 'Transport'], ['agriculture', '农业农村局', 'Agriculture'],
  ['health', '卫生健康局', 'Health'], ['civil-affairs', '民政局', 'Civil affairs'], ['peace', '综治中心', 'Public-order centre'], ['telecom', '通信管理办公室', 'Telecommunications'],
];
const FIVE = ['housing', 'municipal', 'enforcement', 'sanitation', 'market-supervision'];

/** code, zh, en, category, kind, standard, grade, department, co-departments, patrolled */
const ITEMS = [
  ['manhole', '井盖缺失破损', 'Manhole cover missing or broken', '市政设施', 'component', '井盖齐全、平稳、无响动,缺失的先设警示', 'general', 'municipal', ['telecom'], true],
  ['lamp', '路灯不亮', 'Street lamp out', '市政设施', 'component', '路灯按时亮灭,无断亮', 'general', 'municipal', ['power'], true],
  ['pothole', '路面破损', 'Road surface damaged', '市政设施', 'component', '路面平整,无坑槽、沉陷、缺砖', 'general', 'municipal', [], true],
  ['sewer', '下水堵塞外溢', 'Sewer blocked or overflowing', '市政设施', 'component', '排水畅通,不外溢', 'general', 'municipal', ['sanitation'], true],
  ['guardrail', '护栏损坏', 'Guardrail damaged', '市政设施', 'component', '护栏完整、牢固', 'general', 'municipal', [], true],
  ['sign', '指示牌损坏', 'Sign damaged', '市政设施', 'component', '路名牌、指示牌、限高杆完整、指向正确', 'general', 'municipal', ['public-security'], true],
  ['bin', '垃圾箱满溢破损', 'Litter bin full or broken', '环卫设施', 'component', '垃圾箱(桶)完好,日产日清', 'simple', 'sanitation', [], true],
  ['toilet', '公厕设施损坏', 'Public toilet damaged', '环卫设施', 'component', '公厕设施完好、保洁到位', 'general', 'sanitation', [], true],
  ['hydrant', '消火栓损坏', 'Fire hydrant damaged', '公用设施', 'component', '消火栓完好有水,无圈占遮挡', 'general', 'fire', ['water'], true],
  ['water', '供水管道漏损', 'Water main leaking', '公用设施', 'component', '管道无渗漏,停水提前通知', 'general', 'water', [], true],
  ['cable', '线缆垂落', 'Cable hanging down', '公用设施', 'component', '架空线缆整齐,无垂落、断头', 'general', 'telecom', ['power'], true],
  ['power-box', '配电箱门敞开', 'Power cabinet open', '公用设施', 'component', '箱门关闭上锁,警示标志齐全', 'general', 'power', [], true],
  ['fitness', '健身器材损坏', 'Exercise equipment broken', '公用设施', 'component', '器材牢固可用,损坏先停用', 'general', 'civil-affairs', [], true],
  ['charger', '电动车充电设施故障', 'E-bike charger faulty', '公用设施', 'component', '充电设施可用,无私拉电线', 'general', 'housing', ['fire'], true],
  ['traffic-light', '信号灯故障', 'Traffic light out of order', '交通设施', 'component', '信号灯完好', 'general', 'public-security', [], true],
  ['bus-stop', '公交站亭损坏', 'Bus shelter damaged', '交通设施', 'component', '站亭站牌完好', 'general', 'transport', [], true],
  ['tree', '行道树倒伏', 'Street tree fallen', '园林绿化', 'component', '树木无倒伏、枯枝,不遮挡信号', 'general', 'landscape', [], true],
  ['occupy', '占道经营', 'Trading on the street', '街面秩序', 'event', '道路和人行道无流动摊点', 'simple', 'enforcement', [], true],
  ['shopout', '店外经营', 'Trading outside the shop', '街面秩序', 'event', '不超出门窗外墙经营', 'simple', 'enforcement', [], true],
  ['parking', '违规停车', 'Wrong parking', '街面秩序', 'event', '车辆停放入位,不占盲道与通道', 'simple', 'public-security', ['enforcement'], true],
  ['ads', '乱贴小广告', 'Small ads pasted up', '市容环境', 'event', '墙面、杆体无小广告', 'simple', 'enforcement', [], true],
  ['signboard', '户外广告破损', 'Hoarding damaged', '市容环境', 'event', '广告牌牢固、完整', 'general', 'enforcement', [], true],
  ['rubbish', '垃圾堆积', 'Rubbish piled up', '市容环境', 'event', '无暴露垃圾,日产日清', 'simple', 'sanitation', [], true],
  ['pile', '乱堆物料', 'Things stacked in the way', '市容环境', 'event', '道路、楼道无堆物', 'simple', 'enforcement', [], true],
  ['muck', '渣土抛撒', 'Spoil spilled on the road', '市容环境', 'event', '渣土车密闭运输,不带泥上路', 'general', 'enforcement', ['transport'], true],
  ['kitchen-waste', '餐厨垃圾乱倒', 'Kitchen waste dumped', '市容环境', 'event', '餐厨垃圾交由收运', 'general', 'sanitation', ['market-supervision'], true],
  ['snow', '积雪结冰', 'Snow and ice', '市容环境', 'event', '雪停后及时清扫', 'simple', 'sanitation', [], true],
  ['green', '毁绿占绿', 'Green space destroyed or taken', '园林绿化', 'event', '绿地无侵占、无种菜、无踩踏', 'general', 'landscape', ['enforcement'], true],
  ['fumes', '餐饮油烟', 'Cooking fumes', '环境保护', 'event', '油烟经净化达标排放', 'general', 'environment', ['enforcement', 'market-supervision'], true],
  ['noise', '噪音扰民', 'Noise', '环境保护', 'event', '夜间与午间无施工、商业、广场噪声', 'general', 'environment', ['public-security'], true],
  ['dust', '工地扬尘', 'Dust from building sites', '环境保护', 'event', '围挡、覆盖、喷淋、冲洗到位', 'general', 'housing', ['environment'], true],
  ['river', '河道污染', 'River polluted', '环境保护', 'event', '水面无漂浮物,水体不黑臭', 'major', 'water', ['environment'], true],
  ['straw', '秸秆垃圾焚烧', 'Burning straw or rubbish', '环境保护', 'event', '禁止露天焚烧', 'simple', 'environment', ['agriculture'], true],
  ['dig', '无证掘路', 'Digging up the road without leave', '城市建设', 'event', '掘路须公示、围挡、限期恢复', 'major', 'municipal', ['enforcement'], true],
  ['illegal', '违章搭建', 'Building without leave', '城市建设', 'event', '无新增违章建筑', 'complex', 'enforcement', ['housing'], true],
  ['property', '物业服务问题', 'Property management', '住房物业', 'event', '公共部位维修、门禁、保洁按合同办理', 'general', 'housing', [], false],
  ['wall', '外墙脱落', 'Facade coming off', '住房物业', 'event', '发现即警戒,限期修复', 'major', 'housing', [], true],
  ['elevator', '电梯故障', 'Lift out of order', '住房物业', 'event', '检验有效,故障及时排除', 'major', 'market-supervision', ['housing'], true],
  ['fire-lane', '消防通道堵塞', 'Fire lane blocked', '消防安全', 'event', '消防通道、安全出口畅通', 'general', 'fire', ['enforcement', 'public-security'], true],
  ['wire', '私拉电线充电', 'Charging over loose wires', '消防安全', 'event', '楼道不停放电动车、不飞线充电', 'simple', 'fire', ['housing'], true],
  ['taxi', '黑车载客', 'Unlicensed taxis', '交通秩序', 'event', '无非法客运揽客', 'general', 'transport', ['public-security'], true],
  ['food', '食品安全问题', 'Food safety', '市场秩序', 'event', '无过期变质食品,计量准确', 'general', 'market-supervision', [], true],
  ['stray', '流浪犬只', 'Stray dogs', '社会治安', 'event', '无成群流浪犬,遛狗牵绳', 'simple', 'public-security', ['agriculture'], true],
  ['dispute', '矛盾纠纷', 'Dispute', '社会治安', 'service', '及时稳控、调解', 'general', 'peace', ['civil-affairs'], false],
  ['welfare', '困难群众帮扶', 'Help for people in need', '民生服务', 'service', '入户走访,代办协调', 'simple', 'civil-affairs', [], false],
  ['elderly', '独居老人探访', 'Visits to old people living alone', '民生服务', 'service', '每周探访,异常即报', 'simple', 'civil-affairs', ['health'], true],
  ['registration', '人口房屋信息采集', 'Recording residents and houses', '民生服务', 'service', '信息完整,变动及时更新', 'simple', 'public-security', [], true],
];
const items = ITEMS.map(([code, zh, en, category, kind, standard, grade, department, coDepartments, patrolled]) => ({ code, name: { zh, en }, category, kind, standard, grade, department, coDepartments, patrolled }));

const gridColumns = ['code', 'name', 'parent', 'tier', 'kind', 'class', 'area', 'households', 'population', 'longitude', 'latitude', 'chief', 'workers', 'officers'];
const csv = (rows) => `${[gridColumns, ...rows.map((row) => gridColumns.map((column) => row[column] ?? ''))].map((cells) => cells.join(',')).join('\n')}\n`;
const pad = (n, width = 3) => String(n).padStart(width, '0');

function jurisdiction({ district, slug, phone, region }) {
  const grids = [], people = [], units = [];
  let workerCount = 0;
  const person = (id, name, roles, jurisdictionCode, more = {}) => (people.push({ id, name, roles, jurisdiction: jurisdictionCode, ...more }), id);
  /** Numbers of exchange 000 are given to nobody. */
  const telephone = (n) => `${phone}-000${pad(n, 4)}`;
  const worker = (gridCode) => (workerCount++, person(`w-${district}-${pad(workerCount)}`, `网格员${pad(workerCount)}`, ['grid-worker'], gridCode, { telephone: telephone(workerCount) }));
  const unit = (code, department, zh, en, level, jurisdictionCode) => {
    units.push({ code, name: { zh, en }, department, level, jurisdiction: jurisdictionCode, telephone: telephone(9000 + units.length) });
    person(`h-${code.slice(2)}`, `${zh}经办人`, ['unit-handler'], jurisdictionCode, { unit: code });
    person(`l-${code.slice(2)}`, `${zh}分管领导`, ['unit-leader'], jurisdictionCode, { unit: code });
    return code;
  };
  for (const [department, zh, en] of DEPARTMENTS) unit(`u-${district}-${department}`, department, `${region.zh}${zh}`, `${region.en} ${en}`, 'district', district);
  const officers = (of = (department) => `u-${district}-${department}`) => FIVE.map((department) => `${department}=${of(department)}/h-${of(department).slice(2)}`).join(';');
  person(`dir-${district}`, '中心主任', ['centre-director'], district);
  for (const n of [1, 2, 3]) person(`op-${district}-${n}`, `中心坐席${n}`, ['centre-operator'], district);
  for (const n of [1, 2]) person(`hot-${district}-${n}`, `热线受理员${n}`, ['hotline-operator'], district);
  for (let n = 1; n <= 10; n++) person(`i-${district}-${pad(n, 2)}`, `专职巡查员${pad(n, 2)}`, ['inspector'], district);
  person(`sup-${district}`, '督查室', ['supervision-office'], district);
  person(`aud-${district}`, '审计员', ['auditor'], district);
  person(`reg-${district}`, '网格登记员', ['registry-admin'], district);
  person(`platform-${district}`, '共享平台', ['platform'], district);
  return { grids, people, units, person, worker, unit, officers, write: () => {
    const header = (what) => `# ${what} of ${region.en} (${region.zh}, ${district}). Written by tools/write-jurisdictions.cjs; nobody real is in it.\n`;
    const yaml = (what, key, list) => header(what) + stringify({ district, [key]: list }, { lineWidth: 0, defaultStringType: 'PLAIN', collectionStyle: 'any' });
    writeFileSync(join(OUT, `${slug}-grids.csv`), csv(grids));
    writeFileSync(join(OUT, `${slug}-units.yaml`), yaml('Units', 'units', units));
    writeFileSync(join(OUT, `${slug}-people.yaml`), yaml('People', 'people', people));
    writeFileSync(join(OUT, `${slug}-items.yaml`), yaml('Item list (事项清单)', 'items', items));
  } };
}

function heyang() {
  const n = numbers(SEED);
  const j = jurisdiction({ district: '610524', slug: 'heyang', phone: '0913', region: { zh: '合阳县', en: 'Heyang County' } });
  // code, name, villages, centre of the area
  const towns = [
    ['610524001', '城关街道', 12, 110.149, 35.238], ['610524102', '甘井镇', 17, 110.093, 35.352], ['610524103', '坊镇', 20, 110.268, 35.214], ['610524104', '洽川镇', 14, 110.352, 35.176],
    ['610524105', '新池镇', 17, 110.262, 35.132], ['610524106', '黑池镇', 21, 110.208, 35.064], ['610524107', '路井镇', 20, 110.064, 35.071], ['610524108', '和家庄镇', 16, 109.996, 35.226],
    ['610524109', '王村镇', 16, 110.058, 35.172], ['610524111', '同家庄镇', 15, 110.284, 35.281], ['610524112', '百良镇', 16, 110.338, 35.318], ['610524115', '金峪镇', 15, 110.024, 35.306],
    ['610524400', '经开区', 4, 110.128, 35.214], ['610524401', '洽川风景名胜区', 4, 110.372, 35.194],
  ];
  const communities = [['东街社区', 16], ['西街社区', 16], ['南街社区', 15], ['北街社区', 15], ['凤凰路社区', 15], ['解放路社区', 15], ['中心社区', 15], ['北新社区', 14]];
  const used = new Set();
  const village = () => {
    for (;;) {
      const name = n.pick(['', '东', '西', '南', '北', '上', '下', '新']) + n.pick([...'王李张刘雷党行同秦马赵杨车梁魏史孟安范郭']) + n.pick(['家庄', '家村', '家洼', '家河', '庄', '家坡', '家岭']) + '村';
      if (!used.has(name)) return used.add(name), name;
    }
  };
  for (const [code, name, villages, longitude, latitude] of towns) {
    const chief = j.person(`c-${code}`, `${name}网格长`, ['grid-chief'], code);
    j.person(`op-${code}`, `${name}分中心坐席`, ['centre-operator'], code);
    j.grids.push({ code, name, parent: '610524', tier: 1, kind: 'street', longitude, latitude, chief, officers: j.officers() });
    let second = 0;
    if (code === '610524001') {
      for (const [community, count] of communities) {
        const communityCode = `${code}${pad(++second)}`;
        const [x, y] = [n.degree(longitude, 0.012), n.degree(latitude, 0.01)];
        const communityChief = j.person(`c-${communityCode}`, `${community}网格长`, ['grid-chief'], communityCode);
        j.grids.push({ code: communityCode, name: community, parent: code, tier: 2, kind: 'community', class: 'A', longitude: x, latitude: y, chief: communityChief, officers: j.officers() });
        for (let third = 1; third <= count; third++) {
          const dedicated = third === count; // an institution with a grid of its own (Z8)
          const gridCode = `${communityCode}${pad(third)}`;
          // One grid in ten is larger or smaller than usual and gets flagged (Z8).
          const households = dedicated ? undefined : n.between(1, 10) === 1 ? n.pick([n.between(120, 240), n.between(560, 800)]) : n.between(300, 500);
          const place = dedicated ? `${community}${n.pick(['中学', '医院', '农贸市场', '产业园', '商务楼'])}专属网格` : `${community}第${third}网格`;
          const workers = [j.worker(gridCode)];
          if (!dedicated && third % 5 === 0) workers.push(j.worker(gridCode));
          j.grids.push({ code: gridCode, name: place, parent: communityCode, tier: 3, kind: dedicated ? 'dedicated' : 'grid', class: n.pick(['A', 'A', 'B', 'C']), area: dedicated ? '院区围墙以内' : `${community}${n.pick(['东', '西', '南', '北'])}片${third}号街区`, households, population: households && Math.round(households * 2.6), longitude: n.degree(x, 0.004), latitude: n.degree(y, 0.004), workers: workers.join(';') });
        }
      }
    }
    for (let v = 0; v < villages; v++) {
      const gridCode = `${code}${pad(second < 200 && v === 0 && code === '610524001' ? (second = 200) : ++second)}`;
      const households = n.between(180, 900);
      j.grids.push({ code: gridCode, name: village(), parent: code, tier: 2, kind: 'community', class: n.pick(['B', 'C']), area: '行政村辖区', households, population: Math.round(households * 3.4), longitude: n.degree(longitude, 0.04), latitude: n.degree(latitude, 0.035), workers: j.worker(gridCode) });
    }
  }
  j.write();
}

function xinglongtai() {
  const n = numbers(SEED + 1);
  const j = jurisdiction({ district: '211103', slug: 'xinglongtai', phone: '0427', region: { zh: '兴隆台区', en: 'Xinglongtai District' } });
  const streets = [['211103001', '振兴街道', 122.071, 41.119], ['211103002', '兴隆街道', 122.058, 41.131], ['211103003', '渤海街道', 122.026, 41.142], ['211103004', '新工街道', 122.091, 41.148], ['211103005', '友谊街道', 122.082, 41.105], ['211103006', '曙光街道', 121.987, 41.118]];
  const communities = ['石油', '迎宾', '兴盛', '长征', '泰山', '双兴', '锦祥', '惠宾', '钻井', '采油', '新华', '胜利', '科技', '文化', '康乐', '和平', '红村', '裕发', '油城', '友谊', '鹤乡', '向阳', '曙光', '光明'];
  for (const [s, [code, name, longitude, latitude]] of streets.entries()) {
    const chief = j.person(`c-${code}`, `${name}网格长`, ['grid-chief'], code);
    j.person(`op-${code}`, `${name}分中心坐席`, ['centre-operator'], code);
    // The enforcement team of the street answers there (X4: leaders and staff stand for streets, communities and grids).
    const team = j.unit(`u-${code}-enforcement`, 'enforcement', `${name}综合执法中队`, `Enforcement team of ${code}`, 'street', code);
    j.grids.push({ code, name, parent: '211103', tier: 1, kind: 'street', longitude, latitude, chief, officers: j.officers((department) => (department === 'enforcement' ? team : `u-211103-${department}`)) });
    for (let c = 0; c < 4; c++) {
      const communityCode = `${code}${pad(c + 1)}`;
      const community = `${communities[s * 4 + c]}社区`;
      const [x, y] = [n.degree(longitude, 0.01), n.degree(latitude, 0.008)];
      const communityChief = j.person(`c-${communityCode}`, `${community}网格长`, ['grid-chief'], communityCode);
      j.person(`op-${communityCode}`, `${community}网格中心坐席`, ['centre-operator'], communityCode);
      j.grids.push({ code: communityCode, name: community, parent: code, tier: 2, kind: 'community', longitude: x, latitude: y, chief: communityChief });
      for (let g = 1; g <= 3; g++) {
        const gridCode = `${communityCode}${pad(g)}`;
        const households = n.between(1, 12) === 1 ? n.between(560, 760) : n.between(300, 500);
        j.grids.push({ code: gridCode, name: `${community}第${g}网格`, parent: communityCode, tier: 3, kind: 'grid', class: n.pick(['A', 'B', 'C']), area: `${community}${['东', '中', '西'][g - 1]}片,以马路中线为界`.replace(',', '，'), households, population: Math.round(households * 2.5), longitude: n.degree(x, 0.003), latitude: n.degree(y, 0.003), workers: j.worker(gridCode) });
      }
    }
  }
  j.write();
}

mkdirSync(OUT, { recursive: true });
heyang();
xinglongtai();
