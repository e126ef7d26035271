/** Clients that are told apart by what they send, and options that Kea does not know by itself. */
import { expect, it } from 'vitest';
import { NAMESPACE, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl, patch, serverPods } from './context.ts';

const apiObject = (kind: string, name: string, spec: string): string => `
apiVersion: kea-operator.io/v1alpha1
kind: ${kind}
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec:
  haPairRef: {name: campus}
  ${spec.trim().replaceAll('\n', '\n  ')}
`;

/** Firmware of PCs says by option 93 what it can start (RFC 4578); that of UEFI by HTTP wants to be answered in its own words. */
const PXE = [
  apiObject('ClientClass', 'pxe', "test: substring(option[60].hex, 0, 9) == 'PXEClient'\nnextServer: 198.51.100.9"),
  apiObject('ClientClass', 'pxe-bios', "test: member('pxe') and option[93].hex == 0x0000\nbootFileName: undionly.kpxe"),
  apiObject('ClientClass', 'pxe-uefi', "test: member('pxe') and option[93].hex == 0x0007\nbootFileName: ipxe.efi"),
  apiObject(
    'ClientClass',
    'http-boot',
    `
test: substring(option[60].hex, 0, 10) == 'HTTPClient' and option[93].hex == 0x0010
bootFileName: http://boot.example.org/ipxe.efi
optionData: [{name: vendor-class-identifier, data: HTTPClient}]`,
  ),
];

/** What a client is told that sends a vendor class and an architecture, and what it asked for besides. */
const askAs = async (
  client: string,
  { vendor, architecture, wants = [] }: { vendor?: string; architecture?: string; wants?: readonly number[] },
): Promise<string> =>
  cluster.run([
    ...['client', client, 'dhcp'],
    ...(vendor === undefined ? [] : ['-V', vendor]),
    ...(architecture === undefined ? [] : ['-x', `93:${architecture}`]),
    ...wants.flatMap((code) => ['-O', String(code)]),
  ]);

const BIOS = { vendor: 'PXEClient:Arch:00000:UNDI:002001', architecture: '0000' };
const UEFI = { vendor: 'PXEClient:Arch:00007:UNDI:003016', architecture: '0007' };
const HTTP = { vendor: 'HTTPClient:Arch:00016:UNDI:003016', architecture: '0010', wants: [60] };

export const classes = (): void => {
  let before: string;

  it('give firmware of each kind the file that it can start', async () => {
    before = await serverPods();
    await cluster.apply(PXE.join('---'));
    for (const name of ['pxe', 'pxe-bios', 'pxe-uefi', 'http-boot'])
      await waitCondition(cluster, `clientclass/${name}`, 'Ready', { status: 'True' });
    expect(await askAs('firmware-bios', BIOS)).toMatch(/ bootfile=undionly\.kpxe siaddr=198\.51\.100\.9/);
    expect(await askAs('firmware-uefi', UEFI)).toMatch(/ bootfile=ipxe\.efi siaddr=198\.51\.100\.9/);
    expect(await askAs('firmware-http', HTTP)).toMatch(/ bootfile=http:\/\/boot\.example\.org\/ipxe\.efi /);
    expect(await askAs('laptop', {})).not.toContain('bootfile=');
  });

  it('are changed while they are in use, without a restart', async () => {
    await patch('clientclass/pxe-uefi', {
      bootFileName: 'snponly.efi',
      optionData: [{ name: 'tftp-server-name', data: 'boot.example.org' }],
    });
    await until('the new file', 30, async () =>
      (await askAs('firmware-uefi', { ...UEFI, wants: [66] })).includes(' tftp=boot.example.org bootfile=snponly.efi'),
    );
    expect(await askAs('firmware-bios', BIOS)).toContain(' bootfile=undionly.kpxe');
    expect(await serverPods()).toBe(before);
  });

  it('are waited for by what is for their clients, and stay as long as something is', async () => {
    const guest = [{ pool: '203.0.113.10-203.0.113.99', clientClasses: ['visitors'] }];
    await patch('subnet/guests', { pools: guest });
    const { message } = await waitCondition(cluster, 'subnet/guests', 'Accepted', {
      status: 'Unknown',
      reason: 'UnknownClientClass',
    });
    expect(message).toContain('pools[0].clientClasses: there is no client class visitors: it waits until there is one');
    await cluster.apply(apiObject('ClientClass', 'visitors', "test: option[12].text == 'visitor'"));
    await waitCondition(cluster, 'subnet/guests', 'Ready', { status: 'True' });
    await kubectl('delete', 'clientclass', 'visitors', '--wait=false');
    const held = await waitCondition(cluster, 'clientclass/visitors', 'Programmed', {
      status: 'True',
      reason: 'ReferencesExist',
    });
    expect(held.message).toContain(`Subnet ${NAMESPACE}/guests`);
    await patch('subnet/guests', { pools: [{ pool: '203.0.113.10-203.0.113.99' }] });
    await kubectl('wait', '--for=delete', 'clientclass/visitors', '--timeout=60s');
    await waitCondition(cluster, 'subnet/guests', 'Ready', { status: 'True' });
  });

  it('and options of a vendor that somebody defined are sent byte by byte', async () => {
    const options = [
      { name: 'site-code', data: '513, hq', alwaysSend: true },
      { name: 'vivso-suboptions', data: '4491', alwaysSend: true },
      { space: 'vendor-4491', name: 'speakers', data: '192.0.2.5, 192.0.2.6', alwaysSend: true },
    ];
    const { optionData = [] } = JSON.parse(await kubectl('get', 'subnet', 'office', '-o', 'jsonpath={.spec}')) as {
      optionData?: readonly object[];
    };
    await patch('subnet/office', { optionData: [...optionData, ...options] });
    const { message } = await waitCondition(cluster, 'subnet/office', 'Accepted', {
      status: 'Unknown',
      reason: 'InvalidOption',
    });
    expect(message).toContain('site-code: no OptionDefinition of the HAPair has that name');
    await cluster.apply(
      [
        apiObject('OptionDefinition', 'site-code', 'code: 230\ntype: record\nrecordTypes: [uint16, string]'),
        apiObject('OptionDefinition', 'speakers', 'space: vendor-4491\ncode: 12\ntype: ipv4-address\narray: true'),
      ].join('---'),
    );
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' });
    const told = await askAs('laptop', { wants: [125, 230] });
    expect(told).toContain(' opt230=02016871');
    // 4491, then ten bytes: option 12 with eight.
    expect(told).toContain(' opt125=0000118b0a0c08c0000205c0000206');
    await kubectl('delete', 'optiondefinition', 'site-code', '--wait=false');
    await waitCondition(cluster, 'optiondefinition/site-code', 'Programmed', {
      status: 'True',
      reason: 'ReferencesExist',
    });
    await patch('subnet/office', { optionData });
    await kubectl('wait', '--for=delete', 'optiondefinition/site-code', '--timeout=60s');
    await kubectl('delete', 'optiondefinition/speakers', '--timeout=60s');
    await kubectl('delete', 'clientclass', 'pxe', 'pxe-bios', 'pxe-uefi', 'http-boot', '--timeout=60s');
    expect(await serverPods()).toBe(before);
  });
};
