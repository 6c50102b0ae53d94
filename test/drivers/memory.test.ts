import { describe } from 'vitest';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { driverContract } from './contract.ts';

describe('the memory driver', () => driverContract(options => Promise.resolve(referenceInMemory(options))));
