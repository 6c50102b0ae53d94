import { describe } from 'vitest';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { driverContract } from './contract.ts';
import { peerOptions } from './peers.ts';

describe('the memory driver', () =>
  driverContract(peer => Promise.resolve(referenceInMemory(peerOptions(peer))), { hooks: true }));
