/** The pair's one Subnet, and a reservation in it: what the tests of compile begin with. */
import { reservation, subnet, TO_PAIR } from './objects.ts';

export const OFFICE = 'Subnet/prod/office';
export const PRINTER = 'HostReservation/prod/printer';
export const office = (more: object = {}, cidr = '10.0.0.0/24') => subnet('office', { ...TO_PAIR, cidr, ...more });
export const inOffice = { subnetRef: { name: 'office' } };
export const mac = (last: string) => ({ identifier: { hwAddress: `02:00:5E:10:00:${last}` } });
export const printer = (more: object = {}) => reservation('printer', { ...inOffice, ...mac('01'), ...more });
