import { AssertionError } from 'node:assert';
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Actor, type ActorOptions, type Reply } from '../../supervisor/actor.ts';

type Message =
  | { type: 'add'; value: number }
  | { type: 'sum'; reply: Reply<number> }
  | { type: 'never'; reply: Reply<number> }
  | { type: 'fail' };

function adder(options: Partial<ActorOptions<Message>> = {}) {
  let sum = 0;
  let running = 0;
  const bugs: unknown[] = [];
  const actor = new Actor<Message>({
    name: 'adder',
    mailboxMax: 10,
    onBug: (error) => bugs.push(error),
    handle: async (message) => {
      assert.equal(++running, 1, 'two messages at once');
      await turn();
      running--;
      if (message.type === 'add') sum = sum * 10 + message.value;
      if (message.type === 'sum') message.reply.resolve(sum);
      if (message.type === 'fail') throw new Error('a bug');
    },
    ...options,
  });
  return { actor, bugs };
}

const never = new AbortController().signal;

test('messages are handled one at a time and in order', async () => {
  const { actor } = adder();
  for (const value of [1, 2, 3]) actor.tell({ type: 'add', value });
  assert.equal(await actor.ask<number>((reply) => ({ type: 'sum', reply }), never), 123);
});

test('telling never runs the handler inside the teller', () => {
  let handled = false;
  const { actor } = adder({
    handle: () => {
      handled = true;
    },
  });
  actor.tell({ type: 'add', value: 1 });
  assert.equal(handled, false);
});

test('a full mailbox refuses the next message', () => {
  const { actor } = adder({ mailboxMax: 2 });
  actor.tell({ type: 'add', value: 1 });
  actor.tell({ type: 'add', value: 2 });
  assert.throws(() => actor.tell({ type: 'add', value: 3 }), AssertionError);
});

test('a handler that throws is reported and the next message is still handled', async () => {
  const { actor, bugs } = adder();
  actor.tell({ type: 'fail' });
  actor.tell({ type: 'add', value: 7 });
  assert.equal(await actor.ask<number>((reply) => ({ type: 'sum', reply }), never), 7);
  assert.equal(bugs.length, 1);
});

test('an ask whose signal aborts is given up', async () => {
  const { actor } = adder();
  const scope = new AbortController();
  const asked = actor.ask<number>((reply) => ({ type: 'never', reply }), scope.signal);
  scope.abort();
  await assert.rejects(asked, { code: 'CANCELLED' });
});

test('a closed actor handles what it already has and takes nothing more', async () => {
  const { actor } = adder();
  actor.tell({ type: 'add', value: 5 });
  const asked = actor.ask<number>((reply) => ({ type: 'sum', reply }), never);
  await actor.close();
  assert.equal(await asked, 5);
  assert.equal(actor.tell({ type: 'add', value: 6 }), false);
  await assert.rejects(
    actor.ask<number>((reply) => ({ type: 'sum', reply }), never),
    { code: 'CANCELLED' },
  );
});
