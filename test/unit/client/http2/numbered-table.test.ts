import { expect, it } from 'vitest';
import { NumberedTable, type Numbered } from '../../../../src/client/http2/numbered-table.ts';

class Member implements Numbered<Member> {
  readonly id: number;
  next: Member | undefined;

  constructor(id: number) {
    this.id = id;
  }
}

it('members of any number are found, among a thousand and after others have left', () => {
  const table = new NumberedTable<Member>();
  const members = Array.from({ length: 1000 }, (_, n) => new Member(2 * n + 1));
  for (const member of members) table.add(member);
  expect(table.size).toBe(1000);
  for (const member of members) expect(table.get(member.id)).toBe(member);
  expect(table.get(2001)).toBeUndefined();

  const [left, kept] = [
    members.filter(({ id }) => id % 3 === 0),
    members.filter(({ id }) => id % 3 !== 0),
  ];
  for (const member of left) table.delete(member);
  expect(table.size).toBe(kept.length);
  for (const member of left) expect(table.get(member.id)).toBeUndefined();
  for (const member of kept) expect(table.get(member.id)).toBe(member);
  expect(new Set(table.all())).toEqual(new Set(kept));
});

it('of a member that has left nothing is kept', () => {
  const table = new NumberedTable<Member>();
  const members = [1, 129, 257].map((id) => new Member(id));
  for (const member of members) table.add(member);
  for (const member of members) {
    table.delete(member);
    expect(member.next).toBeUndefined();
  }
  expect(table.all()).toEqual([]);
});
