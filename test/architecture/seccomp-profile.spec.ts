import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { profileOf } from '../harness/shipped-image.js';

const { defaultAction, defaultErrnoRet, syscalls } = profileOf(readFileSync('docker/seccomp.json', 'utf8'));
const allowed = syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');
/** Looked at by their arguments: the call alone says too little. */
const CONDITIONAL = ['arch_prctl', 'clone', 'ioctl', 'prctl', 'socket'];
/** EPERM, and ENOSYS: the C library goes on without the call then. */
const [EPERM, ENOSYS] = [1, 38];
/** In letters: `AF_INET` is a reason. */
const REASON_LENGTH_MIN = 6;

/** What the image is tried with in a container is looked at here before there is one. */
describe('the profile of system calls', () => {
  it('refuses what it does not name', () => assert.deepEqual([defaultAction, defaultErrnoRet], ['SCMP_ACT_ERRNO', EPERM]));

  it('says of each rule why, and names each call in one place', () => {
    for (const { comment, names } of syscalls) assert.ok((comment?.length ?? 0) >= REASON_LENGTH_MIN, names.join());
    const unconditional = allowed.filter(({ args }) => args === undefined).flatMap(({ names }) => names);
    assert.deepEqual(unconditional.filter((name, at) => unconditional.indexOf(name) !== at || CONDITIONAL.includes(name)), []);
    for (const { names } of allowed) assert.deepEqual(names, [...names].sort());
  });

  it('looks at the arguments of the calls that are many', () => {
    assert.deepEqual([...new Set(allowed.filter(({ args }) => args !== undefined).flatMap(({ names }) => names))].sort(), CONDITIONAL);
  });

  it('lets threads be made and neither processes nor namespaces, and sends the C library from clone3 to clone', () => {
    const flags = { CLONE_THREAD: 0x1_0000, CLONE_NEWNS: 0x2_0000, CLONE_NEWCGROUP: 0x200_0000, CLONE_NEWUTS: 0x400_0000, CLONE_NEWIPC: 0x800_0000, CLONE_NEWUSER: 0x1000_0000, CLONE_NEWPID: 0x2000_0000, CLONE_NEWNET: 0x4000_0000 };
    const mask = Object.values(flags).reduce((all, flag) => all | flag, 0);
    assert.deepEqual(allowed.find(({ names }) => names.includes('clone'))!.args, [{ index: 0, value: mask, valueTwo: flags.CLONE_THREAD, op: 'SCMP_CMP_MASKED_EQ' }]);
    assert.deepEqual(syscalls.filter(({ names }) => names.includes('clone3')).map(({ action, errnoRet }) => [action, errnoRet]), [['SCMP_ACT_ERRNO', ENOSYS]]);
  });

  it('allows nothing that the probe of an attacker calls', () => {
    const probed = [...readFileSync('test/clients/attack-probe.c', 'utf8').matchAll(/\bSYS_(\w+)/g)].map(([, name]) => name!);
    assert.ok(new Set(probed).size > 50);
    const names = new Set(allowed.flatMap((rule) => rule.names));
    assert.deepEqual(probed.filter((name) => names.has(name) && !CONDITIONAL.includes(name)), []);
  });
});
