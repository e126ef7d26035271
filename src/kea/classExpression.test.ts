import { describe, expect, it } from 'vitest';
import { parseExpression } from './classExpression.ts';
import { membersIn } from './classTokens.ts';

const messageOf = (text: string, version: 4 | 6 = 4, type: 'bool' | 'string' = 'bool'): string | undefined => {
  const parsed = parseExpression(version, text, type);
  return parsed.ok ? undefined : parsed.message;
};

describe('the classes that an expression asks for', () => {
  it.each<[text: string, members: readonly string[]]>([
    ["member('gold')", ['gold']],
    ["not(member('a'))and(member('b')or member('a'))", ['a', 'b']],
    ["member\n(\t'with blanks' )", ['with blanks']],
    ["option[60].text == 'member(''x'')' and member('y')", ['y']],
    ["option[60].text == 'member(' and option[61].text == ')'", []],
    ["ifelse(member('in'), 'a', ifelse(not member('deeper'), 'b', 'c')) == 'a'", ['in', 'deeper']],
    ["match('member', option[60].text) sand member('HA_s1')", ['HA_s1']],
    ["notmember('close')", ['close']],
    ["member('')", ['']],
    ['', []],
    ["member('never ends", []],
    ["(member('kept') and ???", ['kept']],
  ])('%s', (text, members) => {
    expect(membersIn(text)).toEqual(members);
  });
});

describe('an expression', () => {
  it.each([
    "option[60].text == 'PXE'",
    "substring(option[60].hex, 0, -1) == 0x505845 or substring(option[61].text,0,all) == 'x'",
    'option[vendor-class-identifier].exists and option[ host-name ].text == pkt.iface',
    "option[82].option[1].hex == 'a' + 'b' + lcase(ucase('c'))",
    'relay4[2].exists or relay4[1].hex == pkt4.mac',
    'pkt4.giaddr == 192.0.2.1 and pkt4.msgtype == 1 and pkt.len == 0xff',
    'vendor[4491].option[1].exists and vendor.enterprise == 4491 and vendor[*].exists',
    "vendor-class[4491].data[0] == 'x' or vendor-class[*].data == 'y' or vendor-class.enterprise == 9",
    "split(option[60].text, ':', 2) == 'x' sor concat('a', 'b') == 'ab'",
    "hexstring(pkt4.mac, ':') == '02:00' and addrtotext(pkt4.ciaddr) == '192.0.2.1' and uint32totext(option[51].hex) == '60'",
    "((option[60].text) == ('a')) and (not (not member('x')))",
    "sifelse(option[60].exists,'a','b')=='a'",
    "match('^a.*', option[60].text)",
  ])('of DHCPv4 may be %s', (text) => {
    expect(messageOf(text)).toBeUndefined();
  });

  it.each([
    "relay6[0].option[37].hex == 'x' and relay6[-1].peeraddr == 2001:db8::1 and relay6[0].linkaddr == ::",
    'pkt6.msgtype == 1 or pkt6.transid == 0x010203',
    'option[1026].exists and vendor[4491].option[1026].exists',
  ])('of DHCPv6 may be %s', (text) => {
    expect(messageOf(text, 6)).toBeUndefined();
  });

  it('of a template is a text', () => {
    expect(messageOf('substring(option[61].hex, 0, 3)', 4, 'string')).toBeUndefined();
    expect(messageOf('option[61].exists', 4, 'string')).toBe("'option' is at character 1, where a text has to begin");
    expect(messageOf('option[61].hex')).toBe("'option' is at character 1, where a condition has to begin");
  });

  it('says which options it calls by name', () => {
    const parsed = parseExpression(4, 'option[host-name].exists and option[my-own].hex == option[my-own].text');
    expect(parsed).toEqual({ ok: true, expression: { members: [], optionNames: ['host-name', 'my-own'] } });
  });

  it.each<[text: string, says: string]>([
    ['', 'it ends at character 1, where a condition or a text has to begin'],
    ["member('a'", 'it ends at character 11, where ) has to be'],
    ['member(a)', "'a' is at character 8, where the name of a class, in quotes, has to be"],
    ["option[60].text = 'a'", "'=' is at character 17, where the expression is over: compare by =="],
    ["option[60].text != 'a'", "'!' is at character 17, where the expression is over: write not (… == …)"],
    [
      'option[60].text == "a"',
      `'"' is at character 20, where a condition or a text has to begin: texts stand in single quotes, as 'PXEClient'`,
    ],
    ["option[60].exists && member('a')", "'&' is at character 19, where the expression is over: write and"],
    ["option[60].exists || member('a')", "'|' is at character 19, where the expression is over: write or"],
    ['option[256].exists', "'256' is at character 8, where a number from 0 to 255 has to be"],
    ['option[60].txt', "'t' is at character 12, where text or hex or exists has to be"],
    ["'it''s'", "'s' is at character 5, where the expression is over"],
    ["member('a') and 'b'", "'b' is at character 17, where a condition has to begin"],
    ['relay6[0].peeraddr == ::', "'relay6' is at character 1, where nothing that DHCPv6 alone has can be"],
    ["# a comment\nmember('a')", "'#' is at character 1, where a condition or a text has to begin"],
    ["'a\nb' == 'c'", "''' is at character 1, where a condition or a text has to begin"],
    ["pkt4.mac == '1' and (pkt4.mac == '2'", 'it ends at character 37, where ) has to be'],
    ["'a' == 'b' == 'c'", "'==' is at character 12, where the expression is over"],
    ['constructor]', "'constructor' is at character 1, where a condition or a text has to begin"],
    ['pkt4.ciaddr == 192.0.2.256', "'192.0.2.256' is at character 16, where an address has to be"],
    ["substring('a', 0, 'b') == 'c'", "'b' is at character 19, where a number has to be"],
    ["not 'a'", "'a' is at character 5, where a condition has to begin"],
    ['pkt4.mac == 4294967296', "'4294967296' is at character 13, where a number from 0 to 4294967295 has to be"],
  ])('is wrong: %s', (text, says) => {
    expect(messageOf(text)).toBe(says);
  });

  it('may be of any depth and length, and is then refused', () => {
    expect(messageOf('('.repeat(100_000))).toContain('nested too deep');
    expect(messageOf(`${'not '.repeat(50_000)}member('a')`)).toBeUndefined();
    expect(messageOf(`${"member('a') or ".repeat(10_000)}member('b')`)).toBeUndefined();
  });
});
